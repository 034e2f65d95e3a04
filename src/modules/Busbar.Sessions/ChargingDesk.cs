using System.Collections.Concurrent;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Sessions;

/// <summary>Records what stations tell about charging: one <see cref="StationDesk"/> for each station that is in use.</summary>
internal sealed class ChargingDesk(DeskServices services, StartsUnderWay starts, ILogger<ChargingDesk> log) : BackgroundService, IChargingDesk
{
    private static readonly TimeSpan TidyEvery = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<StationKey, StationDesk> _desks = new();

    public async ValueTask<DeskOutcome> RecordAsync(StationSeat seat, FactFrame frame, Func<DeskDecision, ReadOnlyMemory<byte>> answer, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                if (await DeskOf(seat).RecordAsync(seat, frame, answer, ct) is { } outcome) return outcome;
            }
        }
        finally
        {
            if (frame.Fact is ChargingFact.Started) starts.Leave(seat);
        }
    }

    public ValueTask<TokenVerdictText> AuthorizeAsync(StationSeat seat, PresentedToken token, CancellationToken ct)
    {
        var now = services.Clock.GetInstant();
        return services.Judgement.JudgeAsync(seat, token, now, now, null, ct);
    }

    public void Left(StationSeat seat)
    {
        if (_desks.TryGetValue(KeyOf(seat), out var desk)) _ = desk.LeaveAsync(seat.Epoch);
    }

    /// <summary>Null: this process does not hold the station, or its book has let go of the session.</summary>
    public Session? Remembered(StationKey station, SessionId session) => _desks.TryGetValue(station, out var desk) ? desk.Remembered(session) : null;

    /// <summary>Changes what is stored of a station that this process has, or nobody, while nothing is recorded of it.</summary>
    public async Task WhileStillAsync(StationKey station, Func<CancellationToken, Task> work, CancellationToken ct)
    {
        while (!await DeskOf(station).WhileStillAsync(work, ct))
        {
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TidyEvery, services.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TidyAsync(now: false, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The host stops; StopAsync writes the rest.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TidyAsync(now: true, cancellationToken);
    }

    private async Task TidyAsync(bool now, CancellationToken ct)
    {
        foreach (var (key, desk) in _desks)
        {
            try
            {
                if (await desk.TidyAsync(now, ct)) _desks.TryRemove(KeyValuePair.Create(key, desk));
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // The rows stay behind the journal until the next try; nothing is lost.
                Log.TidyFailed(log, error, key.Station);
            }
        }
    }

    private StationDesk DeskOf(StationSeat seat) => DeskOf(KeyOf(seat));

    private StationDesk DeskOf(StationKey key)
    {
        var desk = _desks.GetOrAdd(key, static (key, services) => new StationDesk(key, services), services);
        if (!desk.IsRetired) return desk;
        _desks.TryRemove(KeyValuePair.Create(key, desk));
        return _desks.GetOrAdd(key, static (key, services) => new StationDesk(key, services), services);
    }

    private static StationKey KeyOf(StationSeat seat) => new(seat.Tenant, seat.Station.Value);
}
