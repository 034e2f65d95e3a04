using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Api;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using static Busbar.Pricing.Console.TariffTexts;

namespace Busbar.Pricing.Console;

/// <summary>What is asked on the page of quotes, as it is typed.</summary>
internal sealed class QuoteAsk
{
    public string Station { get; set; } = "";

    /// <summary>Counted from 1; empty: none.</summary>
    public string Evse { get; set; } = "";

    /// <summary><c>Ac</c> or <c>Dc</c>; empty: as the EVSE is known.</summary>
    public string Kind { get; set; } = "";
    public string Token { get; set; } = "";

    /// <summary>What assignments call the driver, besides the names that the token has.</summary>
    public string Driver { get; set; } = "";

    /// <summary>Counts where no token is named.</summary>
    public string Group { get; set; } = "";

    /// <summary>Pays on the spot, without a contract.</summary>
    public bool AdHoc { get; set; }
    public ExampleForm Example { get; set; } = new();
}

/// <summary>A tariff that was asked, and why it is the one or is not.</summary>
/// <param name="Name">Its id where it has no name any more.</param>
/// <param name="Version">Null: its bytes are damaged.</param>
internal sealed record QuoteCandidate(TariffId Tariff, string Name, int? Version, bool Wins, string Why);

/// <param name="Error">In words; the rest is null then.</param>
internal sealed record QuoteAnswer(string? Error, QuoteOutcome.Quoted? Quoted = null, IReadOnlyList<QuoteCandidate>? Candidates = null)
{
    public PricedSession? Priced => Quoted?.Priced;
}

/// <summary>Answers the page of quotes as the API answers.</summary>
internal sealed class QuoteReading(QuoteDesk desk, ITariffNames names)
{
    private const int MostTold = 20;

    public async Task<QuoteAnswer> AskAsync(Caller caller, QuoteAsk ask, CancellationToken ct)
    {
        if (ask.Example.Read() is not { } example) return new(Say("example-wrong"));
        var numbers = new FormNumbers();
        var evse = numbers.Whole(ask.Evse, "");
        if (numbers.Faults.Count > 0 || evse < 0) return new(Say("quote-evse-wrong"));
        if (Named(ask.Station) is not { } station) return new(Say("quote-no-station"));
        var question = new PriceQuestion(station, null, evse is 0 ? null : evse, Named(ask.Token), new AskedFor { DriverId = Named(ask.Driver), TokenGroup = Named(ask.Group), AdHoc = ask.AdHoc });
        return await desk.AskAsync(caller.Tenant, question, Enum.TryParse<EvseKind>(ask.Kind, out var kind) ? kind : null, example.Timeline, ct) switch
        {
            QuoteOutcome.Quoted quoted => new(null, quoted, await CandidatesAsync(caller.Tenant, quoted.Candidates, ct)),
            QuoteOutcome.NoTariff => new(Say("quote-no-tariff")),
            QuoteOutcome.PriceMissing missing => new(Say("quote-price-missing", missing.Curve)),
            QuoteOutcome.TooLarge => new(Say("example-large")),
            _ => new(Say("quote-no-station")),
        };
    }

    // PostgreSQL has no U+0000 in text: nothing has such a name.
    private static string? Named(string text) => text.Replace("\0", "", StringComparison.Ordinal).Trim() is { Length: > 0 } name ? name : null;

    private async Task<IReadOnlyList<QuoteCandidate>> CandidatesAsync(TenantId tenant, IReadOnlyList<Candidate> candidates, CancellationToken ct)
    {
        var told = new List<QuoteCandidate>();
        foreach (var (placement, rule) in candidates.Take(MostTold))
        {
            var name = await names.OfAsync(tenant, placement.TariffId.ToString(), ct) ?? placement.TariffId.ToString();
            told.Add(new QuoteCandidate(placement.TariffId, name, placement.Tariff?.Version, rule == PlacementRule.Wins, Why(placement, rule, candidates[0].Placement)));
        }
        return told;
    }

    private static string Why(Placement placement, PlacementRule rule, Placement winner) => rule switch
    {
        PlacementRule.Wins => Say("why-Wins", ScopeOf(placement), placement.Priority),
        PlacementRule.Priority => Say("why-Priority", ScopeOf(placement), placement.Priority, winner.Priority),
        PlacementRule.Scope => Say("why-Scope", ScopeOf(placement), ScopeOf(winner)),
        _ => Say("why-" + rule, ScopeOf(placement)),
    };

    private static string ScopeOf(Placement placement) => Say("scope-" + placement.Scope);
}
