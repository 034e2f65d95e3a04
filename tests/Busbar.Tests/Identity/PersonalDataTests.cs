using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Sessions;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Busbar.Tests.Identity;

/// <summary>
/// Somebody's data is planted in every room, exported, and erased; then it is looked for wherever a copy may lie: the database with its log, the program's log, what the API and the console tell.
/// What was billed stays to the cent, the journal still gives what is stored, and the audit's chain holds (S24).
/// </summary>
[Trait("suite", "stories")]
public sealed partial class PersonalDataTests(Servers servers)
{
    private const string Told = "2026-01-02T10:00:00Z", Ended = "2026-01-02T11:00:00Z";

    /// <summary>A driver with two cards and a contract's price, and another one who must not be touched.</summary>
    private sealed record Driver(string Id, string Card, string OtherCard, string Stranger)
    {
        public static Driver New() => new("cnrydriver" + Fresh(), "CNRY" + Fresh(10), "CNRY" + Fresh(10), "KEPT" + Fresh(10));

        public IReadOnlyList<string> Names => [Id, Card, OtherCard];
    }

    private static string Fresh(int letters = 16) => RandomNumberGenerator.GetHexString(letters);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_drivers_data_is_exported_whole_and_erased_everywhere_and_what_was_billed_stays(DatabaseKind kind)
    {
        var (log, store) = (new SecretCanaryTests.Lines(), await servers.NewStoreAsync(kind));
        await using var server = await StartAsync(store, services => services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug)));
        var (owner, driver) = (await Staff.FoundAsync(server), Driver.New());
        await PlantAsync(server, owner, driver);
        var before = await BilledAsync(owner);
        Assert.Equal(4, before.Count);
        foreach (var name in driver.Names) Assert.NotEmpty(await FindAsync(server, owner, store, log, name));

        // By one card, all is found that is theirs, and nothing of anybody else.
        var found = await PostAsync(owner, "personal-data/find", new { tokenUid = driver.Card.ToLowerInvariant() });
        Assert.Equal((driver.Id, 2), (found.GetProperty("driverId").GetString(), found.GetProperty("tokens").GetArrayLength()));
        var file = (await owner.FetchAsync(HttpMethod.Post, "/api/v1/personal-data/export", new { driverId = driver.Id })).Text;
        var kinds = JsonElement.Parse(file).GetProperty("records").EnumerateArray().CountBy(record => $"{record.GetProperty("room").GetString()} {record.GetProperty("kind").GetString()}").ToDictionary();
        Assert.Equal((2, 3, 3, 1), (kinds["customers token"], kinds["sessions session"], kinds["sessions cdr"], kinds["pricing assignment"]));
        Assert.True(kinds["sessions message"] >= 6 && kinds["storage auditEntry"] >= 2, string.Join(", ", kinds));
        foreach (var name in driver.Names) Assert.Contains(name, file, StringComparison.Ordinal);
        Assert.DoesNotContain(driver.Stranger, file, StringComparison.OrdinalIgnoreCase);

        var watch = Stopwatch.StartNew();
        var erased = await PostAsync(owner, "personal-data/erasures", new { tokenUid = driver.Card });
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: erased in {watch.Elapsed.TotalSeconds:0.0} s: {erased}");
        Assert.True(erased.GetProperty("fileRewritten").GetBoolean());
        foreach (var name in driver.Names) Assert.Empty(await FindAsync(server, owner, store, log, name));
        // The search still finds who was not erased.
        Assert.NotEmpty(await FindAsync(server, owner, store, log, driver.Stranger));

        Assert.Equal(before, await BilledAsync(owner));
        var verified = await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken);
        Assert.Equal((4, 4, 0), (verified.Sessions, verified.Cdrs, verified.Differences.Count));
        Assert.True(await IsWholeAsync(server), "The audit's chain is broken.");
        var held = Held(erased);
        Assert.Equal(["storage auditEntries accountability"], held);
        // Who asks later is told the same.
        var id = erased.GetProperty("id").GetString();
        Assert.Equal(erased.GetRawText(), (await owner.GetAsync($"/api/v1/personal-data/erasures/{id}")).Text);
        Assert.Contains(id!, (await owner.GetAsync("/api/v1/personal-data/erasures")).Text, StringComparison.Ordinal);
        Assert.Contains("personal-data", (await owner.GetAsync("/console/personal-data")).Text, StringComparison.Ordinal);
        // The station tells once more what it told: it has the answer that it had.
        Assert.Equal(4, (await BilledAsync(owner)).Count);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Somebody_who_works_here_is_exported_and_erased_and_what_they_did_is_known_by_an_id(DatabaseKind kind)
    {
        var (log, store) = (new SecretCanaryTests.Lines(), await servers.NewStoreAsync(kind));
        await using var server = await StartAsync(store, services => services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug)));
        var (owner, name) = (await Staff.FoundAsync(server), "cnry" + Fresh().ToLowerInvariant());
        var email = $"{name}@example.org";
        var person = await Staff.JoinAsync(server, owner, email, new { role = "operator", where = "tenant" });
        await PostAsync(person, "stations", new { stationId = "CP-1" });
        await PostAsync(person, "notification-channels", new { kind = "mail", name = $"Mail to {name}", address = email });
        await PostAsync(owner, "api-clients", new { name = "robot", contact = email, scopes = new[] { "stations:read" } });
        var id = JsonElement.Parse((await owner.GetAsync("/api/v1/people")).Text).GetProperty("items").EnumerateArray().Single(one => one.GetProperty("email").GetString() == email).GetProperty("id").GetString()!;
        // What the audit says of them is their id; the name is looked up.
        Assert.Contains(name, (await owner.GetAsync($"/api/v1/audit?id={id}")).Text, StringComparison.Ordinal);
        Assert.NotEmpty(await FindAsync(server, owner, store, log, name));

        var file = (await owner.FetchAsync(HttpMethod.Post, "/api/v1/personal-data/export", new { operatorId = id })).Text;
        var kinds = JsonElement.Parse(file).GetProperty("records").EnumerateArray().Select(record => $"{record.GetProperty("room").GetString()} {record.GetProperty("kind").GetString()}").ToHashSet();
        Assert.Superset(new HashSet<string> { "identity operator", "identity grant", "identity signIn", "identity apiClient", "operations channel", "storage auditEntry" }, kinds);
        Assert.Contains("127.0.0.1", file, StringComparison.Ordinal);

        var erased = await PostAsync(owner, "personal-data/erasures", new { operatorId = id });
        TestContext.Current.TestOutputHelper?.WriteLine(erased.GetRawText());
        Assert.Empty(await FindAsync(server, owner, store, log, name));
        Assert.Equal(["storage auditEntries accountability"], Held(erased));
        Assert.True(await IsWholeAsync(server), "The audit's chain is broken.");
        Assert.Contains(id, (await owner.GetAsync($"/api/v1/audit?actor={id}")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await person.GetAsync("/api/v1/stations")).Status);
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/personal-data/erasures", new { operatorId = id })).Is(HttpStatusCode.NotFound);
    }

    /// <summary>The negative control: each room's part is needed.</summary>
    [Theory, InlineData("customers"), InlineData("sessions"), InlineData("pricing"), InlineData("storage")]
    public async Task What_one_room_forgets_is_found(string room)
    {
        var (log, store) = (new SecretCanaryTests.Lines(), await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await using var server = await StartAsync(store, services =>
        {
            var part = services.Single(service => service.ServiceType == typeof(IPersonalData) && service.ImplementationType?.Name.StartsWith(room, StringComparison.OrdinalIgnoreCase) == true);
            services.Remove(part);
            // It still says who somebody is, and erases nothing.
            services.AddSingleton<IPersonalData>(provider => new Forgetful((IPersonalData)ActivatorUtilities.CreateInstance(provider, part.ImplementationType!)));
        });
        var (owner, driver) = (await Staff.FoundAsync(server), Driver.New());
        await PlantAsync(server, owner, driver);
        await PostAsync(owner, "personal-data/erasures", new { driverId = driver.Id });
        var found = new List<string>();
        foreach (var name in driver.Names) found.AddRange(await FindAsync(server, owner, store, log, name));
        Assert.NotEmpty(found);
        TestContext.Current.TestOutputHelper?.WriteLine($"without {room}: {string.Join(", ", found.Distinct())}");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_is_charging_is_held_until_it_is_over(DatabaseKind kind)
    {
        var (log, store) = (new SecretCanaryTests.Lines(), await servers.NewStoreAsync(kind));
        await using var server = await StartAsync(store);
        var (owner, driver) = (await Staff.FoundAsync(server), Driver.New());
        var password = await StationAsync(owner, "CP-1");
        await using var station = await WireStation.ConnectAsync(server.Address, "CP-1", "ocpp1.6", "CP-1", password);
        await station.CallAsync("BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}""");
        var start = $$"""{"connectorId":1,"idTag":"{{driver.Card}}","meterStart":0,"timestamp":"{{Told}}"}""";
        var begun = await station.CallAsync("StartTransaction", start);
        var transaction = JsonElement.Parse(begun).GetProperty("transactionId").GetInt32();
        // Nobody registered the card: a station told of it, and that is enough.
        var first = await PostAsync(owner, "personal-data/erasures", new { tokenUid = driver.Card });
        Assert.Equal(["sessions sessions chargeNotOver"], Held(first));
        Assert.NotEmpty(await FindAsync(server, owner, store, log, driver.Card));

        await station.CallAsync("StopTransaction", $$"""{"transactionId":{{transaction}},"idTag":"{{driver.Card}}","meterStop":5000,"timestamp":"{{Ended}}"}""");
        Assert.Empty(Held(await PostAsync(owner, "personal-data/erasures", new { tokenUid = driver.Card })));
        Assert.Empty(await FindAsync(server, owner, store, log, driver.Card));
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
        // What the station tells again is what it told, though nobody knows any more what that was; and it goes on.
        Assert.Equal(begun, await station.CallAsync("StartTransaction", start));
        Assert.Empty(await FindAsync(server, owner, store, log, driver.Card));
        await station.CallAsync("StartTransaction", $$"""{"connectorId":1,"idTag":"{{driver.Stranger}}","meterStart":5000,"timestamp":"2026-01-02T12:00:00Z"}""");
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    /// <summary>S24: within a minute.</summary>
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_thousand_charges_are_without_a_name_within_a_minute(DatabaseKind kind)
    {
        const int Charges = 1_000;
        await using var server = await StartAsync(await servers.NewStoreAsync(kind));
        var (owner, driver) = (await Staff.FoundAsync(server), Driver.New());
        await PostAsync(owner, "tokens", new { uid = driver.Card, type = "rfid" });
        var tariff = (await PostAsync(owner, "tariffs", Tariff("T", 0.5))).GetProperty("id").GetString();
        await PostAsync(owner, $"tariffs/{tariff}/assignments", new[] { new { scope = "tenant" } }, HttpMethod.Put);
        for (var i = 0; i < 10; i++)
        {
            await using var station = await WireStation.ConnectAsync(server.Address, $"CP-{i}", "ocpp1.6", $"CP-{i}", await StationAsync(owner, $"CP-{i}"));
            await station.CallAsync("BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}""");
            for (var n = 0; n < Charges / 10; n++) await ChargeAsync(station, 1, driver.Card, $"2026-{1 + (n / 28):00}-{1 + (n % 28):00}T{10 + i:00}");
        }
        var before = await SumAsync(owner);
        var watch = Stopwatch.StartNew();
        var erased = await PostAsync(owner, "personal-data/erasures", new { tokenUid = driver.Card });
        var took = watch.Elapsed;
        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: {before.Count} charges without a name in {took.TotalSeconds:0.0} s: {erased}");
        Assert.True(took < TimeSpan.FromMinutes(1), $"{took}");
        Assert.Equal((Charges, before), (before.Count, await SumAsync(owner)));
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
        Assert.DoesNotContain(driver.Card, (await owner.GetAsync("/api/v1/sessions?limit=200")).Text, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<(int Count, decimal Sum)> SumAsync(Browser owner)
    {
        var (count, sum, cursor) = (0, 0m, (string?)null);
        do
        {
            var page = JsonElement.Parse((await owner.GetAsync($"/api/v1/cdrs?limit=200{(cursor is null ? "" : "&cursor=" + cursor)}")).Text);
            foreach (var cdr in page.GetProperty("items").EnumerateArray()) (count, sum) = (count + 1, sum + decimal.Parse(cdr.GetProperty("totalCost").GetProperty("inclTax").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        return (count, sum);
    }

    [Fact]
    public async Task Only_who_may_see_and_erase_does_and_bad_questions_are_refused()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var (api, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        foreach (var body in new object[] { new { }, new { tokenUid = "A", driverId = "B" }, new { tokenUid = "" }, new { driverId = new string('x', 101) } }) (await api.PostAsync("personal-data/erasures", body)).Is(HttpStatusCode.BadRequest);
        (await api.PostAsync("personal-data/find", new { operatorId = "opr01" })).Is(HttpStatusCode.NotFound);
        (await api.GetAsync("personal-data/erasures/era01")).Is(HttpStatusCode.NotFound);
        var reader = await api.PostAsync("api-clients", new { name = "reader", scopes = new[] { "tokens:read", "tokens:reveal", "tokens:write" } });
        foreach (var path in new[] { "find", "export", "erasures" }) (await server.With(reader.Text("key")).PostAsync("personal-data/" + path, new { tokenUid = "A" })).Is(HttpStatusCode.Forbidden, "forbidden");
        // Of another tenant nothing is seen and nothing is erased.
        (await api.PostAsync("tokens", new { uid = "04SHARED", type = "rfid" })).Is(HttpStatusCode.Created);
        var made = await other.PostAsync("personal-data/erasures", new { tokenUid = "04SHARED" });
        made.Is(HttpStatusCode.Created);
        (await api.GetAsync("tokens/04SHARED")).Is(HttpStatusCode.OK);
        (await api.GetAsync("personal-data/erasures/" + made.Text("id"))).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_last_owner_is_not_erased()
    {
        await using var server = await StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        var id = JsonElement.Parse((await owner.GetAsync("/api/v1/people")).Text).GetProperty("items")[0].GetProperty("id").GetString();
        var refused = await owner.FetchAsync(HttpMethod.Post, "/api/v1/personal-data/erasures", new { operatorId = id });
        Assert.Equal((HttpStatusCode.Conflict, "lastOwner"), (refused.Status, refused.Code));
        (await owner.GetAsync("/api/v1/people")).Is(HttpStatusCode.OK);
    }

    private sealed class Forgetful(IPersonalData part) : IPersonalData
    {
        public string Room => part.Room;
        public bool NamesSubjects => part.NamesSubjects;

        public ValueTask<PersonalSubject> IdentifyAsync(PersonalSubject subject, CancellationToken ct) => part.IdentifyAsync(subject, ct);

        public IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, CancellationToken ct) => part.ExportAsync(subject, ct);

        public Task<RoomErasure> EraseAsync(Busbar.Identity.Http.Caller caller, PersonalSubject subject, CancellationToken ct) => Task.FromResult(RoomErasure.Nothing);
    }

    private static Task<RunningServer> StartAsync(string[] store, Action<IServiceCollection>? configure = null) =>
        Staff.StartAsync(store, configure, "--Logging:LogLevel:Default=Debug", "--Busbar:Limits:RequestBurst=1000000", "--Busbar:Limits:SignInsPerSource=100000");

    private static async Task<JsonElement> PostAsync(Browser by, string path, object body, HttpMethod? method = null)
    {
        var answer = await by.FetchAsync(method ?? HttpMethod.Post, "/api/v1/" + path, body, ("Idempotency-Key", Fresh()));
        Assert.True((int)answer.Status is >= 200 and < 300, $"{path}: {(int)answer.Status} {answer.Text}");
        return answer.Text.Length == 0 ? default : JsonElement.Parse(answer.Text);
    }

    private static async Task<string> StationAsync(Browser owner, string name) => (await PostAsync(owner, "stations", new { stationId = name })).GetProperty("password").GetString()!;

    private static object Tariff(string name, double price) => new
    {
        name, currency = "EUR", tariff = new { currency = "EUR", elements = new[] { new { price_components = new[] { new { type = "ENERGY", price, step_size = 1 } } } } },
    };

    /// <summary>Three charges of the driver, by two versions of OCPP and in both spellings, one of somebody else, and a price that was agreed with the driver.</summary>
    private static async Task PlantAsync(RunningServer server, Browser owner, Driver driver)
    {
        await PostAsync(owner, "tokens", new { uid = driver.Card, type = "rfid", driverId = driver.Id });
        await PostAsync(owner, "tokens", new { uid = driver.OtherCard, type = "rfid", driverId = driver.Id });
        await PostAsync(owner, "tokens", new { uid = driver.Stranger, type = "rfid", driverId = "somebody else" });
        await AssignAsync("Everybody", 0.5, new { scope = "tenant" });
        await AssignAsync("Agreed", 0.3, new { scope = "driver", id = driver.Id });
        var (first, second) = (await StationAsync(owner, "CP-1"), await StationAsync(owner, "CP-2"));
        await using (var station = await WireStation.ConnectAsync(server.Address, "CP-1", "ocpp1.6", "CP-1", first))
        {
            await station.CallAsync("BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}""");
            await station.CallAsync("DataTransfer", $$"""{"vendorId":"V","data":"card {{driver.Card}} was read"}""");
            await ChargeAsync(station, 1, driver.Card, "2026-01-02T08");
            await ChargeAsync(station, 1, driver.OtherCard.ToLowerInvariant(), "2026-01-02T10");
            await ChargeAsync(station, 1, driver.Stranger, "2026-01-02T12");
        }
        await using (var station = await WireStation.ConnectAsync(server.Address, "CP-2", "ocpp2.0.1", "CP-2", second))
        {
            await station.CallAsync("BootNotification", """{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}""");
            foreach (var (type, at, wh, n) in new[] { ("Started", "2026-01-02T08:00:00Z", 1000, 0), ("Ended", "2026-01-02T09:00:00Z", 6000, 1) })
            {
                await station.CallAsync("TransactionEvent", $$$"""
                    {"eventType":"{{{type}}}","timestamp":"{{{at}}}","triggerReason":"Authorized","seqNo":{{{n}}},"transactionInfo":{"transactionId":"tx-1"},"evse":{"id":1,"connectorId":1},
                     "idToken":{"idToken":"{{{driver.Card}}}","type":"ISO14443"},"meterValue":[{"timestamp":"{{{at}}}","sampledValue":[{"value":{{{wh}}},"context":"{{{(n == 0 ? "Transaction.Begin" : "Transaction.End")}}}","measurand":"Energy.Active.Import.Register"}]}]}
                    """);
            }
        }

        async Task AssignAsync(string name, double price, object to)
        {
            var id = (await PostAsync(owner, "tariffs", Tariff(name, price))).GetProperty("id").GetString();
            await PostAsync(owner, $"tariffs/{id}/assignments", new[] { to }, HttpMethod.Put);
        }
    }

    private static async Task ChargeAsync(WireStation station, int connector, string uid, string hour)
    {
        var begun = await station.CallAsync("StartTransaction", $$"""{"connectorId":{{connector}},"idTag":"{{uid}}","meterStart":0,"timestamp":"{{hour}}:00:00Z"}""");
        var transaction = JsonElement.Parse(begun).GetProperty("transactionId").GetInt32();
        await station.CallAsync("StopTransaction", $$"""{"transactionId":{{transaction}},"idTag":"{{uid}}","meterStop":5000,"timestamp":"{{hour}}:59:00Z"}""");
    }

    /// <summary>Of each CDR all that it says but whose it is.</summary>
    private static async Task<Dictionary<string, string>> BilledAsync(Browser owner) =>
        JsonElement.Parse((await owner.GetAsync("/api/v1/cdrs")).Text).GetProperty("items").EnumerateArray().ToDictionary(
            cdr => cdr.GetProperty("id").GetString()!, cdr => string.Join('\n', cdr.EnumerateObject().Where(member => member.Name != "tokenUid").Select(member => $"{member.Name}: {member.Value}")));

    private static List<string> Held(JsonElement erasure) =>
    [
        .. from room in erasure.GetProperty("rooms").EnumerateArray()
           from held in room.GetProperty("held").EnumerateArray()
           select $"{room.GetProperty("room").GetString()} {held.GetProperty("what").GetString()} {held.GetProperty("reason").GetString()}",
    ];

    /// <summary>Where a text lies, in any of the forms in which it may.</summary>
    private static async Task<List<string>> FindAsync(RunningServer server, Browser owner, string[] store, SecretCanaryTests.Lines log, string text)
    {
        // The wire log is written a moment later.
        await Task.Delay(TimeSpan.FromSeconds(1.2));
        var places = await SecretCanaryTests.ToldAsync(server, owner);
        places.Add(("log", Encoding.UTF8.GetBytes(string.Join('\n', log.All))));
        places.AddRange(store[0].Contains("DataDirectory", StringComparison.Ordinal) ? await SecretCanaryTests.FilesAsync(store) : await SecretCanaryTests.RowsAsync(store));
        var forms = new[] { text, text.ToUpperInvariant(), text.ToLowerInvariant() }.Distinct().SelectMany(form =>
        {
            var bytes = Encoding.UTF8.GetBytes(form);
            return new[] { bytes, Encoding.Unicode.GetBytes(form), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)), Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes).TrimEnd('=')) };
        }).ToList();
        return [.. places.Where(place => forms.Exists(form => place.Content.AsSpan().IndexOf(form) >= 0)).Select(place => place.Name)];
    }

    private static async Task<bool> IsWholeAsync(RunningServer server)
    {
        var database = server.Services.GetRequiredService<Database>();
        await server.Services.GetRequiredService<AuditSealer>().SealAsync(TestContext.Current.CancellationToken);
        var entries = 0L;
        await foreach (var verdict in AuditVerifier.VerifyAsync(database, [], TestContext.Current.CancellationToken))
        {
            entries += verdict.Entries;
            if (verdict.Break is not null) return false;
        }
        return entries > 5;
    }
}
