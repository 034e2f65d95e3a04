using System.Data.Common;
using Busbar.Egress.Contracts;
using Busbar.Egress.Outbox;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;

namespace Busbar.Tests.Audit;

public sealed class AppendOnlyTests(Servers servers)
{
    [Theory]
    [InlineData("UPDATE storage_audit SET actor = 'x'")]
    [InlineData("DELETE FROM storage_audit")]
    [InlineData("UPDATE storage_audit_inbox SET actor = 'x'")]
    [InlineData("DELETE FROM storage_audit_inbox")]
    public async Task Neither_table_can_be_changed_by_the_program(string sql)
    {
        foreach (var kind in (DatabaseKind[])[DatabaseKind.Sqlite, DatabaseKind.Postgres])
        {
            await using var rig = await ChainRig.NewAsync(servers, kind);
            var tenant = ChainRig.NewTenant();
            await rig.GivenChainAsync(tenant, 3);
            await rig.Log.WriteAsync([ChainRig.Entry(tenant, 4)]);
            await using var connection = await rig.Database.OpenAsync(default);
            await using var transaction = await connection.BeginTransactionAsync();
            if (kind == DatabaseKind.Postgres) await RunAsync(connection, transaction, "SELECT set_config('role', 'busbar_app', true), set_config('busbar.tenants', '*', true)");
            var error = await Assert.ThrowsAnyAsync<DbException>(() => RunAsync(connection, transaction, sql));
            Assert.Contains(kind == DatabaseKind.Postgres ? "permission denied" : "append-only", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Two_processes_that_write_and_seal_at_once_make_one_chain(DatabaseKind kind)
    {
        await using var rig = await ChainRig.NewAsync(servers, kind);
        var tenants = Enumerable.Range(0, 3).Select(_ => ChainRig.NewTenant()).ToList();
        // Each has a database of its own, as a process has; the embedded store has one process.
        await using var other = kind == DatabaseKind.Postgres ? Database.Postgres(rig.Database.Source!.ConnectionString) : null;
        var done = 0;
        async Task WriteAsync(Database database, int writer)
        {
            await using var rows = new RowWriter(database);
            for (var i = 0; i < 200; i++) await rows.WriteTogetherAsync([ChainRig.Entry(tenants[i % tenants.Count], writer * 1_000 + i).ToWrite()]);
            Interlocked.Increment(ref done);
        }
        async Task SealAsync(Database database)
        {
            while (Volatile.Read(ref done) < 4) await new AuditSealer(database).SealAsync(default);
        }
        await Task.WhenAll(WriteAsync(rig.Database, 1), WriteAsync(rig.Database, 2), WriteAsync(other ?? rig.Database, 3), WriteAsync(other ?? rig.Database, 4), SealAsync(rig.Database), SealAsync(other ?? rig.Database));
        await rig.Sealer.SealAsync(default);
        var verdicts = await rig.VerifyAsync();
        Assert.Equal(800, verdicts.Values.Sum(verdict => verdict.Entries));
        Assert.All(verdicts.Values, verdict => Assert.Equal((null, 1, verdict.Entries), (verdict.Break, verdict.First, verdict.Last)));
        Assert.Equal(0, await AuditVerifier.CountWaitingAsync(rig.Database, default));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_change_that_fails_leaves_no_entry_and_an_entry_that_fails_leaves_no_change(DatabaseKind kind)
    {
        await using var rig = await ChainRig.NewAsync(servers, kind);
        var scope = TenantScope.Of(ChainRig.NewTenant()).By(new Author("cli", AuditWay.Api));
        var rooms = new RoomDbFactory<EgressDb>(rig.Database, setup => new EgressDb(setup));

        // Nobody said what the statement does.
        await using (var db = await rooms.OpenAsync(scope, default))
        {
            db.Add(Delivery(scope.Tenant));
            await Assert.ThrowsAsync<InvalidOperationException>(() => db.CommitAsync(ct => db.Outbox.ExecuteDeleteAsync(ct), default));
        }
        // It was said, and then the row is refused.
        await using (var db = await rooms.OpenAsync(scope, default))
        {
            db.Tell(new AuditFact("delivery", "dly", "replayed"));
            db.Add(Delivery(scope.Tenant));
            await db.CommitAsync(_ => Task.CompletedTask, default);
        }
        await using (var db = await rooms.OpenAsync(scope, default))
        {
            db.Tell(new AuditFact("delivery", "dly", "replayed"));
            db.Add(Delivery(scope.Tenant));
            await Assert.ThrowsAsync<DbUpdateException>(() => db.CommitAsync(_ => Task.CompletedTask, default));
        }
        // The entry cannot be written: PostgreSQL's texts have no such character, and the embedded store's table is gone.
        if (kind == DatabaseKind.Postgres)
        {
            await using var db = await rooms.OpenAsync(scope, default);
            db.Tell(new AuditFact("delivery", "dly\0", "replayed"));
            db.Add(Delivery(scope.Tenant, 2));
            await Assert.ThrowsAnyAsync<Exception>(() => db.CommitAsync(_ => Task.CompletedTask, default));
        }
        await using (var db = await rooms.OpenAsync(scope, default)) Assert.Equal(1, await db.Outbox.CountAsync());
        Assert.Single(await rig.Log.ListAsync(scope, new AuditFilter(), null, 10, default));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_oldest_are_cut_off_by_an_entry_and_the_rest_is_still_a_chain(DatabaseKind kind)
    {
        await using var rig = await ChainRig.NewAsync(servers, kind);
        var (tenant, clock) = (ChainRig.NewTenant(), new SetClock());
        await rig.GivenChainAsync(tenant, 100);
        var cutter = new AuditCutter(rig.Rooms, rig.Sealer, clock);
        Assert.Null(await cutter.CutAsync(tenant, ChainRig.Noon, 100, default));
        Assert.Equal(ChainRig.Noon + Duration.FromSeconds(1), await cutter.OldestAsync(tenant, default));
        // In two steps, each of which is an entry.
        Assert.Equal((40, 40), await cutter.CutAsync(tenant, ChainRig.Noon + Duration.FromSeconds(61), 40, default));
        Assert.Equal((60, 20), await cutter.CutAsync(tenant, ChainRig.Noon + Duration.FromSeconds(61), 40, default));
        Assert.Null(await cutter.CutAsync(tenant, ChainRig.Noon + Duration.FromSeconds(61), 40, default));
        Assert.Equal(ChainRig.Noon + Duration.FromSeconds(61), await cutter.OldestAsync(tenant, default));
        var verdict = (await rig.VerifyAsync())[tenant];
        Assert.Equal((null, 61, 102, 42), (verdict.Break, verdict.First, verdict.Last, verdict.Entries));
        var cut = (await rig.Log.ListAsync(TenantScope.Of(tenant), new AuditFilter(Action: "audit.cut"), null, 10, default))[0];
        Assert.Contains("\"through\":60", cut.Entry.After, StringComparison.Ordinal);

        // It is append-only again; and what is cut further by hand is told by nobody.
        await using (var connection = await rig.Database.OpenAsync(default))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            if (kind == DatabaseKind.Sqlite) await Assert.ThrowsAnyAsync<DbException>(() => RunAsync(connection, transaction, "DELETE FROM storage_audit"));
        }
        await rig.TamperAsync(tenant, "DELETE FROM storage_audit WHERE tenant_id = {tenant} AND sequence <= 70");
        var broken = (await rig.VerifyAsync())[tenant].Break!;
        Assert.Equal((AuditBreakKind.Missing, 1), (broken.Kind, broken.Sequence));
    }

    private static OutboxRow Delivery(TenantId tenant, int number = 1) => new()
    {
        TenantId = tenant, Id = new DeliveryId(new Guid(number, 0, 0, new byte[8])), Lane = "l", Position = number, Kind = "k", EventId = "e", EventType = "t", Body = "{}", CreatedAt = ChainRig.Noon,
        BegunAt = ChainRig.Noon, DueAt = ChainRig.Noon,
    };

    private static async Task RunAsync(DbConnection connection, DbTransaction transaction, string sql)
    {
        await using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        await command.ExecuteNonQueryAsync();
    }
}
