using System.Text;
using Busbar.Gateway.Contracts;
using Busbar.Identity;
using Busbar.Identity.Keys;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Stations;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Presence;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Busbar.Tests.Stations;

public sealed class CommandTests : IAsyncLifetime
{
    private const string Boot16 = """{"chargePointVendor":"ACME","chargePointModel":"One"}""";
    private readonly string _folder = Directory.CreateTempSubdirectory("busbar-").FullName;
    private readonly StationRig _rig = new();
    private Database _database = null!;
    private RoomDbFactory<StationsDb> _rooms = null!;
    private readonly ToldCharges _charges = new();
    private CommandTruth _truth = null!;
    private CommandDesk _desk = null!;
    private RowWriter _rows = null!;

    public async ValueTask InitializeAsync()
    {
        _database = Database.Sqlite(_folder);
        _rooms = new RoomDbFactory<StationsDb>(_database, setup => new StationsDb(setup));
        await using var db = await _rooms.OpenAsync(TenantScope.System, default);
        await db.Database.EnsureCreatedAsync();
        var key = new HashingKey();
        key.Be(new byte[32]);
        _truth = new CommandTruth(_rooms, _charges, new KeyedHash(key), _rig.Clock, NullLogger<CommandTruth>.Instance);
        _rows = new RowWriter(_database);
        _desk = DeskAt(_rig.Clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("""{"status":"Accepted"}""", "Accepted")]
    [InlineData("""{"status":"Scheduled"}""", "Accepted")]
    [InlineData("""{"status":"Unlocked"}""", "Accepted")]
    [InlineData("""{"status":"Rejected"}""", "Refused")]
    [InlineData("""{"status":"NotSupported"}""", "Refused")]
    [InlineData("{}", "Failed")]
    [InlineData("""{"status":7.5}""", "Refused")]
    [InlineData("""{"status":""}""", "Failed")]
    [InlineData("""{"listVersion":3}""", "Failed")]
    public async Task A_stations_answer_is_the_outcome(string response, string state)
    {
        var link = await BootedAsync();
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Result(Encoding.UTF8.GetBytes(response)));
        var row = await GiveAsync();
        Assert.Equal((state, response), (row.State.ToString(), row.Response));
        Assert.Equal(("Reset", """{"type":"Hard"}"""), Assert.Single(link.Calls));
        var stored = await _desk.FindAsync(TenantScope.Of(_rig.Key.Tenant), row.Id, default);
        Assert.Equal((row.State, response, "cli"), (stored!.State, stored.Response, stored.Actor));
        Assert.NotNull(stored.FinishedAt);
    }

    [Theory]
    [InlineData("ChangeConfiguration", """{"key":"AuthorizationKey","value":"S3cret-S3cret-S3cret"}""", """{"status":"Accepted"}""")]
    [InlineData("SetVariables", """{"setVariableData":[{"attributeValue":"S3cret-S3cret-S3cret","component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}""", """{"setVariableResult":[]}""")]
    [InlineData("GetConfiguration", """{"key":["AuthorizationKey"]}""", """{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"S3cret-S3cret-S3cret"}]}""")]
    public async Task A_stations_password_is_sent_and_neither_stored_nor_shown(string action, string request, string response)
    {
        var link = await BootedAsync();
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Result(Encoding.UTF8.GetBytes(response)));
        var call = new StationCall(action, Encoding.UTF8.GetBytes(request));
        var row = await await _desk.GiveAsync(new CommandOrder(_rig.Key, 16, new Author("cli", AuditWay.Api), action, call, new IdSource(_rig.Clock).New<CommandId>(), null));
        Assert.Equal((action, request), Assert.Single(link.Calls));
        var stored = await _desk.FindAsync(TenantScope.Of(_rig.Key.Tenant), row.Id, default);
        var texts = new[] { row.Request, row.Response!, stored!.Request, stored.Response! };
        Assert.All(texts, text => Assert.DoesNotContain("S3cret", text, StringComparison.Ordinal));
        Assert.Contains(texts, text => text.Contains("***", StringComparison.Ordinal));
        Assert.Equal(CommandState.Accepted, row.State);
        Assert.DoesNotContain("S3cret", System.Text.Json.JsonSerializer.Serialize(Busbar.Stations.Api.CommandAnswer.Of(row)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_cannot_be_searched_for_secrets_is_not_kept()
    {
        var link = await BootedAsync();
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Result("""{"status":"Accepted","idTag":"\ud800 S3cret"}"""u8.ToArray()));
        var row = await GiveAsync();
        Assert.DoesNotContain("S3cret", row.Response, StringComparison.Ordinal);
        Assert.Equal(System.Text.Json.JsonValueKind.String, Busbar.Stations.Api.CommandAnswer.Of(row).Response!.Value.ValueKind);
    }

    [Theory]
    [InlineData(16, "GetLocalListVersion", """{"listVersion":3}""", null)]
    [InlineData(16, "GetConfiguration", "{}", null)]
    [InlineData(16, "RemoteStartTransaction", "{}", "the station's answer has no status that can be read")]
    [InlineData(201, "GetTransactionStatus", """{"messagesInQueue":false}""", null)]
    [InlineData(201, "RequestStartTransaction", """{"transactionId":"T1"}""", "the station's answer has no status that can be read")]
    public async Task An_answer_without_the_status_that_it_needs_is_no_yes(int protocol, string action, string response, string? detail)
    {
        var (link, actor) = _rig.Connect(protocol == 16 ? OcppVersion.V16 : OcppVersion.V201);
        await _rig.TellAsync(actor, "BootNotification", protocol == 16 ? Boot16 : """{"reason":"PowerUp","chargingStation":{"model":"Two","vendorName":"ACME"}}""");
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Result(Encoding.UTF8.GetBytes(response)));
        var row = await await _desk.GiveAsync(new CommandOrder(_rig.Key, protocol, new Author("cli", AuditWay.Api), action, new StationCall(action, "{}"u8.ToArray()), new IdSource(_rig.Clock).New<CommandId>(), null));
        Assert.Equal((detail is null ? CommandState.Accepted : CommandState.Failed, detail, response), (row.State, row.Detail, row.Response));
    }

    public static TheoryData<string, string, bool> Proofs => new()
    {
        // what was told, of what the command asked for (tag CARD at connector 2; transaction 77), is it shown to be done?
        { "start", "CARD at 2 after 20 s", true },
        { "start", "card at 2 after 200 s", true },
        { "start", "CARD at 1 after 20 s", false },
        { "start", "OTHER at 2 after 20 s", false },
        { "start", "CARD at 2 after -3600 s", false },
        { "start", "CARD at 2 after 7200 s", false },
        { "stop", "Remote after 5 s", true },
        { "stop", "Local after 5 s", false },
        { "stop", "Remote after -3600 s", false },
        { "stop", "Remote after 7200 s", false },
    };

    [Theory]
    [MemberData(nameof(Proofs))]
    public async Task An_outcome_that_nobody_heard_is_known_by_what_is_told_of_charging_since(string command, string told, bool isDone)
    {
        var link = await BootedAsync();
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Unknown("no answer in time"));
        var row = await RemoteAsync(command);
        Assert.Equal(CommandState.Unknown, row.State);
        Assert.Equal(0, await _truth.ResolveAsync(default));
        Tell(row, told);
        // It may be told hours later.
        _rig.Clock.Advance(TimeSpan.FromHours(3));
        Assert.Equal(isDone ? 1 : 0, await _truth.ResolveAsync(default));
        var stored = (await _desk.FindAsync(TenantScope.System, row.Id, default))!;
        var detail = command == "start" ? "its transaction came" : "its transaction ended by it";
        Assert.Equal(isDone ? (CommandState.Accepted, detail) : (CommandState.Unknown, "no answer in time"), (stored.State, stored.Detail));
        Assert.DoesNotContain("CARD", Encoding.UTF8.GetString(stored.AwaitedToken ?? []), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start", "CARD at 2 after 1 s")]
    [InlineData("stop", "Remote after 1 s")]
    public async Task What_was_told_while_the_command_waited_is_its_outcome(string command, string told)
    {
        var link = await BootedAsync();
        link.Answer = (_, _) =>
        {
            Tell(null, told);
            return Task.FromResult<CallAnswer>(new CallAnswer.Unknown("the connection ended"));
        };
        Assert.Equal(CommandState.Accepted, (await RemoteAsync(command)).State);
    }

    [Fact]
    public async Task A_charge_that_either_of_two_commands_may_have_begun_proves_neither()
    {
        var link = await BootedAsync();
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Unknown("no answer in time"));
        var first = await RemoteAsync("start");
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Result("""{"status":"Accepted"}"""u8.ToArray()));
        Assert.Equal(CommandState.Accepted, (await RemoteAsync("start")).State);
        Tell(first, "CARD at 2 after 20 s");
        Assert.Equal(0, await _truth.ResolveAsync(default));
        Assert.Equal(CommandState.Unknown, (await _desk.FindAsync(TenantScope.System, first.Id, default))!.State);
    }

    [Fact]
    public async Task A_callerror_is_a_failure_and_silence_is_unknown()
    {
        var link = await BootedAsync();
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Error("NotSupported", "no", "{}"u8.ToArray()));
        var failed = await GiveAsync();
        Assert.Equal((CommandState.Failed, "NotSupported: no"), (failed.State, failed.Detail));
        Assert.Equal("""{"errorCode":"NotSupported","errorDescription":"no","errorDetails":{}}""", failed.Response);
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Unknown("no answer in time"));
        Assert.Equal(CommandState.Unknown, (await GiveAsync()).State);
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.NotSent("no answer in time"));
        Assert.Equal(CommandState.Failed, (await GiveAsync()).State);
    }

    [Fact]
    public async Task The_intent_is_durable_before_anything_leaves()
    {
        var link = await BootedAsync();
        CommandRow? seen = null;
        link.Answer = async (_, _) =>
        {
            await using var db = await _rooms.OpenAsync(TenantScope.System, default);
            seen = await db.Commands.AsNoTracking().SingleAsync();
            return new CallAnswer.Result("""{"status":"Accepted"}"""u8.ToArray());
        };
        await GiveAsync();
        Assert.Equal(CommandState.Sent, seen?.State);
    }

    [Fact]
    public async Task A_command_waits_for_the_boot_and_not_longer_than_its_deadline()
    {
        var (link, actor) = _rig.Connect();
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Result("""{"status":"Accepted"}"""u8.ToArray()));
        var sending = await GiveAsyncCore();
        Assert.Empty(link.Calls);
        await _rig.TellAsync(actor, "BootNotification", Boot16);
        Assert.Equal(CommandState.Accepted, (await sending).State);
    }

    [Fact]
    public async Task A_station_that_never_boots_fails_the_command_at_its_deadline()
    {
        _rig.Connect();
        var sending = await GiveAsyncCore();
        for (var i = 0; i < 200 && !sending.IsCompleted; i++)
        {
            _rig.Clock.Advance(TimeSpan.FromSeconds(31));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        Assert.Equal((CommandState.Failed, "the station has not booted"), ((await sending).State, (await sending).Detail));
    }

    [Fact]
    public async Task A_connection_that_ends_before_the_call_left_is_offline()
    {
        var (_, actor) = _rig.Connect();
        var sending = await GiveAsyncCore();
        actor.OnClosed(StationRig.Broken);
        Assert.Equal((CommandState.Failed, StationAnswer.Offline.Text), ((await sending).State, (await sending).Detail));
    }

    [Fact]
    public async Task An_unknown_start_is_resolved_by_the_transaction_that_names_it()
    {
        var link = await BootedAsync();
        link.Answer = (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.Unknown("no answer in time"));
        var row = await GiveAsync(remoteStartId: 77);
        await _desk.ResolveStartAsync(_rig.Key, 78);
        Assert.Equal(CommandState.Unknown, (await _desk.FindAsync(TenantScope.System, row.Id, default))!.State);
        await _desk.ResolveStartAsync(_rig.Key, 77);
        Assert.Equal(CommandState.Accepted, (await _desk.FindAsync(TenantScope.System, row.Id, default))!.State);
    }

    [Fact]
    public async Task A_start_whose_transaction_comes_before_its_answer_is_accepted()
    {
        var link = await BootedAsync();
        link.Answer = async (_, _) =>
        {
            await _desk.ResolveStartAsync(_rig.Key, 77);
            return new CallAnswer.Unknown("the connection ended");
        };
        Assert.Equal(CommandState.Accepted, (await GiveAsync(remoteStartId: 77)).State);
    }

    [Fact]
    public async Task A_start_whose_transaction_came_to_another_process_is_accepted()
    {
        var link = await BootedAsync();
        // A desk of its own stands for the process that holds the station: it does not know who waits.
        var elsewhere = DeskAt(_rig.Clock);
        link.Answer = async (_, _) =>
        {
            await elsewhere.ResolveStartAsync(_rig.Key, 77);
            return new CallAnswer.Unknown("the process ended");
        };
        var row = await GiveAsync(remoteStartId: 77);
        Assert.Equal((CommandState.Accepted, "its transaction came"), (row.State, row.Detail));
        Assert.Equal(CommandState.Accepted, (await _desk.FindAsync(TenantScope.System, row.Id, default))!.State);
    }

    [Fact]
    public async Task What_an_ended_process_left_is_unknown()
    {
        var (link, _) = _rig.Connect();
        link.IsOpen = true;
        _ = await GiveAsyncCore();
        Assert.Equal(0, await _desk.SweepAsync(default));
        var later = DeskAt(new Microsoft.Extensions.Time.Testing.FakeTimeProvider(_rig.Clock.GetUtcNow().AddHours(1)));
        Assert.Equal(1, await later.SweepAsync(default));
    }

    [Theory]
    [InlineData("remote-start-transaction", OcppVersion.V16, "RemoteStartTransaction")]
    [InlineData("RemoteStartTransaction", OcppVersion.V16, "RemoteStartTransaction")]
    [InlineData("get-der-control", OcppVersion.V21, "GetDERControl")]
    [InlineData("afrr-signal", OcppVersion.V21, "AFRRSignal")]
    [InlineData("get-der-control", OcppVersion.V201, null)]
    [InlineData("boot-notification", OcppVersion.V16, null)]
    [InlineData("remotestarttransaction", OcppVersion.V16, null)]
    public void An_action_is_found_by_its_own_name_or_in_kebab_case(string name, OcppVersion version, string? action) =>
        Assert.Equal(action, CommandNames.Find(DialectTable.For(version), name)?.Name);

    public static TheoryData<string, string, string> Intents => new()
    {
        { "start", """RemoteStartTransaction {"connectorId":2,"idTag":"A"}""", """RequestStartTransaction {"idToken":{"idToken":"A","type":"Central"},"remoteStartId":5,"evseId":2}""" },
        { "stop", """RemoteStopTransaction {"transactionId":77}""", """RequestStopTransaction {"transactionId":"77"}""" },
        { "unlock", """UnlockConnector {"connectorId":2}""", """UnlockConnector {"evseId":2,"connectorId":1}""" },
        { "restart", """Reset {"type":"Soft"}""", """Reset {"type":"OnIdle"}""" },
        { "availability", """ChangeAvailability {"connectorId":0,"type":"Inoperative"}""", """ChangeAvailability {"operationalStatus":"Inoperative"}""" },
        { "trigger", """TriggerMessage {"requestedMessage":"StatusNotification","connectorId":2}""", """TriggerMessage {"requestedMessage":"StatusNotification","evse":{"id":2}}""" },
    };

    [Theory]
    [MemberData(nameof(Intents))]
    public void An_intent_is_said_in_each_version(string name, string in16, string in2)
    {
        StationIntent intent = name switch
        {
            "start" => new StationIntent.Start(2, null, "A", 5),
            "stop" => new StationIntent.Stop("77"),
            "unlock" => new StationIntent.Unlock(2, 1),
            "restart" => new StationIntent.Restart(false),
            "availability" => new StationIntent.SetAvailability(null, false),
            _ => new StationIntent.Trigger("StatusNotification", 2),
        };
        Assert.Equal(in16, Text(DialectTable.For(OcppVersion.V16).Compile(intent)));
        Assert.Equal(in2, Text(DialectTable.For(OcppVersion.V201).Compile(intent)));
        Assert.Equal(in2, Text(DialectTable.For(OcppVersion.V21).Compile(intent)));
    }

    [Fact]
    public void What_a_version_cannot_say_is_told()
    {
        var dialect = DialectTable.For(OcppVersion.V16);
        Assert.NotNull(dialect.Compile(new StationIntent.Stop("a-uuid")).Problem);
        Assert.NotNull(dialect.Compile(new StationIntent.Start(1, 2, "A", 1)).Problem);
        Assert.NotNull(dialect.Compile(new StationIntent.Start(1, 1, new string('A', 21), 1)).Problem);
        Assert.NotNull(dialect.Compile(new StationIntent.Trigger("Nonsense", null)).Problem);
        Assert.NotNull(DialectTable.For(OcppVersion.V201).Compile(new StationIntent.Start(1, 2, "A", 1)).Problem);
        Assert.Null(DialectTable.For(OcppVersion.V201).Compile(new StationIntent.Start(1, 1, "A", 1)).Problem);
        Assert.Null(DialectTable.For(OcppVersion.V21).Compile(new StationIntent.Start(1, 2, "A", 1, IsOnlyConnector: true)).Problem);
        Assert.Equal("ExtendedTriggerMessage", dialect.Compile(new StationIntent.Trigger("SignChargePointCertificate", null)).Call?.Action);
    }

    [Fact]
    public async Task Presence_is_stored_without_a_new_revision_and_unknown_connectors_are_learnt()
    {
        var id = new StationId(_rig.Key.Station);
        await using (var db = await _rooms.OpenAsync(TenantScope.System, default))
        {
            db.Add(new StationRow { TenantId = _rig.Key.Tenant, Id = id, Identity = "CS-1" });
            await db.CommitAsync(default);
        }
        var (_, actor) = _rig.Connect();
        await _rig.TellAsync(actor, "BootNotification", Boot16);
        await _rig.TellAsync(actor, "StatusNotification", """{"connectorId":2,"errorCode":"NoError","status":"Preparing"}""");
        await _rig.TellAsync(actor, "StatusNotification", """{"connectorId":0,"errorCode":"NoError","status":"Available"}""");
        using var writer = new PresenceWriter(_rig.Presence, _rooms, new StationDirectory(_database, new RowReader(_database), _rooms, null!, null!, _rig.Clock), _rig.Clock, NullLogger<PresenceWriter>.Instance);
        await writer.WriteAsync(default);
        await using var read = await _rooms.OpenAsync(TenantScope.System, default);
        var row = await read.Stations.SingleAsync();
        Assert.Equal(("ACME", "One", "ocpp1.6", 1L, StationRig.Start), (row.Vendor, row.Model, row.Protocol, row.Revision, row.BootedAt!.Value));
        var connector = await read.Connectors.SingleAsync();
        Assert.Equal((2, 1, "Preparing", true), (connector.Evse, connector.Number, connector.Status, connector.Learnt));
        Assert.True((await read.Evses.SingleAsync()).Learnt);
    }

    [Fact]
    public async Task A_tenant_whose_stations_cannot_be_stored_keeps_no_other_tenants_waiting()
    {
        var broken = new TenantId(Guid.Parse("01890000-0000-7000-8000-000000000000"));
        var ids = new IdSource(_rig.Clock);
        await using (var db = await _rooms.OpenAsync(TenantScope.System, default))
        {
            // More than a batch of the broken tenant's, before and after the other's.
            var others = Enumerable.Range(0, 1_200).Select(i => (Tenant: broken, Id: ids.New<StationId>(), Name: $"B{i}"));
            foreach (var (tenant, id, name) in others.Append((_rig.Key.Tenant, new StationId(_rig.Key.Station), "CS-1")))
            {
                db.Add(new StationRow { TenantId = tenant, Id = id, Identity = name });
                _rig.Presence.Entry(new StationKey(tenant, id.Value)).Connected(new FakeLink(tenant, id.Value, OcppVersion.V16, StationRig.Start));
            }
            await db.CommitAsync(default);
            await db.Database.ExecuteSqlRawAsync("CREATE TRIGGER broken BEFORE UPDATE ON stations_stations WHEN OLD.tenant_id = {0} BEGIN SELECT RAISE(ABORT, 'broken'); END".Replace("{0}", $"X'{broken.Value:N}'", StringComparison.Ordinal));
        }
        using var writer = new PresenceWriter(_rig.Presence, _rooms, new StationDirectory(_database, new RowReader(_database), _rooms, null!, null!, _rig.Clock), _rig.Clock, NullLogger<PresenceWriter>.Instance);
        await writer.WriteAsync(default);
        await using (var read = await _rooms.OpenAsync(TenantScope.System, default))
        {
            Assert.Equal("CS-1", (await read.Stations.SingleAsync(row => row.Protocol != null)).Identity);
            await read.Database.ExecuteSqlRawAsync("DROP TRIGGER broken");
        }
        await writer.WriteAsync(default);
        await using var again = await _rooms.OpenAsync(TenantScope.System, default);
        Assert.Equal(1_201, await again.Stations.CountAsync(row => row.Protocol != null));
    }

    [Fact]
    public async Task A_stop_while_presence_is_stored_loses_none()
    {
        var id = new StationId(_rig.Key.Station);
        await using (var db = await _rooms.OpenAsync(TenantScope.System, default))
        {
            db.Add(new StationRow { TenantId = _rig.Key.Tenant, Id = id, Identity = "CS-1" });
            await db.CommitAsync(default);
        }
        _rig.Connect();
        using var writer = new PresenceWriter(_rig.Presence, _rooms, new StationDirectory(_database, new RowReader(_database), _rooms, null!, null!, _rig.Clock), _rig.Clock, NullLogger<PresenceWriter>.Instance);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.WriteAsync(new CancellationToken(true)));
        await writer.WriteAsync(default);
        await using var read = await _rooms.OpenAsync(TenantScope.System, default);
        Assert.Equal("ocpp1.6", (await read.Stations.SingleAsync()).Protocol);
    }

    private async Task<FakeLink> BootedAsync()
    {
        var (link, actor) = _rig.Connect();
        await _rig.TellAsync(actor, "BootNotification", Boot16);
        return link;
    }

    private CommandDesk DeskAt(TimeProvider clock) => new(
        new DirectRouter(_rig.Actors, _rig.Clock), _rooms, _rows, _truth, new WireRedaction(), Options.Create(new StationsOptions()), clock, NullLogger<CommandDesk>.Instance);

    private async Task<CommandRow> GiveAsync(long? remoteStartId = null) => await await GiveAsyncCore(remoteStartId);

    private Task<Task<CommandRow>> GiveAsyncCore(long? remoteStartId = null) => _desk.GiveAsync(
        new CommandOrder(_rig.Key, 16, new Author("cli", AuditWay.Api), "restart", new StationCall("Reset", """{"type":"Hard"}"""u8.ToArray()), new IdSource(_rig.Clock).New<CommandId>(), remoteStartId));

    private async Task<CommandRow> RemoteAsync(string command)
    {
        var call = command == "start"
            ? new StationCall("RemoteStartTransaction", """{"connectorId":2,"idTag":"CARD"}"""u8.ToArray())
            : new StationCall("RemoteStopTransaction", """{"transactionId":77}"""u8.ToArray());
        return await await _desk.GiveAsync(new CommandOrder(_rig.Key, 16, new Author("cli", AuditWay.Api), command, call, new IdSource(_rig.Clock).New<CommandId>(), null));
    }

    /// <summary><c>CARD at 2 after 20 s</c> begins a charge; <c>Remote after 5 s</c> ends transaction 77.</summary>
    private void Tell(CommandRow? since, string told)
    {
        var words = told.Split(' ');
        var at = (since?.CreatedAt ?? _rig.Clock.GetInstant()) + NodaTime.Duration.FromSeconds(int.Parse(words[^2], System.Globalization.CultureInfo.InvariantCulture));
        if (words.Length == 4) _charges.Ended["77"] = new EndedCharge(at, words[0]);
        else _charges.Begun.Add((at, new BegunCharge("1", words[2][0] - '0', new PresentedToken(words[0], "").Folded)));
    }

    /// <summary>What a room of sessions would have of the rig's station.</summary>
    private sealed class ToldCharges : IChargingEvidence
    {
        public List<(NodaTime.Instant At, BegunCharge Charge)> Begun { get; } = [];
        public Dictionary<string, EndedCharge> Ended { get; } = [];

        public ValueTask<IReadOnlyList<BegunCharge>> BegunAsync(TenantId tenant, StationId station, NodaTime.Instant from, NodaTime.Instant until, CancellationToken ct) =>
            ValueTask.FromResult<IReadOnlyList<BegunCharge>>([.. Begun.Where(it => it.At >= from && it.At < until).Select(it => it.Charge)]);

        public ValueTask<EndedCharge?> EndAsync(TenantId tenant, StationId station, string transactionId, CancellationToken ct) => ValueTask.FromResult(Ended.GetValueOrDefault(transactionId));
    }

    private static string Text(CallDraft draft) => $"{draft.Call!.Action} {Encoding.UTF8.GetString(draft.Call.Payload.Span)}";
}
