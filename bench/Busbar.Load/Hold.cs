using System.Globalization;
using System.Text.Json.Serialization;

namespace Busbar.Load;

/// <summary>
/// What stations cost that only stay: they connect, boot and say what their connector is; then nothing happens for a while. Then each begins a session, all connections are cut
/// at once and all come back at once, each with its boot, two statuses and the end of its session that it could not tell. The first such storm meets a young process that is still being
/// compiled, the second one that has seen it all.
/// </summary>
internal sealed record Hold
{
    private const int ConnectsAtOnce = 64;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(20);

    public required TargetKind Target { get; init; }
    public required int Stations { get; init; }

    /// <summary>Bytes of the server's memory (VmRSS) before the first station, and with all of them connected and idle.</summary>
    public required long MemoryBefore { get; init; }
    public required long MemoryHeld { get; init; }
    public required long MemoryPeak { get; init; }
    [JsonIgnore] public double BytesPerStation => (MemoryHeld - MemoryBefore) / (double)Stations;

    /// <summary>Processors that the server is busy with while nothing happens but pings.</summary>
    public required double IdleProcessors { get; init; }

    public required double ConnectSeconds { get; init; }

    public required IReadOnlyList<Storm> Storms { get; init; }

    public required int VerifiedSessions { get; init; }

    /// <exception cref="LoadException">A CALLERROR, a boot that was not accepted, or a session that is not there afterwards.</exception>
    public static async Task<Hold> RunAsync(TargetKind kind, LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        await using var target = await TargetServer.StartAsync(kind, options, BusbarApi.AdminKey, clock, ct);
        var api = new BusbarApi(target.Server.Http);
        await api.ProvisionAsync(options.Stations, ct);
        await Task.Delay(options.WarmUp, clock, ct);
        var before = MemoryOf(target);
        await output.WriteLineAsync($"{kind}: {options.Stations} stations at process {target.Server.Id}, which has {before >> 20} MiB");

        var stations = Enumerable.Range(0, options.Stations).Select(number => new HoldStation(number, clock)).ToArray();
        try
        {
            var began = clock.GetTimestamp();
            await EachAsync(stations, (station, token) => station.ComeAsync(target.StationsUrl, token), ct);
            var connected = clock.GetElapsedTime(began);
            await output.WriteLineAsync(Text($"connected in {connected.TotalSeconds:0.0} s; {Quiet.TotalSeconds:0} s to settle, {options.Measured.TotalSeconds:0} s measured"));
            await Task.Delay(Quiet, clock, ct);
            var (at, busy) = (clock.GetTimestamp(), ProcessTimes.Of(target.Server.Id));
            await Task.Delay(options.Measured, clock, ct);
            var idle = (ProcessTimes.Of(target.Server.Id) - busy) / clock.GetElapsedTime(at);
            var held = MemoryOf(target);

            var told = new List<ToldSession>();
            var storms = new List<Storm>();
            for (var number = 1; number <= 2; number++)
            {
                await EachAsync(stations, (station, token) => station.BeginAsync(token), ct);
                storms.Add(await Storm.RunAsync(stations, target, told, clock, ct));
                await output.WriteLineAsync(storms[^1].ToString());
            }
            var peak = ProcessTimes.MemoryOf(target.Server.Id, "VmHWM");
            await api.VerifyAsync(told, clock, ct);
            return new Hold
            {
                Target = kind, Stations = options.Stations, MemoryBefore = before, MemoryHeld = held, MemoryPeak = peak, IdleProcessors = idle, ConnectSeconds = connected.TotalSeconds,
                Storms = storms, VerifiedSessions = told.Count,
            };
        }
        finally
        {
            foreach (var station in stations) await station.DisposeAsync();
        }
    }

    public override string ToString() => Text(
        $"{Target,-9} {Stations} stations: {BytesPerStation / 1024:0.0} KiB each (from {MemoryBefore >> 20} to {MemoryHeld >> 20} MiB; at most {MemoryPeak >> 20} in the storms), {IdleProcessors:0.000} processors while idle; all connected in {ConnectSeconds:0.0} s; {VerifiedSessions} sessions found again");

    private static long MemoryOf(TargetServer target) => ProcessTimes.MemoryOf(target.Server.Id, "VmRSS");

    private static Task EachAsync(HoldStation[] stations, Func<HoldStation, CancellationToken, Task> act, CancellationToken ct) =>
        Parallel.ForEachAsync(stations, new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = ct }, async (station, token) => await act(station, token));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>All stations cut at once, and all back at once.</summary>
/// <param name="AcceptedSeconds">From the cut until the last boot was accepted.</param>
/// <param name="SettledSeconds">From the cut until the last stop was acknowledged.</param>
/// <param name="Retries">Handshakes that were refused with 503 or broken off, and tried again.</param>
/// <param name="ServerProcessors">The server's share of the machine meanwhile.</param>
internal sealed record Storm(double AcceptedSeconds, double SettledSeconds, int Retries, double ServerProcessors)
{
    /// <param name="told">Gets the sessions whose end was told.</param>
    /// <exception cref="LoadException">A CALLERROR, or a boot that was not accepted.</exception>
    public static async Task<Storm> RunAsync(HoldStation[] stations, TargetServer target, List<ToldSession> told, TimeProvider clock, CancellationToken ct)
    {
        var before = stations.Sum(station => station.Retries);
        var (cut, busy) = (clock.GetTimestamp(), ProcessTimes.Of(target.Server.Id));
        foreach (var station in stations) station.Cut();
        var accepted = new long[stations.Length];
        told.AddRange(await Task.WhenAll(stations.Select(async (station, index) =>
        {
            accepted[index] = await station.ComeAsync(target.StationsUrl, ct);
            return await station.EndAsync(ct);
        })));
        var settled = clock.GetElapsedTime(cut);
        return new Storm(clock.GetElapsedTime(cut, accepted.Max()).TotalSeconds, settled.TotalSeconds, stations.Sum(station => station.Retries) - before, (ProcessTimes.Of(target.Server.Id) - busy) / settled);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"storm: all accepted in {AcceptedSeconds:0.0} s, all stops acknowledged in {SettledSeconds:0.0} s, {Retries} handshakes tried again, {ServerProcessors:0.00} processors of the server");
}
