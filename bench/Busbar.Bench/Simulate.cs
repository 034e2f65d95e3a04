using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Simulation;
using Busbar.Schema;
using Busbar.Sessions;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;


namespace Busbar.Bench;

/// <summary>Stored sessions priced again by the simulation's own reader, rater, sums and parts, on a store of its own.</summary>
internal static class Simulate
{
    private const double MostSecondsPerMillion = 60;

    private sealed class NoCatalog : IStationCatalog
    {
        public ValueTask<StationCard?> FindAsync(TenantId tenant, string stationId, CancellationToken ct) => default;
        public ValueTask<StationCard?> FindAsync(TenantId tenant, StationId id, CancellationToken ct) => default;
        public ValueTask<LocationCard?> FindAsync(TenantId tenant, LocationId id, CancellationToken ct) => default;
        public Task<IReadOnlyList<StationId>> WithinAsync(TenantId tenant, Reach reach, CancellationToken ct) => Task.FromResult<IReadOnlyList<StationId>>([]);
        public Task<IReadOnlyList<CountryCard>> CountriesAsync(TenantId tenant, LocationId? only, CancellationToken ct) => Task.FromResult<IReadOnlyList<CountryCard>>([]);
    }

    public static async Task<int> RunAsync(string? folder, int sessions, int threads, TextWriter output)
    {
        var path = folder ?? Directory.CreateTempSubdirectory("busbar-bench-").FullName;
        try
        {
            Directory.CreateDirectory(path);
            await using var database = Database.Sqlite(path);
            await SchemaUpgrade.ApplyAsync(database, default);
            var rooms = new RoomDbFactory<SessionsDb>(database, setup => new SessionsDb(setup));
            var archive = new SessionArchive(rooms, new RowReader(database));
            var filter = new SimulationFilter(StoredSessions.First, StoredSessions.StartOf(sessions), null, null, null, null);
            if (await archive.CountAsync(filter.Question(StoredSessions.Tenant, null), default) == 0) await StoredSessions.WriteAsync(rooms, sessions, output);
            var stored = await archive.CountAsync(filter.Question(StoredSessions.Tenant, null), default);
            if (stored != sessions) throw new InvalidOperationException($"{path} has {stored} sessions, not {sessions}: name another folder.");

            var (same, _) = await OnceAsync(archive, StoredSessions.Charged, filter, Math.Min(sessions, 20_000), threads, TextWriter.Null);
            if (same.Losers != 0 || same.Winners != 0 || same.BeforeIncl != same.AfterIncl) throw new InvalidOperationException("The charged tariff makes another price.");
            var (sums, seconds) = await OnceAsync(archive, StoredSessions.TariffOf(0.55m, 0.35m), filter, sessions, threads, output);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"{sums.Sessions} sessions of {StoredSessions.Readings} readings on {threads} threads: {seconds:0.0} s, {sums.Sessions / seconds:0} a second; {sums.Winners} pay less, {sums.Losers} more"));
            return seconds <= MostSecondsPerMillion * Math.Max(sessions, 1) / 1_000_000 ? 0 : 1;
        }
        finally
        {
            if (folder is null) Directory.Delete(path, recursive: true);
        }
    }

    private static async Task<(Sums Total, double Seconds)> OnceAsync(SessionArchive archive, Rating.Tariff tariff, SimulationFilter filter, int most, int threads, TextWriter output)
    {
        var watch = Stopwatch.StartNew();
        var tally = new Tally(tariff.Currency);
        var (done, told, bytes) = (0L, 0, 0L);
        int[] marks = [10, 50, 100];
        await foreach (var page in new SimulationRun(archive, new NoCatalog(), (_, _, _, _, _, _) => throw new InvalidOperationException("These tariffs follow no curve.")).PagesAsync(StoredSessions.Tenant, tariff, filter, null, threads, default))
        {
            foreach (var session in page.Sessions) tally.Add(session);
            bytes += SimulationPart.Write(page.Sessions).Length;
            done += page.Looked;
            while (told < marks.Length && done * 100 >= (long)most * marks[told])
            {
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{marks[told++]} %: {done / watch.Elapsed.TotalSeconds:0} sessions a second, {Environment.WorkingSet >> 20} MB resident"));
            }
            if (done >= most) break;
        }
        var seconds = watch.Elapsed.TotalSeconds;
        var result = JsonSerializer.SerializeToUtf8Bytes(SimulationResult.Of(tally, _ => null), ApiJson.Options);
        await output.WriteLineAsync($"result {Convert.ToHexStringLower(SHA256.HashData(result))[..16]}, parts {bytes >> 20} MB");
        return (tally.Total, seconds);
    }
}
