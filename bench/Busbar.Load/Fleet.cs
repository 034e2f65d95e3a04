namespace Busbar.Load;

/// <summary>What the stations do.</summary>
internal enum Work
{
    Sessions,
    Heartbeats,
}

/// <summary>All stations of a round, and what they measure.</summary>
internal sealed class Fleet(Uri url, string password, int size, TimeProvider clock) : IAsyncDisposable
{
    private const int ConnectsAtOnce = 32;

    /// <summary>For what is under way when a round ends.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<LoadStation> _stations = [];
    private readonly CancellationTokenSource _broken = new();
    private Task _running = Task.CompletedTask;
    private volatile bool _finishing;
    private volatile bool _measuring;

    public TimeProvider Clock => clock;

    public bool Finishing => _finishing;

    /// <summary>Whether latencies count.</summary>
    public bool Measuring
    {
        get => _measuring;
        set => _measuring = value;
    }

    /// <summary>Of StartTransaction, MeterValues and StopTransaction, which wait for the disk.</summary>
    public LatencyHistogram Transactions { get; } = new();

    public LatencyHistogram Others { get; } = new();

    /// <summary>How late the generator's own timer was, in an open loop.</summary>
    public LatencyHistogram Lateness { get; } = new();

    public long Calls => _stations.Sum(station => station.Calls);

    public IEnumerable<ToldSession> Told => _stations.SelectMany(station => station.Told);

    /// <exception cref="IOException">The server does not let them in.</exception>
    public async Task ConnectAsync(CancellationToken ct)
    {
        _stations.AddRange(Enumerable.Range(0, size).Select(number => new LoadStation(number, this)));
        using var abort = ct.Register(Abort);
        await Parallel.ForEachAsync(_stations, new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = ct },
            async (station, token) => await station.ConnectAsync(url, password, token));
    }

    /// <param name="callsPerSecond">Of all stations together, spread evenly; null: as many as they can.</param>
    public void Start(Work work, int? callsPerSecond)
    {
        var gap = callsPerSecond is { } rate ? clock.TimestampFrequency / (double)rate : 0;
        var now = clock.GetTimestamp();
        // One station begins after the other, and a tenth of them at each call of a session: else all would start, meter and stop together.
        Pace PaceOf(int index) => new(clock, now + (long)(gap * (index + ((long)size * (index % LoadStation.SessionCalls)))), (long)(gap * size), Lateness);
        _running = Task.WhenAll(_stations.Select((station, index) => Task.Run(async () =>
        {
            try
            {
                await station.RunAsync(work, callsPerSecond is null ? null : PaceOf(index));
            }
            catch
            {
                await _broken.CancelAsync();
                throw;
            }
        })));
    }

    /// <summary>Lets them work.</summary>
    /// <exception cref="LoadException">One of them got what it should not.</exception>
    public async Task WorkAsync(TimeSpan time, CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct, _broken.Token);
        try
        {
            await Task.Delay(time, clock, ending.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            Abort();
            await _running;
        }
    }

    /// <summary>Lets every session be told to its end.</summary>
    /// <exception cref="LoadException">One of them got what it should not, or nothing in time.</exception>
    public async Task FinishAsync(CancellationToken ct)
    {
        _finishing = true;
        try
        {
            await _running.WaitAsync(Patience, clock, ct);
        }
        catch (TimeoutException)
        {
            throw new LoadException($"Not every call was answered within {Patience.TotalSeconds:0} s.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _finishing = true;
        Abort();
        await _running.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        foreach (var station in _stations)
        {
            await station.DisposeAsync();
        }

        _broken.Dispose();
    }

    private void Abort()
    {
        foreach (var station in _stations)
        {
            station.Abort();
        }
    }
}
