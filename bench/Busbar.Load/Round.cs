namespace Busbar.Load;

/// <summary>What one target did in one round. Times are in microseconds of one processor, latencies in microseconds.</summary>
internal sealed record Round
{
    public required TargetKind Target { get; init; }

    public required int Number { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Answered in the measured time.</summary>
    public required long Calls { get; init; }

    public required double CallsPerSecond { get; init; }

    public required double? ServerCpuPerCall { get; init; }

    /// <summary>Of all the database's processes; null where it is part of the server, or not ours to see.</summary>
    public required double? DatabaseCpuPerCall { get; init; }

    /// <summary>Server and database.</summary>
    public required double? CpuPerCall { get; init; }

    public required double? GeneratorCpuPerCall { get; init; }

    /// <summary>Processors that were busy with nothing of ours: noise.</summary>
    public required double OtherProcessors { get; init; }

    public required Latency Transactions { get; init; }

    public required Latency Others { get; init; }

    /// <summary>How late the generator's own timer woke, in an open loop.</summary>
    public required Latency Lateness { get; init; }

    /// <summary>Bytes of the server's memory at its most.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>Bytes that the server allocated for a call; null for the floor.</summary>
    public double? AllocatedPerCall { get; init; }

    public double? Collections { get; init; }

    /// <summary>Seconds that the server stood still for its garbage.</summary>
    public double? CollectionPause { get; init; }

    /// <summary>Units in one transaction of the store, on average.</summary>
    public double? UnitsPerCommit { get; init; }

    /// <summary>Sessions that were told, warm-up included, and found again by the API with a CDR each and the same energy.</summary>
    public required int VerifiedSessions { get; init; }

    /// <summary>Starts a target with a fresh store, lets the stations work, measures, verifies, and ends the target.</summary>
    /// <exception cref="LoadException">The server answered wrongly, or what it has is not what it was told.</exception>
    public static async Task<Round> RunAsync(TargetKind kind, int number, LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        await using var target = await TargetServer.StartAsync(kind, options, BusbarApi.AdminKey, clock, ct);
        var api = kind == TargetKind.Floor ? null : new BusbarApi(target.Server.Http);
        if (api is not null)
        {
            await api.ProvisionAsync(options.Stations, ct);
        }

        await using var fleet = new Fleet(target.StationsUrl, BusbarApi.Password, options.Stations, clock);
        await fleet.ConnectAsync(ct);
        await output.WriteLineAsync($"{kind} {number}: {options.Stations} stations at process {target.Server.Id}; {options.WarmUp.TotalSeconds:0} s of warm-up, {options.Measured.TotalSeconds:0} s measured");
        fleet.Start(options.Work, options.CallsPerSecond);
        await fleet.WorkAsync(options.WarmUp, ct);

        var metricsBefore = api is null ? null : await api.MetricsAsync(ct);
        fleet.Measuring = true;
        var before = Reading.Take(fleet, target, clock);
        await fleet.WorkAsync(options.Measured, ct);
        var after = Reading.Take(fleet, target, clock);
        fleet.Measuring = false;
        var metricsAfter = api is null ? null : await api.MetricsAsync(ct);
        var peak = ProcessTimes.MemoryOf(target.Server.Id, "VmHWM");

        await fleet.FinishAsync(ct);
        var told = fleet.Told.ToList();
        if (api is not null)
        {
            await api.VerifyAsync(told, clock, ct);
        }

        double? Growth(string metric) => metricsAfter is null ? null : metricsAfter.GetValueOrDefault(metric) - metricsBefore!.GetValueOrDefault(metric);

        var calls = after.Calls - before.Calls;
        var elapsed = clock.GetElapsedTime(before.At, after.At);
        var ours = after.Ours - before.Ours;
        return new Round
        {
            Target = kind,
            Number = number,
            Seconds = elapsed.TotalSeconds,
            Calls = calls,
            CallsPerSecond = calls / elapsed.TotalSeconds,
            ServerCpuPerCall = ProcessTimes.PerCall(before.Server, after.Server, calls),
            DatabaseCpuPerCall = after.Database is { } database ? ProcessTimes.PerCall(before.Database!.Value, database, calls) : null,
            CpuPerCall = ProcessTimes.PerCall(before.Served, after.Served, calls),
            GeneratorCpuPerCall = ProcessTimes.PerCall(before.Generator, after.Generator, calls),
            OtherProcessors = Math.Max(0, (after.Machine - before.Machine - ours) / elapsed),
            Transactions = Latency.Of(fleet.Transactions),
            Others = Latency.Of(fleet.Others),
            Lateness = Latency.Of(fleet.Lateness),
            PeakMemory = peak,
            AllocatedPerCall = Growth("dotnet_gc_heap_total_allocated_bytes_total") / calls,
            Collections = Growth("dotnet_gc_collections_total"),
            CollectionPause = Growth("dotnet_gc_pause_time_seconds_total"),
            UnitsPerCommit = Growth("busbar_commit_batch_sum") / Growth("busbar_commit_batch_count") is { } units && double.IsFinite(units) ? units : null,
            VerifiedSessions = api is null ? 0 : told.Count,
        };
    }

    /// <summary>Everything that is subtracted from itself later, read as nearly at once as can be.</summary>
    private sealed record Reading(long At, long Calls, TimeSpan Server, TimeSpan? Database, TimeSpan Generator, TimeSpan Machine)
    {
        public TimeSpan Served => Server + (Database ?? TimeSpan.Zero);

        public TimeSpan Ours => Served + Generator;

        public static Reading Take(Fleet fleet, TargetServer target, TimeProvider clock) =>
            new(clock.GetTimestamp(), fleet.Calls, ProcessTimes.Of(target.Server.Id), target.DatabaseTime(), ProcessTimes.Of(Environment.ProcessId), ProcessTimes.Machine());
    }
}

/// <summary>Microseconds.</summary>
internal sealed record Latency(long Count, long P50, long P99, long P999)
{
    public static Latency Of(LatencyHistogram histogram) => new(histogram.Count, histogram.Percentile(50), histogram.Percentile(99), histogram.Percentile(99.9));
}
