using Busbar.Customers;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using NodaTime;
using static Busbar.Pricing.Console.TariffTexts;

namespace Busbar.Pricing.Console;

/// <summary>What is asked on the page of quotes, as it is typed.</summary>
internal sealed class QuoteAsk
{
    public string Station { get; set; } = "";

    /// <summary>Counted from 1; empty: none.</summary>
    public string Evse { get; set; } = "";
    public string Token { get; set; } = "";

    /// <summary>Counts where no token is named.</summary>
    public string Group { get; set; } = "";
    public ExampleForm Example { get; set; } = new();
}

/// <param name="Error">In words; the rest is null then.</param>
internal sealed record QuoteAnswer(string? Error, PricedSession? Priced = null, PinnedTariff? Tariff = null, string? TariffName = null, string? Why = null, DateTimeZone? Zone = null);

/// <summary>Answers the page of quotes by the book that binds sessions to their tariffs.</summary>
internal sealed class QuoteReading(TariffBook book, IStationCatalog stations, ITokenBook tokens, ITariffNames names, IEnumerable<ISearch> searches)
{
    private const int MostFound = 10;
    private const string StationPages = "/console/stations/";

    /// <summary>Stations whose name or id has the text in it.</summary>
    public async Task<IReadOnlyList<string>> StationsAsync(Caller caller, string text, CancellationToken ct)
    {
        var plain = text.Replace("\0", "", StringComparison.Ordinal).Trim();
        if (plain.Length == 0) return [];
        var found = new List<string>();
        foreach (var search in searches.Where(search => caller.May(search.Scope)))
            found.AddRange((await search.FindAsync(caller, plain[..Math.Min(plain.Length, 100)], MostFound, ct)).Where(hit => hit.Href.StartsWith(StationPages, StringComparison.Ordinal)).Select(hit => Uri.UnescapeDataString(hit.Href[StationPages.Length..])));
        return found;
    }

    public async Task<QuoteAnswer> AskAsync(Caller caller, QuoteAsk ask, CancellationToken ct)
    {
        if (ask.Example.Read() is not { } example) return new(Say("example-wrong"));
        var evse = new FormNumbers();
        var number = evse.Whole(ask.Evse, "");
        if (evse.Faults.Count > 0 || number < 0) return new(Say("quote-evse-wrong"));
        var identity = ask.Station.Trim();
        if (identity.Length == 0 || identity.Contains('\0', StringComparison.Ordinal) || await stations.FindAsync(caller.Tenant, identity, ct) is not { } station) return new(Say("quote-no-station"));
        var zone = Zones.Find(station.TimeZone);
        var at = zone.AtLeniently(example.Start).ToInstant();
        var group = ask.Token.Trim() is { Length: > 0 } uid ? (await tokens.JudgeAsync(caller.Tenant, uid, at, ct)).GroupId : ask.Group.Trim() is { Length: > 0 } named ? named : null;
        var place = new Place(station.Location?.Value, station.Id, number, group, at);
        if (await book.FindAsync(caller.Tenant, place, asOf: null, ct) is not { } pinned) return new(Say("quote-no-tariff"));
        if (example.Price(pinned.Tariff, zone, group) is not { } priced) return new(Say("example-large"));
        return new(null, priced, pinned, await names.OfAsync(caller.Tenant, pinned.Id.ToString(), ct) ?? pinned.Id.ToString(), Say("quote-why-text"), zone);
    }
}
