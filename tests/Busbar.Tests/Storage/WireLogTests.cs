using System.Diagnostics.Metrics;
using System.Text;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Wire;
using Busbar.Tests.Stations;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NodaTime;

namespace Busbar.Tests.Storage;

public sealed class WireLogTests(Servers servers) : IAsyncDisposable
{
    private static readonly Instant Start = Instant.FromUtc(2026, 11, 23, 6, 0);
    private static readonly StationKey Station = new(new TenantId(Guid.Parse("01890000-0000-7000-8000-000000000001")), Guid.Parse("01890000-0000-7000-8000-000000000002"));

    private readonly FakeTimeProvider _clock = new(Start.ToDateTimeOffset());
    private readonly LinesOf<WireLog> _lines = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("busbar-").FullName;
    private readonly List<IAsyncDisposable> _opened = [];

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_was_appended_is_read_at_once_newest_first_and_in_pages_without_a_gap_or_a_repeat(DatabaseKind kind)
    {
        var log = Log(await StoreAsync(kind));
        var other = Station with { Station = Guid.Parse("01890000-0000-7000-8000-000000000003") };
        var said = new List<string>();
        async Task SayAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                log.Append(Frame($"n{said.Count}", Start + Duration.FromMilliseconds(said.Count / 7)));
                log.Append(Frame("not this one's", Start, other));
                said.Add($"n{said.Count}");
            }
            Assert.Equal(said[^1], Text((await log.ReadAsync(Station, null, 1, default))[0]));
        }

        // A quiet hour, a frame in each row, and a busy moment of several rows between.
        for (var i = 0; i < 25; i++) await SayAsync(1);
        await SayAsync(2_000);
        for (var i = 0; i < 25; i++) await SayAsync(1);

        foreach (var size in new[] { 9, 60, 700 })
        {
            var (seen, before) = (new List<LoggedFrame>(), (long?)null);
            for (IReadOnlyList<LoggedFrame> page; (page = await log.ReadAsync(Station, before, size, default)).Count > 0; before = page[^1].Position)
            {
                Assert.True(page.Count <= size);
                seen.AddRange(page);
            }
            Assert.Equal(said, seen.Select(Text).Reverse());
            Assert.Equal(seen.Select(frame => frame.Position).Distinct().OrderDescending(), seen.Select(frame => frame.Position));
        }
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_frame_comes_back_as_it_was_and_a_very_long_one_in_part(DatabaseKind kind)
    {
        var log = Log(await StoreAsync(kind));
        log.Append(new WireFrame(Station, true, 201, Start + Duration.FromMilliseconds(1), "[2,\"é\"]"u8.ToArray()));
        log.Append(new WireFrame(Station, false, 16, Start + Duration.FromMilliseconds(2), ReadOnlyMemory<byte>.Empty));
        log.Append(new WireFrame(Station, true, 21, Start + Duration.FromMilliseconds(3), new byte[200_000]));
        log.Append(Frame("last", Start + Duration.FromMilliseconds(4)));
        var read = await log.ReadAsync(Station, null, 10, default);
        Assert.Equal(["last", new string('\0', 64 * 1024), "", "[2,\"é\"]"], read.Select(Text));
        Assert.Equal([(false, 16), (true, 21), (false, 16), (true, 201)], read.Select(frame => (frame.FromStation, frame.Protocol)));
        Assert.Equal([4, 3, 2, 1], read.Select(frame => (frame.At - Start).TotalMilliseconds));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Two_processes_that_had_a_station_in_the_same_millisecond_lose_none_of_its_frames(DatabaseKind kind)
    {
        var store = await StoreAsync(kind);
        foreach (var process in new[] { Log(store), Log(store) })
        {
            process.Append(Frame("first", Start));
            process.Append(Frame("second", Start + Duration.FromSeconds(1)));
            await process.DrainAsync(default);
        }
        Assert.Equal(["second", "second", "first", "first"], (await Log(store).ReadAsync(Station, null, 10, default)).Select(Text));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_is_older_is_forgotten_a_few_at_a_time_and_nothing_of_another_tenant(DatabaseKind kind)
    {
        var store = await StoreAsync(kind);
        var log = Log(store);
        var theirs = Station with { Tenant = new TenantId(Guid.Parse("01890000-0000-7000-8000-000000000009")) };
        foreach (var day in new[] { 0, 1, 2, 3 })
        {
            log.Append(Frame($"day {day}", Start + Duration.FromDays(day)));
            log.Append(Frame($"day {day}", Start + Duration.FromDays(day), theirs));
            await log.DrainAsync(default);
        }
        Assert.Equal(Start, await store.OldestAsync(Station.Tenant, default));
        Assert.Equal(2, await store.ForgetAsync(Station.Tenant, Start + Duration.FromDays(2), 5, default));
        Assert.Equal(0, await store.ForgetAsync(Station.Tenant, Start + Duration.FromDays(2), 5, default));
        Assert.Equal(["day 3", "day 2"], (await log.ReadAsync(Station, null, 10, default)).Select(Text));
        Assert.Equal(Start + Duration.FromDays(2), await store.OldestAsync(Station.Tenant, default));
        Assert.Equal(1, await store.ForgetAsync(Station.Tenant, Start + Duration.FromDays(9), 1, default));
        Assert.Equal(["day 3"], (await log.ReadAsync(Station, null, 10, default)).Select(Text));
        Assert.Equal(1, await store.ForgetAsync(Station.Tenant, Start + Duration.FromDays(9), 5, default));
        Assert.Null(await store.OldestAsync(Station.Tenant, default));
        Assert.Equal(4, (await log.ReadAsync(theirs, null, 10, default)).Count);
    }

    [Fact]
    public async Task The_embedded_file_keeps_its_size_and_gives_back_what_it_does_not_need()
    {
        var log = Log(await StoreAsync(DatabaseKind.Sqlite), new WireLogOptions { Megabytes = 2 });
        for (var i = 0; i < 300; i++)
        {
            log.Append(Frame($"{i} {new string('x', 30_000)}", Start + Duration.FromSeconds(i)));
            await log.DrainAsync(default);
        }
        await log.TrimAsync(default);
        var left = await log.ReadAsync(Station, null, 1_000, default);
        Assert.InRange(left.Sum(frame => frame.Bytes.Length), 1_500_000, 2 * 1024 * 1024);
        Assert.StartsWith("299 ", Text(left[0]), StringComparison.Ordinal);
        await log.StopAsync(default);
        Assert.InRange(new FileInfo(Path.Combine(_folder, "wirelog.db")).Length, 1_500_000, 2 * 1024 * 1024);
    }

    [Fact]
    public async Task What_waits_is_written_after_a_second_at_half_the_room_and_at_the_end()
    {
        var store = new FakeStore();
        var log = Log(store);
        await log.StartAsync(default);
        log.Append(Frame("one", Start));
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Empty(store.Written);
        await AdvanceUntilAsync(() => store.Written.Count == 1);

        for (var i = 0; i < 65; i++) log.Append(Large());
        await UntilAsync(() => store.Written.Count >= 65);

        log.Append(Frame("last", Start));
        await log.StopAsync(default);
        Assert.Equal(67, store.Written.Sum(pack => pack.Count));
        Assert.True(store.IsDisposed);
    }

    [Fact]
    public async Task What_there_is_no_room_for_is_dropped_and_counted_while_what_is_being_written_counts_too()
    {
        using var dropped = new Dropped();
        var store = new FakeStore { Hold = new TaskCompletionSource() };
        var log = Log(store);
        for (var i = 0; i < 100; i++) log.Append(Large());
        var writing = log.DrainAsync(default);
        for (var i = 0; i < 100; i++) log.Append(Large());
        Assert.Equal(73, dropped.Count);

        store.Hold.SetResult();
        await writing;
        await log.DrainAsync(default);
        Assert.Equal(127, store.Written.Sum(pack => pack.Count));
        log.Append(Large());
        await log.DrainAsync(default);
        Assert.Equal((128, 73), (store.Written.Sum(pack => pack.Count), dropped.Count));
    }

    [Fact]
    public async Task A_reader_that_gives_up_loses_nobodys_frames()
    {
        var store = new FakeStore { Hold = new TaskCompletionSource() };
        var log = Log(store);
        log.Append(Frame("others'", Start));
        using var patience = new CancellationTokenSource();
        var writing = log.ReadAsync(Station, null, 1, patience.Token);
        var waiting = log.ReadAsync(Station, null, 1, patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        store.Hold.SetResult();
        await Task.WhenAny(writing);
        Assert.Single(store.Written);
    }

    [Fact]
    public async Task A_batch_that_cannot_be_written_is_counted_told_and_keeps_no_later_one()
    {
        using var dropped = new Dropped();
        var store = new FakeStore { Failure = new IOException("full") };
        var log = Log(store);
        for (var i = 0; i < 3; i++) log.Append(Frame("lost", Start));
        await log.DrainAsync(default);
        Assert.Equal(3, dropped.Count);
        Assert.Contains("3 frames are missing", Assert.Single(_lines.Lines), StringComparison.Ordinal);
        store.Failure = null;
        log.Append(Frame("kept", Start));
        await log.DrainAsync(default);
        Assert.Single(store.Written);
    }

    [Fact]
    public async Task A_batch_is_written_station_by_station()
    {
        var store = new FakeStore();
        var log = Log(store);
        var stations = Enumerable.Range(0, 9).Select(i => Station with { Station = new Guid(i * 7 % 9, 0, 0, new byte[8]) }).ToList();
        for (var i = 0; i < 90; i++) log.Append(Frame($"{i}", Start, stations[i % 9]));
        await log.DrainAsync(default);
        Assert.Equal(stations.Order(StationKey.LockOrder), store.Written.Select(pack => pack.Station));
        Assert.All(store.Written, pack => Assert.Equal(10, pack.Count));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened) await opened.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<IWireStore> StoreAsync(DatabaseKind kind)
    {
        if (kind == DatabaseKind.Sqlite)
        {
            var database = Database.Sqlite(_folder);
            var store = new SqliteWireStore(database);
            _opened.AddRange([store, database]);
            return store;
        }
        // A database of its own, with the server's migrations.
        var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Postgres));
        _opened.Add(server);
        return server.Services.GetRequiredService<IWireStore>();
    }

    private WireLog Log(IWireStore store, WireLogOptions? options = null) =>
        new(store, new StorageMetrics(new NoMeters()), Options.Create(options ?? new WireLogOptions()), _clock, _lines);

    private static WireFrame Frame(string text, Instant at, StationKey? station = null) => new(station ?? Station, false, 16, at, Encoding.UTF8.GetBytes(text));

    private static WireFrame Large() => new(Station, true, 16, Start, new byte[1024 * 1024]);

    private static string Text(LoggedFrame frame) => Encoding.UTF8.GetString(frame.Bytes);

    private Task AdvanceUntilAsync(Func<bool> isThere) => UntilAsync(() =>
    {
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        return isThere();
    });

    private static async Task UntilAsync(Func<bool> isThere)
    {
        for (var i = 0; !isThere(); i++)
        {
            Assert.True(i < 500, "It did not come in time.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private sealed class FakeStore : IWireStore
    {
        public List<FramePack> Written { get; } = [];
        public TaskCompletionSource? Hold { get; set; }
        public Exception? Failure { get; set; }
        public bool IsDisposed { get; private set; }

        public async Task WriteAsync(IReadOnlyList<FramePack> packs, CancellationToken ct)
        {
            if (Failure is not null) throw Failure;
            if (Hold is not null) await Hold.Task.WaitAsync(ct);
            Written.AddRange(packs);
        }

        public Task<IReadOnlyList<LoggedFrame>> ReadAsync(StationKey station, long before, int limit, CancellationToken ct) => Task.FromResult<IReadOnlyList<LoggedFrame>>([]);

        public Task<long> EraseAsync(TenantId tenant, IReadOnlyList<byte[]> words, CancellationToken ct) => Task.FromResult(0L);

        public Task TrimAsync(long bytes, CancellationToken ct) => Task.CompletedTask;

        public Task<int> ForgetAsync(TenantId tenant, Instant before, int most, CancellationToken ct) => Task.FromResult(0);

        public Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct) => Task.FromResult<Instant?>(null);

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>The frames that any log of this thread's test dropped; nothing here changes threads before it drops.</summary>
    private sealed class Dropped : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly AsyncLocal<bool> _mine = new() { Value = true };
        private long _count;

        public Dropped()
        {
            _listener.InstrumentPublished = (instrument, listener) => { if (instrument.Name == "busbar.wirelog.dropped") listener.EnableMeasurementEvents(instrument); };
            _listener.SetMeasurementEventCallback<long>((_, frames, _, _) => { if (_mine.Value) Interlocked.Add(ref _count, frames); });
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}
