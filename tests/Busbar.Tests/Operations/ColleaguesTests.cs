using System.Net;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Operations;
using Busbar.Operations.Console;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Busbar.Tests.Operations;

/// <summary>Two people at one thing at the same moment, on both databases.</summary>
public sealed class ColleaguesTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Of_two_who_change_a_secret_at_the_same_moment_one_is_told_so(DatabaseKind kind)
    {
        var clock = new MeddlingClock();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton(provider => DeskOf(provider, clock)));
        var api = await server.NewTenantAsync();
        var made = await api.PostAsync("notification-channels", new { kind = "webhook", name = "Helpdesk", url = "https://example.com/hooks" });
        var id = made.Body.GetProperty("channel").GetProperty("id").GetString()!;
        var (channel, tenant) = (TypedId.TryParse<ChannelId>(id, out var known) ? known : default, server.Services.GetRequiredService<Busbar.Identity.ITenants>().Find(api.Tenant!)!.Id);
        var colleague = DeskOf(server.Services, TimeProvider.System);
        Rotation? theirs = null;
        // Between what the first one reads and what it writes.
        clock.Meddle = () => theirs = colleague.RotateAsync(CallerOf(tenant), channel, 2, CancellationToken.None).GetAwaiter().GetResult();
        (await api.PostAsync($"notification-channels/{id}/rotate-secret", new { })).Is(HttpStatusCode.Conflict, "changedMeanwhile");
        var done = Assert.IsType<Rotation.Done>(theirs);
        var stored = (await colleague.FindAsync(CallerOf(tenant), id, CancellationToken.None))!;
        Assert.Equal(done.Row.Secret, stored.Secret);
        Assert.Equal(done.Row.FormerSecret, stored.FormerSecret);
        // The page asks the same desk, and there no exception becomes an answer.
        clock.Meddle = () => theirs = colleague.RotateAsync(CallerOf(tenant), channel, 2, CancellationToken.None).GetAwaiter().GetResult();
        Assert.IsType<Rotation.Stale>(await DeskOf(server.Services, clock).RotateAsync(CallerOf(tenant), channel, 2, CancellationToken.None));
        (await api.PostAsync($"notification-channels/{id}/rotate-secret", new { })).Is(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_note_is_not_written_over_one_that_nobody_saw_and_the_watch_keeps_nobody_from_writing(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        var tenant = server.Services.GetRequiredService<Busbar.Identity.ITenants>().Find(api.Tenant!)!.Id;
        var (caller, reading, rooms) = (CallerOf(tenant), server.Services.GetRequiredService<AlertReading>(), server.Services.GetRequiredService<RoomDbFactory<OperationsDb>>());
        var id = server.Services.GetRequiredService<IdSource>().New<AlertId>();
        var now = TimeProvider.System.GetInstant();
        await using (var db = await rooms.OpenAsync(caller.Rows, CancellationToken.None))
        {
            db.Add(new AlertRow { TenantId = tenant, Id = id, Rule = AlertRule.ConnectorFaulted, Thing = "x", Since = now, RaisedAt = now });
            await db.CommitAsync(CancellationToken.None);
        }

        // Ten at once, who all saw an alert without a note.
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(number => Task.Run(() => reading.NoteAsync(caller, id, null, $"note {number}", CancellationToken.None))));
        var winner = Assert.Single(answers, answer => answer!.Value.IsWritten)!.Value.Row.Note;
        Assert.All(answers, answer => Assert.Equal(winner, answer!.Value.Row.Note));
        Assert.Equal(winner, (await api.GetAsync($"alerts/{id}")).Text("note"));
        Assert.Equal((winner, false), Said(await reading.NoteAsync(caller, id, "something else", "mine", CancellationToken.None)));

        // The watch says that it seems well, and back, while somebody writes.
        var tag = (await api.GetAsync($"alerts/{id}")).Tag;
        await using (var db = await rooms.OpenAsync(caller.Rows, CancellationToken.None))
        {
            (await db.Alerts.SingleAsync(row => row.Id == id)).ClearedAt = now;
            await db.CommitAsync(CancellationToken.None);
        }
        Assert.Equal(("mine", true), Said(await reading.NoteAsync(caller, id, winner, "mine", CancellationToken.None)));
        // A program says what it has read, as everywhere.
        (await api.PatchAsync($"alerts/{id}", new { note = "theirs" }, ifMatch: tag)).Is(HttpStatusCode.PreconditionFailed);
        Assert.Equal("mine", (await api.GetAsync($"alerts/{id}")).Text("note"));
        (await api.PatchAsync($"alerts/{id}", new { note = "theirs" }, ifMatch: (await api.GetAsync($"alerts/{id}")).Tag)).Is(HttpStatusCode.OK);

        static (string? Note, bool IsWritten) Said((AlertRow Row, bool IsWritten)? answer) => (answer!.Value.Row.Note, answer.Value.IsWritten);
    }

    private static Caller CallerOf(TenantId tenant) => new(tenant, "opr-colleague", Rights.Of(new[] { Scope.All }));

    private static ChannelDesk DeskOf(IServiceProvider services, TimeProvider clock) => new(
        services.GetRequiredService<RoomDbFactory<OperationsDb>>(), services.GetRequiredService<Notices>(), services.GetRequiredService<WebhookSecrets>(), services.GetRequiredService<TestAllowance>(),
        services.GetRequiredService<IdSource>(), clock, services.GetRequiredService<ILogger<ChannelDesk>>());

    /// <summary>The machine's clock; once, when it is asked, something else happens first.</summary>
    private sealed class MeddlingClock : TimeProvider
    {
        private Action? _meddle;

        public Action Meddle { set => _meddle = value; }

        public override DateTimeOffset GetUtcNow()
        {
            Interlocked.Exchange(ref _meddle, null)?.Invoke();
            return base.GetUtcNow();
        }
    }
}
