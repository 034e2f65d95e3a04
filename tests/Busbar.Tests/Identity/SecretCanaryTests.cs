using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Busbar.Tests.Identity;

/// <summary>
/// Secrets of every kind are made through the API and used, and then looked for wherever a copy may lie: the database with its log, the program's log, traces, figures, and what the API and the
/// console tell afterwards (S19). In each place something that is no secret is found by the same search.
/// </summary>
[Trait("suite", "stories")]
public sealed class SecretCanaryTests(Servers servers)
{
    private const string Control = "CONTROL-9f3a61c2";

    /// <param name="Forms">How it may lie somewhere.</param>
    /// <param name="Exempt">The beginnings of places where it is told on purpose.</param>
    private sealed record Canary(string Kind, IReadOnlyList<byte[]> Forms, params string[] Exempt)
    {
        public static Canary Text(string kind, string text, params string[] exempt) => new(kind, [Encoding.UTF8.GetBytes(text), Encoding.Unicode.GetBytes(text), .. Encoded(Encoding.UTF8.GetBytes(text))], exempt);

        public static Canary Bytes(string kind, string shown, byte[] bytes) => new(kind, [Encoding.UTF8.GetBytes(shown), bytes, .. Encoded(bytes)]);

        private static IEnumerable<byte[]> Encoded(byte[] bytes) =>
            [Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)), Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes).TrimEnd('='))];
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task No_secret_lies_anywhere_in_the_clear(DatabaseKind kind)
    {
        var (log, traces) = (new Lines(), new ConcurrentQueue<string>());
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => traces.Enqueue($"{activity.OperationName} {activity.DisplayName} {string.Join(' ', activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"))}"),
        };
        ActivitySource.AddActivityListener(listener);
        var store = await servers.NewStoreAsync(kind);
        await using var server = await Staff.StartAsync(
            store, services => services.AddLogging(logging => logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug)), "--Logging:LogLevel:Default=Debug", "--Busbar:Limits:RequestBurst=1000000", "--Busbar:Limits:SignInsPerSource=100000");
        var owner = await Staff.FoundAsync(server);
        var canaries = await PlantAsync(server, owner);
        TestContext.Current.TestOutputHelper?.WriteLine($"{canaries.Count} canaries on {kind}: {string.Join(", ", canaries.GroupBy(one => one.Kind).Select(group => $"{group.Count()} {group.Key}"))}");
        Assert.True(canaries.Count >= 50, $"{canaries.Count} canaries");

        var told = await ToldAsync(server, owner);
        // The audit and the wire log are written a moment later.
        await Task.Delay(TimeSpan.FromSeconds(2));
        var figures = (await owner.GetAsync("/metrics")).Text;
        var places = new List<(string Name, byte[] Content)> { ("log", Encoding.UTF8.GetBytes(string.Join('\n', log.All))), ("traces", Encoding.UTF8.GetBytes(string.Join('\n', traces))), ("metrics", Encoding.UTF8.GetBytes(figures)) };
        places.AddRange(told);
        places.AddRange(kind == DatabaseKind.Sqlite ? await FilesAsync(store) : await RowsAsync(store));

        var control = Encoding.UTF8.GetBytes(Control);
        bool Finds(Func<string, bool> place) => places.Any(one => place(one.Name) && one.Content.AsSpan().IndexOf(control) >= 0);
        Assert.True(Finds(name => name.StartsWith("database", StringComparison.Ordinal)), "The search sees nothing in the database.");
        Assert.True(Finds(name => name == "log"), "The search sees nothing in the log.");
        Assert.True(Finds(name => name == "traces"), "The search sees nothing in the traces.");
        Assert.True(Finds(name => name.StartsWith("/api/v1/stations", StringComparison.Ordinal)), "The search sees nothing in what the API tells.");
        Assert.Contains("busbar_", figures, StringComparison.Ordinal);

        var found = from canary in canaries from place in places where !canary.Exempt.Any(exempt => place.Name.StartsWith(exempt, StringComparison.Ordinal))
                    where canary.Forms.Any(form => place.Content.AsSpan().IndexOf(form) >= 0) select $"{canary.Kind} in {place.Name}";
        Assert.Empty(found);
    }

    /// <summary>What a station sends is kept as it came, and whoever works with tokens and sessions is shown which they are. On the embedded store all tables are one file; the wire log is another.</summary>
    private static readonly string[] WhereUidsAreRead =
    [
        "/api/v1/tokens", "/api/v1/sessions", "/api/v1/cdrs", "/console/tokens", "/console/sessions", "/console/export/sessions", "/console/export/tokens", "/console/cdrs", "database: busbar.db",
        "database: public.customers_tokens", "database: public.sessions_", "database: public.storage_journal",
    ];

    private static async Task<List<Canary>> PlantAsync(RunningServer server, Browser owner)
    {
        var canaries = new List<Canary>();
        void Add(string kind, string text, params string[] exempt) => canaries.Add(Canary.Text(kind, text, exempt));
        string Fresh() => "cnry" + RandomNumberGenerator.GetHexString(24, lowercase: true);
        var asked = 0;
        async Task<JsonElement> PostAsync(Browser by, string path, object body, HttpMethod? method = null)
        {
            var answer = await by.FetchAsync(method ?? HttpMethod.Post, "/api/v1/" + path, body, ("Idempotency-Key", $"k{asked++}"));
            Assert.True((int)answer.Status is >= 200 and < 300, $"{path}: {(int)answer.Status} {answer.Text}");
            return answer.Text.Length == 0 ? default : JsonElement.Parse(answer.Text);
        }

        for (var i = 0; i < 6; i++)
        {
            var password = Fresh();
            Add("station password", password);
            await PostAsync(owner, "stations", new { stationId = $"{Control}-{i}", password });
            if (i > 1) continue;
            await using var station = await WireStation.ConnectAsync(server.Address, $"{Control}-{i}", "ocpp1.6", $"{Control}-{i}", password);
            await station.CallAsync("BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}""");
            var uid = "CNRY" + RandomNumberGenerator.GetHexString(14);
            Add("token uid", uid, WhereUidsAreRead);
            await PostAsync(owner, "tokens", new { uid, type = "rfid" });
            await station.CallAsync("Authorize", $$"""{"idTag":"{{uid}}"}""");
            var begun = await station.CallAsync("StartTransaction", $$"""{"connectorId":1,"idTag":"{{uid}}","meterStart":0,"timestamp":"2026-01-01T10:00:00Z"}""");
            var transaction = System.Text.RegularExpressions.Regex.Match(begun, "transactionId\":\\s*(\\d+)").Groups[1].Value;
            await station.CallAsync("StopTransaction", $$"""{"transactionId":{{transaction}},"idTag":"{{uid}}","meterStop":1000,"timestamp":"2026-01-01T11:00:00Z"}""");
        }
        for (var i = 0; i < 3; i++) Add("station password (made)", (await PostAsync(owner, "stations", new { stationId = $"MADE-{i}" })).GetProperty("password").GetString()!);

        for (var i = 0; i < 6; i++)
        {
            var client = await PostAsync(owner, "api-clients", new { name = $"program {i}", scopes = new[] { "stations:read" } });
            var (id, key) = (client.GetProperty("id").GetString()!, client.GetProperty("key").GetString()!);
            Add("API key", key);
            if (i > 2) continue;
            Add("API key (rotated)", (await PostAsync(owner, $"api-clients/{id}/rotate-key", new { })).GetProperty("key").GetString()!);
            (await server.With(key).GetAsync("stations")).Is(HttpStatusCode.OK);
            using var sent = await server.Anonymous.Http.PostAsync("/oauth/token", new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", id), new("client_secret", key)]), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
            var token = JsonElement.Parse(await sent.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("access_token").GetString()!;
            Add("access token", token);
            (await server.With(token).GetAsync("stations")).Is(HttpStatusCode.OK);
        }

        for (var i = 0; i < 5; i++)
        {
            var hook = await PostAsync(owner, "notification-channels", new { kind = "webhook", name = $"hook {i}", url = $"https://hooks.example.org/{i}" });
            var secrets = new List<string> { hook.GetProperty("secret").GetString()! };
            if (i < 2) secrets.Add((await PostAsync(owner, $"notification-channels/{hook.GetProperty("channel").GetProperty("id").GetString()}/rotate-secret", new { })).GetProperty("secret").GetString()!);
            canaries.AddRange(secrets.Select(secret => Canary.Bytes("webhook secret", secret, Convert.FromBase64String(secret["whsec_".Length..]))));
        }

        for (var i = 0; i < 4; i++)
        {
            var secret = Fresh();
            // Who may change a source is shown it.
            Add("source of prices", secret, "/api/v1/price-curves");
            await PostAsync(owner, "price-curves", new { name = $"curve {i}", currency = "EUR", timeZone = "Europe/Brussels", source = new { kind = "json", from = $"https://prices.example.org/{secret}?from={{from}}&until={{until}}" } });
        }

        for (var i = 0; i < 4; i++)
        {
            var made = await owner.FetchAsync(HttpMethod.Post, "/api/v1/invitations", new { email = $"i{i}@example.org", grants = new[] { new { role = "readOnly", where = "tenant" } } }, ("Idempotency-Key", $"i{i}"));
            made.Is(HttpStatusCode.OK);
            Add("invitation", Staff.CodeOf(made));
            if (i > 2) continue;
            var (password, browser) = (Fresh(), new Browser(server));
            Add("operator password", password);
            (await Staff.AcceptAsync(browser, Staff.CodeOf(made), $"Person {i}", password)).Is(HttpStatusCode.SeeOther);
            Add("session", browser.Cookies["busbar"]);
            var wrong = Fresh();
            Add("operator password (mistyped)", wrong);
            await Staff.SignInAsync(new Browser(server), wrong, $"i{i}@example.org");

            var drafted = await PostAsync(browser, "me/authenticator/draft", new { });
            var shown = drafted.GetProperty("secret").GetString()!;
            var bytes = SecondFactorTests.FromBase32(shown);
            canaries.Add(Canary.Bytes("authenticator", shown, bytes));
            var on = await PostAsync(browser, "me/authenticator", new { draft = drafted.GetProperty("draft").GetString(), code = Totp.CodeOf(bytes, Totp.StepOf(TimeProvider.System.GetInstant())) });
            foreach (var code in on.GetProperty("recoveryCodes").EnumerateArray().Take(2)) Add("recovery code", code.GetString()!);
        }
        server.Services.GetRequiredService<ILogger<SecretCanaryTests>>().LogInformation(Control);
        return canaries;
    }

    /// <summary>What everything that can be read answers, and each list's things one by one.</summary>
    internal static async Task<List<(string Name, byte[] Content)>> ToldAsync(RunningServer server, Browser owner)
    {
        var told = new List<(string, byte[])>();
        var lists = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true && !route.RoutePattern.RawText!.Contains('{', StringComparison.Ordinal))
            .Select(route => "/" + route.RoutePattern.RawText!.Trim('/')).Where(path => path.StartsWith("/api/", StringComparison.Ordinal) || path.StartsWith("/console", StringComparison.Ordinal)).Distinct().ToList();
        foreach (var path in lists)
        {
            var answer = await owner.GetAsync(path);
            told.Add((path, Encoding.UTF8.GetBytes(answer.Text)));
            if (answer.Status != HttpStatusCode.OK || path.EndsWith("/tokens", StringComparison.Ordinal) || !answer.Text.StartsWith("{\"items\"", StringComparison.Ordinal)) continue;
            foreach (var item in JsonElement.Parse(answer.Text).GetProperty("items").EnumerateArray())
                if ((item.TryGetProperty("id", out var id) || item.TryGetProperty("stationId", out id) || item.TryGetProperty("sequence", out id)) && id.ToString() is { Length: > 0 } name)
                    told.Add(($"{path}/{name}", Encoding.UTF8.GetBytes((await owner.GetAsync($"{path}/{Uri.EscapeDataString(name)}")).Text)));
        }
        Assert.True(told.Count > 60, $"{told.Count} answers");
        return told;
    }

    internal static async Task<List<(string, byte[])>> FilesAsync(string[] store)
    {
        var files = new List<(string, byte[])>();
        foreach (var file in Directory.GetFiles(store[0].Split('=')[1], "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) is not ("busbar.lock" or "busbar.key")))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var all = new MemoryStream();
            await stream.CopyToAsync(all);
            files.Add(("database: " + Path.GetFileName(file), all.ToArray()));
        }
        return files;
    }

    internal static async Task<List<(string, byte[])>> RowsAsync(string[] store)
    {
        await using var database = Database.Postgres(store[0].Split('=', 2)[1]);
        await using var connection = await database.OpenAsync(TestContext.Current.CancellationToken);
        var tables = new List<string>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'";
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) tables.Add(reader.GetString(0));
        }
        var rows = new List<(string, byte[])>();
        foreach (var table in tables)
        {
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The database's own names.
            command.CommandText = $"SELECT set_config('busbar.tenants', '*', false); SELECT one::text FROM {table} one";
#pragma warning restore CA2100
            var text = new StringBuilder();
            await using var reader = await command.ExecuteReaderAsync();
            await reader.NextResultAsync();
            while (await reader.ReadAsync()) text.AppendLine(reader.GetString(0));
            rows.Add(("database: " + table, Encoding.UTF8.GetBytes(text.ToString())));
        }
        return rows;
    }

    internal sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{formatter(state, exception)} {exception}"));

        public void Dispose()
        {
        }
    }
}
