using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Busbar.Load;

/// <summary>What a round tells the API before it begins, and asks of it afterwards.</summary>
internal sealed class BusbarApi
{
    public const string AdminKey = "load-own-admin-key-0123456789abcdefgh";
    public const string Password = "load-password-0123";

    /// <summary>A session's row may be a second behind the journal, a CDR two behind its stop.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http;

    public BusbarApi(HttpClient http)
    {
        _http = http;
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
    }

    /// <summary>A tariff for all, the stations, and a token for each.</summary>
    /// <param name="prices">An OCPI object; absent: a start fee and energy.</param>
    public async Task ProvisionAsync(int stations, CancellationToken ct, JsonElement? prices = null)
    {
        var tariff = prices ?? JsonElement.Parse("""
            { "currency": "EUR", "elements": [ { "price_components": [
              { "type": "FLAT", "price": 0.50, "vat": 19.0, "step_size": 1 }, { "type": "ENERGY", "price": 0.30, "vat": 19.0, "step_size": 1 } ] } ] }
            """);
        var made = await SendAsync(HttpMethod.Post, "tariffs", new { name = "Load", currency = "EUR", tariff }, ct);
        await SendAsync(HttpMethod.Put, $"tariffs/{made.GetProperty("id").GetString()}/assignments", new[] { new { scope = "tenant" } }, ct);
        var numbers = Enumerable.Range(0, stations).ToArray();
        await SendAsync(HttpMethod.Post, "stations/import", numbers.Select(number => new { stationId = LoadStation.IdOf(number), password = Password }), ct);
        await SendAsync(HttpMethod.Post, "tokens/import", numbers.Select(number => new { uid = LoadStation.TagOf(number), type = "rfid" }), ct);
    }

    /// <summary>Compares what was told with what the server has: each session once, completed, with one CDR and its energy to the watt-hour, and nothing else.</summary>
    /// <exception cref="LoadException">They differ.</exception>
    public async Task VerifyAsync(IEnumerable<ToldSession> told, TimeProvider clock, CancellationToken ct)
    {
        await Task.Delay(Settling, clock, ct);
        var expected = told.ToDictionary(session => (session.StationId, session.Transaction.ToString(CultureInfo.InvariantCulture)), session => (decimal)session.EnergyWh);
        var energies = new Dictionary<string, decimal>();
        await foreach (var session in AllAsync("sessions", ct))
        {
            var key = (session.GetProperty("stationId").GetString()!, session.GetProperty("ocppTransactionId").GetString()!);
            if (session.GetProperty("status").GetString() != "completed" || !expected.Remove(key, out var energy) || energy != session.GetProperty("energyWh").GetDecimal())
            {
                throw new LoadException($"This session was not told so: {session}");
            }

            energies.Add(session.GetProperty("id").GetString()!, energy);
        }

        await foreach (var cdr in AllAsync("cdrs", ct))
        {
            if (!energies.Remove(cdr.GetProperty("sessionId").GetString()!, out var energy) || energy != cdr.GetProperty("energyWh").GetDecimal())
            {
                throw new LoadException($"This CDR is of no session, is not its first, or has another energy: {cdr}");
            }
        }

        if (expected.Count + energies.Count > 0)
        {
            throw new LoadException($"{expected.Count} sessions whose stop was acknowledged are not there, and {energies.Count} have no CDR.");
        }
    }

    public Task FirstSessionsAsync(CancellationToken ct) => SendAsync(HttpMethod.Get, "sessions?limit=50", null, ct);

    /// <summary>The counters of /metrics, summed over their labels, by name.</summary>
    public async Task<Dictionary<string, double>> MetricsAsync(CancellationToken ct) =>
        (await _http.GetStringAsync(new Uri("/metrics", UriKind.Relative), ct)).Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => (Name: line[..line.IndexOfAny(['{', ' '])], Value: line[Math.Max(line.LastIndexOf('}') + 1, line.IndexOf(' '))..].Trim().Split(' ')[0]))
            .Where(sample => double.TryParse(sample.Value, CultureInfo.InvariantCulture, out _))
            .GroupBy(sample => sample.Name, sample => double.Parse(sample.Value, CultureInfo.InvariantCulture))
            .ToDictionary(group => group.Key, group => group.Sum());

    private async IAsyncEnumerable<JsonElement> AllAsync(string list, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await SendAsync(HttpMethod.Get, $"{list}?limit=200{(cursor.Length > 0 ? "&cursor=" + cursor : "")}", null, ct);
            foreach (var item in page.GetProperty("items").EnumerateArray())
            {
                yield return item;
            }

            cursor = page.GetProperty("nextCursor").GetString();
        }
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri("/api/v1/" + path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await _http.SendAsync(request, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        return response.IsSuccessStatusCode ? JsonElement.Parse(text) : throw new LoadException($"{method} {path} answered {(int)response.StatusCode}: {text}");
    }
}
