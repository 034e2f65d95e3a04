using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Busbar.Tests.Support;

namespace Busbar.Stories;

/// <summary>What stories do with the API again and again.</summary>
internal static class StoryApi
{
    /// <summary>A CDR is readable at most two seconds after the stop was acknowledged.</summary>
    private static readonly TimeSpan CdrDeadline = TimeSpan.FromSeconds(2);

    public static Uri StationsUrl(this RunningServer server, string tenant) =>
        new UriBuilder(server.Address) { Scheme = "ws", Path = $"/ocpp/{tenant}" }.Uri;

    /// <summary>How often the server counted this security event.</summary>
    public static async Task<int> SecurityEventsAsync(this RunningServer server, string name)
    {
        var text = await server.Anonymous.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        var found = Regex.Match(text, $$"""^busbar_stations_security_events\w*\{[^}]*event="{{name}}"[^}]*\} (\d+)""", RegexOptions.Multiline);
        return found.Success ? int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>An OCPI tariff that applies in the whole tenant.</summary>
    public static async Task GivenTariffAsync(this ApiClient api, string ocpi)
    {
        var made = await api.PostAsync("tariffs", new { name = "Story", currency = "EUR", tariff = JsonElement.Parse(ocpi) });
        made.Is(HttpStatusCode.Created);
        var assigned = await api.SendAsync(HttpMethod.Put, $"tariffs/{made.Text("id")}/assignments", """[{"scope":"tenant"}]""");
        assigned.Is(HttpStatusCode.OK);
    }

    /// <summary>The station's one CDR.</summary>
    public static async Task<JsonElement> OnlyCdrAsync(this ApiClient api, string station)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var items = (await api.GetAsync($"cdrs?stationId={station}")).Items.ToArray();
            if (items.Length > 0) return Assert.Single(items);
            Assert.True(TimeProvider.System.GetElapsedTime(deadline) < CdrDeadline, $"No CDR of {station} within {CdrDeadline}.");
            await Task.Delay(20);
        }
    }
}
