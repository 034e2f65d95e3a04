using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>One tariff that might apply, and why it does or does not.</summary>
/// <param name="Version">Null: its bytes are damaged, and it prices nothing.</param>
/// <param name="Rule">
/// <c>wins</c>; <c>window</c> or <c>validity</c>: it does not hold at that time; else the rule by which the winner beat it: <c>priority</c>, <c>scope</c>, <c>start</c> or <c>later</c>.
/// </param>
/// <param name="Reason">The same in words.</param>
internal sealed record WhyCandidate(TariffId TariffId, int? Version, AssignmentScope Scope, int Priority, Instant? From, Instant? To, PlacementRule Rule, string Reason)
{
    public static IReadOnlyList<WhyCandidate> Of(IReadOnlyList<Candidate> candidates)
    {
        var winner = candidates is [{ Rule: PlacementRule.Wins } first, ..] ? first.Placement : null;
        return [.. candidates.Select(candidate => Of(candidate, winner))];
    }

    private static WhyCandidate Of(Candidate candidate, Placement? winner)
    {
        var (placement, rule) = candidate;
        return new WhyCandidate(placement.TariffId, placement.Tariff?.Version, placement.Scope, placement.Priority, placement.Window.From, placement.Window.Until, rule, Words(placement, rule, winner));
    }

    private static string Words(Placement placement, PlacementRule rule, Placement? winner) => rule switch
    {
        PlacementRule.Wins => $"It applies by its scope {JsonName.Of(placement.Scope)} with priority {placement.Priority}, and nothing beats it.",
        PlacementRule.Window => "Its assignment does not hold at that time.",
        PlacementRule.Validity => "This version does not hold at that time.",
        PlacementRule.Priority => $"Its priority {placement.Priority} is lower than the winner's {winner!.Priority}.",
        PlacementRule.Scope => $"Priorities are equal, and {JsonName.Of(winner!.Scope)} is stronger than {JsonName.Of(placement.Scope)}.",
        PlacementRule.Start => "Priorities and scopes are equal, and the winner's assignment begins later.",
        _ => "Priorities, scopes and starts are equal, and the winner's tariff was made later.",
    };
}

/// <param name="Tariff">The one that applies; null: none does.</param>
/// <param name="Candidates">The winner first, then those it beat in their order, then those that do not hold at that time.</param>
internal sealed record WhyView(QuotedTariff? Tariff, IReadOnlyList<WhyCandidate> Candidates);
