using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Busbar.Egress.Contracts;
using Busbar.Egress.Outbox;
using Busbar.Kernel;
using Busbar.Schema;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Egress;

/// <summary>What must leave, on both databases: in order on its lane, past dead destinations, once at a time, and never forgotten.</summary>
public sealed class OutboxTests(Servers servers)
{
    private static readonly TenantId Tenant = new(Guid.Parse("01890000-0000-7000-8000-000000000001"));
    private static readonly TenantScope Mine = TenantScope.Of(Tenant);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_is_on_one_lane_comes_in_order_and_a_dead_destination_delays_no_other(DatabaseKind kind)
    {
        await using var rig = await NewRigAsync(kind);
        rig.Receiver.Broken.Add("a");
        foreach (var number in Enumerable.Range(0, 5)) await rig.PutAsync("a", $"a{number}");
        foreach (var number in Enumerable.Range(0, 5)) await rig.PutAsync("b", $"b{number}");
        await rig.LookAsync();

        Assert.Equal(["b0", "b1", "b2", "b3", "b4"], rig.Receiver.Taken);
        Assert.Equal(["a0"], rig.Receiver.Tried("a"));      // the next wait for the first

        rig.Receiver.Broken.Remove("a");
        rig.Clock.Advance(TimeSpan.FromHours(1));
        await rig.LookAsync();
        Assert.Equal(["a0", "a1", "a2", "a3", "a4"], rig.Receiver.Taken.Where(name => name[0] == 'a'));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_fails_too_often_is_dead_until_it_is_replayed_under_its_own_id(DatabaseKind kind)
    {
        await using var rig = await NewRigAsync(kind);
        rig.Receiver.Broken.Add("a");
        var id = await rig.PutAsync("a", "first");
        await rig.PutAsync("a", "second");
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await rig.LookAsync();
            rig.Clock.Advance(TimeSpan.FromHours(3));
        }
        var dead = (await rig.Outbox.FindAsync(Mine, id, CancellationToken.None))!;
        Assert.Equal((DeliveryState.Dead, 3, "http500"), (dead.State, dead.Attempts, dead.LastError));
        Assert.Equal(["first", "first", "first"], rig.Receiver.Tried("a")[..3]);

        rig.Receiver.Broken.Remove("a");
        await rig.LookAsync();
        Assert.Equal(["second"], rig.Receiver.Taken);       // one that is dead does not stop its lane
        Assert.False(await rig.Outbox.ReplayAsync(TenantScope.Of(new TenantId(Guid.Parse("01890000-0000-7000-8000-000000000002"))), id, CancellationToken.None));
        Assert.True(await rig.Outbox.ReplayAsync(Mine, id, CancellationToken.None));
        Assert.False(await rig.Outbox.ReplayAsync(Mine, id, CancellationToken.None));
        await rig.LookAsync();
        Assert.Equal(["second", "first"], rig.Receiver.Taken);
        Assert.Single(rig.Receiver.Events.Where(pair => pair.Name == "first").Select(pair => pair.Event).Distinct());
        Assert.Equal((DeliveryState.Sent, 1), ((await rig.Outbox.FindAsync(Mine, id, CancellationToken.None))!.State, (await rig.Outbox.FindAsync(Mine, id, CancellationToken.None))!.Attempts));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Two_processes_never_send_one_message_at_the_same_time_and_one_that_died_gives_it_up(DatabaseKind kind)
    {
        await using var rig = await NewRigAsync(kind);
        for (var lane = 0; lane < 8; lane++) await rig.PutAsync($"both{lane}", $"both{lane}");
        await Task.WhenAll(rig.Dispatcher.LookAsync(CancellationToken.None), rig.Other.LookAsync(CancellationToken.None));
        await Task.WhenAll(rig.Dispatcher.SettleAsync(), rig.Other.SettleAsync());
        Assert.Equal(8, rig.Receiver.Taken.Count);
        rig.Receiver.Events.Clear();

        // One that holds its messages and never comes back.
        rig.Receiver.Hold = new TaskCompletionSource();
        for (var lane = 0; lane < 8; lane++) await rig.PutAsync($"l{lane}", $"m{lane}");
        await rig.Dispatcher.LookAsync(CancellationToken.None);
        while (rig.Receiver.Events.Count < 8) await Task.Delay(10, TestContext.Current.CancellationToken);
        await rig.Other.LookAsync(CancellationToken.None);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        Assert.Equal(8, rig.Receiver.Events.Count);

        // Nobody says what became of them: they come again, under the same id.
        rig.Clock.Advance(TimeSpan.FromMinutes(5));
        await rig.Other.LookAsync(CancellationToken.None);
        while (rig.Receiver.Events.Count < 16) await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.Equal(8, rig.Receiver.Events.Select(pair => pair.Event).Distinct().Count());
        rig.Receiver.Hold.SetResult();
        await Task.WhenAll(rig.Dispatcher.SettleAsync(), rig.Other.SettleAsync());
        Assert.Equal(16, await rig.Outbox.CountAsync(Mine, DeliveryState.Sent, CancellationToken.None));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_is_not_committed_never_leaves_and_other_tenants_see_nothing(DatabaseKind kind)
    {
        await using var rig = await NewRigAsync(kind);
        await using (var db = await rig.Rooms.OpenAsync(Mine, CancellationToken.None)) rig.Outbox.Put(db, rig.Message("a", "never"));
        await rig.PutAsync("a", "mine");
        await rig.LookAsync();
        Assert.Equal(["mine"], rig.Receiver.Taken);
        Assert.Single(await rig.Outbox.ListAsync(Mine, new DeliveryFilter(), null, 10, CancellationToken.None));
        Assert.Empty(await rig.Outbox.ListAsync(TenantScope.Of(new TenantId(Guid.Parse("01890000-0000-7000-8000-000000000002"))), new DeliveryFilter(), null, 10, CancellationToken.None));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_lane_behind_a_receiver_that_is_dead_for_days_is_given_up_as_a_whole_and_waits_for_a_replay(DatabaseKind kind)
    {
        await using var rig = await NewRigAsync(kind);
        rig.Receiver.Broken.Add("a");
        // More than are given up in one transaction.
        var old = await rig.PutManyAsync("a", 12_000);
        await rig.LookAsync();
        rig.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1));
        var young = await rig.PutAsync("a", "young");
        await rig.Dispatcher.ExpireAsync(CancellationToken.None);
        Assert.Equal(0, await rig.Outbox.CountAsync(Mine, DeliveryState.Dead, CancellationToken.None));

        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await rig.Dispatcher.ExpireAsync(CancellationToken.None);
        Assert.Equal(12_000, await rig.Outbox.CountAsync(Mine, DeliveryState.Dead, CancellationToken.None));
        Assert.Equal(12_000, rig.Figures.Expired);
        var first = (await rig.Outbox.FindAsync(Mine, old[0], CancellationToken.None))!;
        Assert.Equal((DeliveryState.Dead, Delivery.Expired, 1, rig.Clock.GetInstant()), (first.State, first.LastError, first.Attempts, first.FinishedAt));
        Assert.Equal(DeliveryState.Waiting, (await rig.Outbox.FindAsync(Mine, young, CancellationToken.None))!.State);
        rig.Receiver.Broken.Clear();
        await rig.LookAsync();
        Assert.Equal(["young"], rig.Receiver.Taken);
        Assert.Equal(["many0", "young"], rig.Receiver.Tried("a"));      // the others were not tried one by one

        // A replay begins anew: with an age of its own.
        rig.Receiver.Broken.Add("a");
        Assert.True(await rig.Outbox.ReplayAsync(Mine, old[7], CancellationToken.None));
        await rig.Dispatcher.ExpireAsync(CancellationToken.None);
        await rig.LookAsync();
        Assert.Equal("many7", rig.Receiver.Tried("a")[^1]);
        rig.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1));
        await rig.Dispatcher.ExpireAsync(CancellationToken.None);
        Assert.Equal(DeliveryState.Waiting, (await rig.Outbox.FindAsync(Mine, old[7], CancellationToken.None))!.State);
        rig.Clock.Advance(TimeSpan.FromMinutes(1));
        await rig.Dispatcher.ExpireAsync(CancellationToken.None);
        Assert.Equal(Delivery.Expired, (await rig.Outbox.FindAsync(Mine, old[7], CancellationToken.None))!.LastError);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_is_being_sent_is_not_given_up_at_that_moment(DatabaseKind kind)
    {
        await using var rig = await NewRigAsync(kind);
        rig.Receiver.Hold = new TaskCompletionSource();
        var id = await rig.PutAsync("a", "late");
        rig.Clock.Advance(TimeSpan.FromHours(25));
        await rig.Dispatcher.LookAsync(CancellationToken.None);
        while (rig.Receiver.Events.IsEmpty) await Task.Delay(10, TestContext.Current.CancellationToken);
        await rig.Other.ExpireAsync(CancellationToken.None);
        rig.Receiver.Hold.SetResult();
        await rig.Dispatcher.SettleAsync();
        Assert.Equal((DeliveryState.Sent, 0L), ((await rig.Outbox.FindAsync(Mine, id, CancellationToken.None))!.State, rig.Figures.Expired));
    }

    [Fact]
    public async Task A_process_that_starts_gives_up_what_is_too_old_before_it_sends()
    {
        await using var rig = await NewRigAsync(DatabaseKind.Sqlite);
        var id = await rig.PutAsync("a", "old");
        rig.Clock.Advance(TimeSpan.FromHours(25));
        await rig.PutAsync("b", "new");
        await rig.Dispatcher.StartAsync(CancellationToken.None);
        for (var i = 0; rig.Receiver.Taken.IsEmpty && i < 1_000; i++)
        {
            rig.Clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        await rig.Dispatcher.StopAsync(CancellationToken.None);
        Assert.Equal(["new"], rig.Receiver.Taken);
        Assert.Equal(Delivery.Expired, (await rig.Outbox.FindAsync(Mine, id, CancellationToken.None))!.LastError);
    }

    private async Task<Rig> NewRigAsync(DatabaseKind kind)
    {
        var store = (await servers.NewStoreAsync(kind))[0].Split('=', 2)[1];
        var database = kind == DatabaseKind.Postgres ? Database.Postgres(store) : Database.Sqlite(store);
        await SchemaUpgrade.ApplyAsync(database, CancellationToken.None);
        return new Rig(database);
    }

    private sealed class Rig : IAsyncDisposable
    {
        private readonly Database _database;
        private int _events;

        public Rig(Database database)
        {
            _database = database;
            Rooms = new RoomDbFactory<EgressDb>(database, setup => new EgressDb(setup));
            Outbox = new OutboxBook(Rooms, new IdSource(Clock), Clock);
            (Dispatcher, Other) = (New(), New());
        }

        public FakeTimeProvider Clock { get; } = new(DateTimeOffset.UnixEpoch.AddYears(56));
        public RoomDbFactory<EgressDb> Rooms { get; }
        public OutboxBook Outbox { get; }
        public Receiver Receiver { get; } = new();
        public Figures Figures { get; } = new();
        public OutboxDispatcher Dispatcher { get; }
        public OutboxDispatcher Other { get; }

        public OutboxMessage Message(string lane, string name) => new(Tenant, lane, "test", $"evt{_events++}", "test", null, name);

        public async Task<DeliveryId> PutAsync(string lane, string name)
        {
            await using var db = await Rooms.OpenAsync(Mine, CancellationToken.None);
            var id = Outbox.Put(db, Message(lane, name));
            await db.CommitAsync(CancellationToken.None);
            return id;
        }

        public async Task<IReadOnlyList<DeliveryId>> PutManyAsync(string lane, int count)
        {
            await using var db = await Rooms.OpenAsync(Mine, CancellationToken.None);
            var ids = Enumerable.Range(0, count).Select(number => Outbox.Put(db, Message(lane, $"many{number}"))).ToList();
            await db.CommitAsync(CancellationToken.None);
            return ids;
        }

        public async Task LookAsync()
        {
            await Dispatcher.LookAsync(CancellationToken.None);
            await Dispatcher.SettleAsync();
        }

        public async ValueTask DisposeAsync()
        {
            Figures.Dispose();
            await _database.DisposeAsync();
        }

        private OutboxDispatcher New() => new(
            Rooms, [Receiver], Options.Create(new OutboxOptions { Attempts = 3 }), new OutboxMetrics(Figures), Clock,
            NullLogger<OutboxDispatcher>.Instance);
    }

    /// <summary>What is counted as given up because of its age.</summary>
    private sealed class Figures : IMeterFactory
    {
        private readonly MeterListener _listener = new();
        private readonly List<Meter> _meters = [];
        private long _expired;

        public Figures()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (_meters.Contains(instrument.Meter) && instrument.Name == "busbar.outbox.expired") listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _expired, value));
            _listener.Start();
        }

        public long Expired => Interlocked.Read(ref _expired);

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose()
        {
            _listener.Dispose();
            foreach (var meter in _meters) meter.Dispose();
        }
    }

    private sealed class Receiver : IDeliverer
    {
        private readonly ConcurrentQueue<(string Lane, string Name)> _tried = [];

        public string Kind => "test";
        public HashSet<string> Broken { get; } = [];
        public ConcurrentQueue<string> Taken { get; } = [];
        public ConcurrentQueue<(string Name, string Event)> Events { get; } = [];
        public TaskCompletionSource? Hold { get; set; }

        public List<string> Tried(string lane) => [.. _tried.Where(pair => pair.Lane == lane).Select(pair => pair.Name)];

        public async Task<DeliveryOutcome> DeliverAsync(OutboxMessage message, CancellationToken ct)
        {
            _tried.Enqueue((message.Lane, message.Body));
            Events.Enqueue((message.Body, message.EventId));
            // A process that does not come back hears of no deadline.
            if (Hold is { } hold) await hold.Task;
            if (Broken.Contains(message.Lane)) return new DeliveryOutcome.Failed("http500");
            Taken.Enqueue(message.Body);
            return new DeliveryOutcome.Sent();
        }
    }
}
