using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Operations.Api;

/// <summary>A rule's thresholds. Each rule has those that it needs: a threshold of another one is refused.</summary>
internal sealed record AlertRuleInput
{
    public required bool Enabled { get; init; }

    /// <summary>How long it must be so before it is an alert.</summary>
    public required int AfterMinutes { get; init; }

    /// <summary>How long it must be well again before the alert is over.</summary>
    public int RecoverMinutes { get; init; }

    /// <summary>Of <c>stationOffline</c>: so many of a site, and half of it, are one alert; 0: never.</summary>
    public int? SiteStations { get; init; }

    /// <summary>Of <c>sessionStuck</c>: how many hours a session may be open.</summary>
    public int? OpenHours { get; init; }

    /// <summary>Of <c>connectorUnused</c>: the sessions that its usual rate would have brought.</summary>
    public int? ExpectedSessions { get; init; }

    /// <summary>Of <c>pricesMissing</c>: the full hour, in the curve's market, by which tomorrow's prices should be there.</summary>
    public int? ByHour { get; init; }
}

/// <param name="IsDefault">The tenant has not changed it.</param>
internal sealed record AlertRuleView(string Rule, bool Enabled, int AfterMinutes, int RecoverMinutes, int? SiteStations, int? OpenHours, int? ExpectedSessions, int? ByHour, bool IsDefault)
{
    public static AlertRuleView Of(RuleSettings rule, bool isDefault) => new(
        AlertView.NameOf(rule.Rule), rule.Enabled, (int)rule.After.TotalMinutes, (int)rule.Recover.TotalMinutes,
        rule.Rule == AlertRule.StationOffline ? rule.Amount : null, rule.Rule == AlertRule.SessionStuck ? rule.Amount : null, rule.Rule == AlertRule.ConnectorUnused ? rule.Amount : null,
        rule.Rule == AlertRule.PricesMissing ? rule.Amount : null, isDefault);
}

/// <summary>What a tenant is told of, and from when on.</summary>
internal static class AlertRuleEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var rules = api.MapGroup("/alert-rules").WithTags("Alerts");
        rules.MapGet("", List).Needs(Scope.AlertsRead);
        rules.MapGet("/{rule}", Get).Needs(Scope.AlertsRead);
        rules.MapPut("/{rule}", Put).Needs(Scope.AlertsWrite);
        rules.MapDelete("/{rule}", Reset).Needs(Scope.AlertsWrite);
    }

    private static async Task<Ok<Page<AlertRuleView>>> List(Caller caller, RuleBook book, CancellationToken ct) =>
        TypedResults.Ok(new Page<AlertRuleView>([.. (await book.AllAsync(caller.Rows, ct)).Select(rule => rule.View)], null));

    private static async Task<Results<Versioned<AlertRuleView>, ProblemHttpResult>> Get(string rule, Caller caller, RuleBook book, CancellationToken ct) =>
        RuleNamed(rule) is { } known && (await book.AllAsync(caller.Rows, ct)).Single(one => one.Settings.Rule == known) is var found ? Answers.Found(found.View, found.Revision) : Problems.NotFound();

    private static async Task<Results<Versioned<AlertRuleView>, ProblemHttpResult>> Put(
        string rule, Body<AlertRuleInput> body, IfMatch ifMatch, Caller caller, RuleBook book, CancellationToken ct)
    {
        if (RuleNamed(rule) is not { } known) return Problems.NotFound();
        var check = new Check();
        Examine(known, body.Value, check);
        if (check.Problem is { } problem) return problem;
        return await book.SaveAsync(caller, known, body.Value, ifMatch, ct) is { } saved ? Answers.Found(saved.View, saved.Revision) : Problems.PreconditionFailed();
    }

    /// <summary>Back to what it was at first.</summary>
    private static async Task<Results<NoContent, ProblemHttpResult>> Reset(string rule, Caller caller, RuleBook book, CancellationToken ct)
    {
        if (RuleNamed(rule) is not { } known) return Problems.NotFound();
        await book.ResetAsync(caller, known, ct);
        return TypedResults.NoContent();
    }

    /// <summary>What is wrong with it; the page asks too.</summary>
    internal static void Examine(AlertRule rule, AlertRuleInput input, Check check)
    {
        var least = rule switch { AlertRule.SessionStuck => 1, AlertRule.ConnectorUnused => 60, _ => 0 };
        In(input.AfterMinutes, least, 43_200, "/afterMinutes");
        In(input.RecoverMinutes, 0, 1_440, "/recoverMinutes");
        Own(input.SiteStations, AlertRule.StationOffline, "/siteStations");
        Own(input.OpenHours, AlertRule.SessionStuck, "/openHours");
        Own(input.ExpectedSessions, AlertRule.ConnectorUnused, "/expectedSessions");
        Own(input.ByHour, AlertRule.PricesMissing, "/byHour");
        if (input.SiteStations is { } site) check.That(site is 0 or (>= 2 and <= 10_000), "/siteStations", "invalidValue", "Must be 0, or 2 to 10000.");
        if (input.OpenHours is { } hours) In(hours, 1, 720, "/openHours");
        if (input.ExpectedSessions is { } sessions) In(sessions, 1, 1_000, "/expectedSessions");
        if (input.ByHour is { } hour) In(hour, 0, 23, "/byHour");

        void In(int value, int from, int to, string pointer) => check.That(value >= from && value <= to, pointer, "invalidValue", $"Must be {from} to {to}.");

        void Own(int? value, AlertRule owner, string pointer) => check.That(value is null || rule == owner, pointer, "invalidValue", $"Only {AlertView.NameOf(owner)} has it.");
    }

    private static AlertRule? RuleNamed(string text) => Named<AlertRule>.TryParse(text, out var named) && named.Value != AlertRule.SiteOffline ? named.Value : null;
}
