using System.Text.Json;
using Busbar.Kernel;
using Busbar.Operations.Console;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Operations;

/// <summary>An alert as the API shows it and a webhook is told it.</summary>
/// <param name="Rule">Such as <c>stationOffline</c>.</param>
/// <param name="StationId">The station's name when it was raised.</param>
/// <param name="Stations">Of a site: how many were away.</param>
/// <param name="CurveId">Of missing prices: whose.</param>
/// <param name="CurveName">That curve's name when it was raised.</param>
/// <param name="RetentionRule">Of one that fails: its name.</param>
/// <param name="ErasureId">Of one that has not finished.</param>
/// <param name="Error">As the station said it.</param>
/// <param name="LastSeenAt">When it was last so; null while it is.</param>
/// <param name="Merged">It is told on as part of a site's alert.</param>
internal sealed record AlertView(
    AlertId Id, string Rule, AlertState State, string? StationId, LocationId? LocationId, string? LocationName, int? Evse, int? Connector, SessionId? SessionId, int? Stations, string? CurveId, string? CurveName, string? RetentionRule, string? ErasureId, string? Error,
    Instant Since, Instant RaisedAt, Instant? LastSeenAt, Instant? ResolvedAt, bool Merged, Instant? AcknowledgedAt, string? AcknowledgedBy, string? Note, RiskView? MoneyAtRisk, ActionView SuggestedAction)
{
    public static AlertView Of(AlertRow row, Instant now) => new(
        row.Id, NameOf(row.Rule), row.State, row.Station, row.LocationId, row.Location, row.Evse, row.Connector, row.SessionId, row.Stations,
        row.CurveName is null ? null : row.Thing, row.CurveName, row.Rule == AlertRule.RetentionFails ? row.Thing : null, row.Rule == AlertRule.ErasureOpen ? row.Thing : null, row.CurveName is null ? row.Error : null, row.Since, row.RaisedAt, row.ClearedAt,
        row.ResolvedAt, row.Merged, row.AcknowledgedAt, row.AcknowledgedBy, row.Note, RiskView.Of(row, now), new ActionView(AlertTexts.ActionKey(row.Rule), Languages.Speaking("en", () => AlertTexts.Action(row.Rule))));

    public static string NameOf(AlertRule rule) => JsonNamingPolicy.CamelCase.ConvertName(rule.ToString());
}

/// <summary>Without tax.</summary>
/// <param name="PerHour">What its stations earn in an hour on average; null of a session, which costs what is not billed.</param>
/// <param name="SoFar">Since it began.</param>
internal sealed record RiskView(string? PerHour, string SoFar, Currency Currency)
{
    public static RiskView? Of(AlertRow row, Instant now)
    {
        if (row.CostUntil(now) is not { } cost) return null;
        return new RiskView(row.RiskPerHour is { } perHour ? Text(Money.FromMicros(perHour, cost.Currency)) : null, Text(cost), cost.Currency);
    }

    private static string Text(Money money) => money.ToPayable().Amount.ToString("F" + money.Currency.Decimals, System.Globalization.CultureInfo.InvariantCulture);
}

/// <param name="Key">Stable, for programs.</param>
/// <param name="Text">In English, for people.</param>
internal sealed record ActionView(string Key, string Text);
