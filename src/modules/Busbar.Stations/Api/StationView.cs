using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using NodaTime;

namespace Busbar.Stations.Api;

/// <summary>Identity, presence, what it told about itself, its EVSEs, and what goes on there.</summary>
internal sealed record StationView(
    StationId Id, string StationId, LocationId? LocationId, string? Name, int SecurityProfile, Instant? InsecureUntil, bool Online, string? Protocol,
    Instant? FirstSeen, Instant? LastSeen, string? Vendor, string? Model, string? Firmware, string? Serial, long? ClockOffsetMs, IReadOnlyList<EvseView> Evses,
    IReadOnlyList<CurrentSessionView> CurrentSessions, IReadOnlyList<StationIssueView> Issues, Instant CreatedAt)
{
    /// <summary>The stations with what goes on at each.</summary>
    public static async Task<IReadOnlyList<StationView>> WithSessionsAsync(IReadOnlyList<StationView> views, ICurrentSessions sessions, TenantId tenant, CancellationToken ct)
    {
        var current = (await sessions.AtAsync(tenant, [.. views.Select(view => view.Id)], ct)).ToLookup(session => session.Station, CurrentSessionView.Of);
        return [.. views.Select(view => view with { CurrentSessions = [.. current[view.Id]] })];
    }

    /// <param name="live">Null: nothing is.</param>
    public static StationView Of(StationRecord record, StationPresence? live, Instant now)
    {
        var row = record.Row;
        var told = live?.Description;
        return new StationView(
            row.Id, row.Identity, row.LocationId, row.Name, row.SecurityProfile, row.InsecureUntil, live?.Online ?? false, live?.Protocol ?? row.Protocol,
            row.FirstSeenAt, live?.LastSeen ?? row.LastSeenAt,
            told?.Vendor ?? row.Vendor, told?.Model ?? row.Model, told?.Firmware ?? row.Firmware, told?.Serial ?? row.Serial, live?.ClockOffsetMs ?? row.ClockOffsetMs,
            [.. record.Evses.Select(evse => new EvseView(evse.Number, evse.EvseId, evse.Learnt,
                [.. record.Connectors.Where(connector => connector.Evse == evse.Number).Select(connector => ConnectorView.Of(connector, live))]))],
            [], StationIssueView.Of(row, live, now), row.CreatedAt);
    }

    public bool HasConnector(string status) => Evses.Any(evse => evse.Connectors.Any(connector => string.Equals(connector.Status, status, StringComparison.OrdinalIgnoreCase)));
}

/// <summary>What an operator should know of how a station connects: <c>insecureProfile</c>, <c>takenOver</c>, <c>tagsTried</c>.</summary>
internal sealed record StationIssueView(string Code, string Detail)
{
    public static IReadOnlyList<StationIssueView> Of(StationRow row, StationPresence? live, Instant now)
    {
        var issues = new List<StationIssueView>();
        if (row is { SecurityProfile: 0, InsecureUntil: { } until } && now < until) issues.Add(new StationIssueView("insecureProfile", $"Until {until} anyone may connect in its name."));
        if (live?.TakenOverAt is { } at)
            issues.Add(new StationIssueView("takenOver", $"At {at} its connections had replaced each other three times within ten minutes: a second device may know its password."));
        if (live?.TagsTriedAt is { } tried)
            issues.Add(new StationIssueView("tagsTried", $"At {tried} it had shown {TagGuard.Most} tags within ten minutes that nobody knows: somebody may be looking for valid ones."));
        return issues;
    }
}

/// <param name="OcppTransactionId">As the station knows it.</param>
internal sealed record CurrentSessionView(string SessionId, int? Evse, int? Connector, string OcppTransactionId)
{
    public static CurrentSessionView Of(CurrentSession session) => new(session.SessionId, session.Evse, session.Connector, session.TransactionId);
}

internal sealed record EvseView(int Id, string? EvseId, bool Learnt, IReadOnlyList<ConnectorView> Connectors);

/// <param name="MaxPower">W.</param>
/// <param name="Status">As the station said it in its own protocol's words; <see cref="Unknown"/> while it is not here to say so; null when it never has.</param>
/// <param name="LastStatus">What it said last, which may no longer be so; null when it never has.</param>
/// <param name="StatusAt">When it said that.</param>
internal sealed record ConnectorView(int Id, string? Standard, decimal? MaxPower, string? Status, string? LastStatus, Instant? StatusAt, string? ErrorCode, bool Learnt)
{
    /// <summary>Nobody knows: it is offline, or has not told since the server started. It is asked soon after it is back (Reconciliation).</summary>
    public const string Unknown = "Unknown";

    public static ConnectorView Of(ConnectorRow row, StationPresence? now)
    {
        var told = default(ConnectorNow);
        var isTold = now?.Connectors.TryGetValue((row.Evse, row.Number), out told) == true;
        var (last, at, error) = isTold ? (told.Status, told.At, told.ErrorCode) : (row.Status, row.StatusAt, row.ErrorCode);
        // What changes while the line is down is told when it is back (OCPP 1.6 4.9, 2.0.1 G01.FR.04): until then the last word is only that.
        var status = last is null || (isTold && now!.Online) ? last : Unknown;
        return new ConnectorView(row.Number, row.Standard, row.MaxPowerMw / 1000m, status, last, at, error, row.Learnt);
    }
}

/// <summary>A new station, with the password that was made for it; it is not shown again.</summary>
internal sealed record NewStationView(StationId Id, string StationId, LocationId? LocationId, string? Name, int SecurityProfile, Instant? InsecureUntil, string? Password, IReadOnlyList<EvseView> Evses, Instant CreatedAt)
{
    public static NewStationView Of(StationView view, string? password) =>
        new(view.Id, view.StationId, view.LocationId, view.Name, view.SecurityProfile, view.InsecureUntil, password, view.Evses, view.CreatedAt);
}
