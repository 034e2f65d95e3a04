using System.Globalization;
using System.Text.Json;

namespace Busbar.Load;

/// <summary>
/// How fast a price reaches the driver: stations with screens whose vehicles charge send a meter value every twelve seconds, evenly spread, and are told what the session costs so far.
/// Measured is from the acknowledgement of a meter value (it is durable then) to the price at the station.
/// </summary>
internal sealed record CostTold
{
    /// <summary>99 % of prices are at the station within so much of the acknowledgement.</summary>
    public const int WantedMilliseconds = 50;

    /// <summary>Of a hundred readings so many bring a price.</summary>
    public const int WantedPercent = 95;

    private const int ConnectsAtOnce = 64;

    // The server tells a station at most every ten seconds after it has heard of the last.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(12);

    // It asks a station what it can show after ten seconds of quiet, within ten more.
    private static readonly TimeSpan AskedWithin = TimeSpan.FromSeconds(90);

    public required TargetKind Target { get; init; }
    public required int Stations { get; init; }
    public required int Readings { get; init; }

    /// <summary>Readings that brought a price before the next one.</summary>
    public required int Prices { get; init; }

    /// <summary>From the acknowledgement to the price, in microseconds.</summary>
    public required Latency Told { get; init; }
    public required long Longest { get; init; }

    /// <summary>Prices that were computed again from the frames, and were the same to the cent.</summary>
    public required int Compared { get; init; }
    public required int VerifiedSessions { get; init; }

    public bool IsMet => Told.P99 <= WantedMilliseconds * 1_000 && Prices * 100L >= (long)Readings * WantedPercent;

    /// <exception cref="LoadException">A CALLERROR, a price that is not that of the frames, a server that does not ask for screens, or a session that is not there afterwards.</exception>
    public static async Task<CostTold> RunAsync(TargetKind kind, LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        await using var target = await TargetServer.StartAsync(kind, options, BusbarApi.AdminKey, clock, ct);
        var api = new BusbarApi(target.Server.Http);
        await api.ProvisionAsync(options.Stations, ct, JsonElement.Parse(string.Create(CultureInfo.InvariantCulture, $$"""
            { "currency": "EUR", "elements": [ { "price_components": [
              { "type": "ENERGY", "price": {{CostStation.EnergyPrice}}, "vat": {{CostStation.TaxPercent}}, "step_size": 1 }, { "type": "TIME", "price": {{CostStation.HourPrice}}, "vat": {{CostStation.TaxPercent}}, "step_size": 1 } ] } ] }
            """)));
        var stations = Enumerable.Range(0, options.Stations).Select(number => new CostStation(number, clock)).ToArray();
        try
        {
            await EachAsync(stations, (station, token) => station.ConnectAsync(target.StationsUrl, token), ct);
            await output.WriteLineAsync($"{kind}: {options.Stations} stations wait to be asked for their screens");
            try { await Task.WhenAll(stations.Select(station => station.Asked)).WaitAsync(AskedWithin, clock, ct); }
            catch (TimeoutException) { throw new LoadException($"{stations.Count(station => !station.Asked.IsCompleted)} stations were not asked what they can show."); }
            await EachAsync(stations, (station, token) => station.BeginAsync(token), ct);
            await output.WriteLineAsync($"all charge; {options.WarmUp.TotalSeconds:0} s to warm up, {options.Measured.TotalSeconds:0} s measured");

            // A start has a price too: the first reading keeps its distance from it, as the others from each other.
            var (isMeasured, first) = (false, clock.GetTimestamp() + (long)(Every.TotalSeconds * clock.TimestampFrequency));
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var work = Task.WhenAll(stations.Select((station, number) =>
                station.RunAsync(first + (long)(Every.TotalSeconds * clock.TimestampFrequency * number / stations.Length), Every, () => Volatile.Read(ref isMeasured), stop.Token, ct)));
            foreach (var (time, measured) in new[] { (options.WarmUp, true), (options.Measured, false) })
            {
                // Whoever fails ends the run at once.
                if (await Task.WhenAny(work, Task.Delay(time, clock, ct)) == work) await work;
                Volatile.Write(ref isMeasured, measured);
            }
            await Task.Delay(Every, clock, ct);
            await stop.CancelAsync();
            await work;
            var told = new List<ToldSession>();
            foreach (var station in stations) told.Add(await station.EndAsync(ct));
            foreach (var station in stations) station.Judge();
            await api.VerifyAsync(told, clock, ct);
            return Of(kind, stations, told.Count);
        }
        finally
        {
            foreach (var station in stations) await station.DisposeAsync();
        }
    }

    /// <exception cref="LoadException">It is not what is wanted.</exception>
    public void Judge()
    {
        if (!IsMet) throw new LoadException(Text($"{Target}: wanted are a price within {WantedMilliseconds} ms of its reading's acknowledgement for 99 % and for at least {WantedPercent} % of readings; found {this}"));
    }

    public override string ToString() => Text(
        $"{Target,-9} {Stations} stations: {Prices} prices of {Readings} readings, {Told.P50 / 1000.0:0.0} ms after the acknowledgement, 99 % within {Told.P99 / 1000.0:0.0} ms, all within {Longest / 1000.0:0.0} ms; {Compared} computed again, {VerifiedSessions} sessions found again");

    private static CostTold Of(TargetKind kind, CostStation[] stations, int sessions)
    {
        var (histogram, longest, readings, prices) = (new LatencyHistogram(), 0L, 0, 0);
        foreach (var reading in stations.SelectMany(station => station.Readings).Where(reading => reading.IsMeasured))
        {
            readings++;
            if (reading.Told is not { } time) continue;
            prices++;
            histogram.Record(time);
            longest = Math.Max(longest, (long)time.TotalMicroseconds);
        }
        return new CostTold
        {
            Target = kind, Stations = stations.Length, Readings = readings, Prices = prices, Told = Latency.Of(histogram), Longest = longest,
            Compared = stations.Sum(station => station.Compared), VerifiedSessions = sessions,
        };
    }

    private static Task EachAsync(CostStation[] stations, Func<CostStation, CancellationToken, Task> act, CancellationToken ct) =>
        Parallel.ForEachAsync(stations, new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = ct }, async (station, token) => await act(station, token));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
