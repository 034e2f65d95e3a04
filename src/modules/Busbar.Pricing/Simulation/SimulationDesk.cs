using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Simulation;

/// <summary>Takes, finds and cancels simulations; <see cref="SimulationRunner"/> does them.</summary>
internal sealed class SimulationDesk(RoomDbFactory<PricingDb> rooms, IdSource ids, SimulationSignal signal, TimeProvider clock)
{
    private const string Calculation = "a calculation: nothing that anybody pays follows from it";
    /// <summary>A tenant's older ones go when a new one comes: each keeps its sessions' prices.</summary>
    public const int Kept = 20;

    /// <param name="tariff">Null: of a document that is not stored.</param>
    /// <returns>Null: another of this tenant waits or runs.</returns>
    public async Task<SimulationRow?> StartAsync(Caller caller, (TariffId Id, int Version)? tariff, Tariff document, SimulationFilter filter, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Simulations.AnyAsync(row => row.State == SimulationState.Queued || row.State == SimulationState.Running, ct)) return null;
        var canonical = TariffJson.Write(document);
        var row = new SimulationRow
        {
            TenantId = caller.Tenant, Id = ids.New<SimulationId>(), TariffId = tariff?.Id, Version = tariff?.Version, Canonical = canonical, Hash = TariffJson.Hash(canonical),
            Currency = document.Currency.Code, FromAt = filter.From, ToAt = filter.To, Location = filter.Location, Station = filter.Station, Evse = filter.Evse, OfTariff = filter.Tariff,
            State = SimulationState.Queued, CreatedAt = clock.GetInstant(),
        };
        db.Add(row);
        var old = await db.Simulations.OrderByDescending(it => it.Id).Skip(Kept - 1).Select(it => it.Id).ToListAsync(ct);
        db.LeaveUntold(Calculation);
        await db.CommitAsync(async ct =>
        {
            await db.SimulationParts.Where(part => old.Contains(part.SimulationId)).ExecuteDeleteAsync(ct);
            await db.Simulations.Where(it => old.Contains(it.Id)).ExecuteDeleteAsync(ct);
        }, ct);
        signal.Tell();
        return row;
    }

    public async Task<SimulationRow?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<SimulationId>(id, out var simulation)) return null;
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await db.Simulations.AsNoTracking().SingleOrDefaultAsync(row => row.Id == simulation, ct);
    }

    /// <summary>Newest first.</summary>
    /// <param name="tariff">Null: of all.</param>
    public async Task<List<SimulationRow>> ListAsync(Caller caller, TariffId? tariff, SimulationId? before, int count, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Simulations.AsNoTracking();
        if (tariff is { } of) rows = rows.Where(row => row.TariffId == of);
        if (before is { } last) rows = rows.Where(row => row.Id.CompareTo(last) < 0);
        return await rows.OrderByDescending(row => row.Id).Take(count).ToListAsync(ct);
    }

    /// <summary>Ends one that waits or runs, and does nothing to one that is over.</summary>
    public async Task StopAsync(Caller caller, SimulationId simulation, CancellationToken ct)
    {
        var now = clock.GetInstant();
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        db.LeaveUntold(Calculation);
        await db.CommitAsync(async ct =>
        {
            var ended = await db.Simulations.Where(it => it.Id == simulation && (it.State == SimulationState.Queued || it.State == SimulationState.Running))
                .ExecuteUpdateAsync(set => set.SetProperty(it => it.State, SimulationState.Cancelled).SetProperty(it => it.EndedAt, now), ct);
            if (ended > 0) await db.SimulationParts.Where(part => part.SimulationId == simulation).ExecuteDeleteAsync(ct);
        }, ct);
        signal.Tell();
    }

    /// <summary>Ends one that waits or runs; one that is over is removed with its result.</summary>
    /// <returns>False: there is no such simulation.</returns>
    public async Task<bool> DeleteAsync(Caller caller, string id, CancellationToken ct)
    {
        if (await FindAsync(caller, id, ct) is not { } row) return false;
        if (row.State is SimulationState.Queued or SimulationState.Running) await StopAsync(caller, row.Id, ct);
        else
        {
            await using var db = await rooms.OpenAsync(caller.Rows, ct);
            db.LeaveUntold(Calculation);
            await db.CommitAsync(async ct =>
            {
                await db.SimulationParts.Where(part => part.SimulationId == row.Id).ExecuteDeleteAsync(ct);
                await db.Simulations.Where(it => it.Id == row.Id).ExecuteDeleteAsync(ct);
            }, ct);
        }
        return true;
    }

    /// <summary>A part with its sessions; null behind the last.</summary>
    public async Task<SimulationPartRow?> PartAsync(Caller caller, SimulationId simulation, int from, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await db.SimulationParts.AsNoTracking().Where(part => part.SimulationId == simulation && part.Number >= from).OrderBy(part => part.Number).FirstOrDefaultAsync(ct);
    }

    /// <summary>All sessions of a simulation, in the order of their start.</summary>
    public async IAsyncEnumerable<Repriced> SessionsAsync(Caller caller, SimulationId simulation, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        for (var number = 1; await PartAsync(caller, simulation, number, ct) is { } part; number = part.Number + 1)
            foreach (var session in SimulationPart.Read(part.Sessions)) yield return session;
    }
}

/// <summary>Wakes the runner of this process; another process looks every few seconds.</summary>
internal sealed class SimulationSignal : IDisposable
{
    private readonly SemaphoreSlim _told = new(0, 1);

    public void Tell()
    {
        try { _told.Release(); }
        catch (SemaphoreFullException)
        {
            // Told already.
        }
    }

    public Task WaitAsync(TimeSpan most, CancellationToken ct) => _told.WaitAsync(most, ct);

    public void Dispose() => _told.Dispose();
}
