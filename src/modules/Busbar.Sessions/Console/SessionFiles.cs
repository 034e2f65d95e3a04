using Busbar.Identity.Http;
using Busbar.Sessions.Storage;
using Busbar.Shell;
using Microsoft.Extensions.DependencyInjection;
using static Busbar.Sessions.Console.SessionTexts;

namespace Busbar.Sessions.Console;

/// <summary>The room's lists as files.</summary>
internal static class SessionFiles
{
    /// <summary>A session as its row and its state tell it.</summary>
    private sealed record Line(SessionRow Row, Session Session, Caller Caller);

    public static FileOfList Sessions { get; } = new FileOfList<Line>(
        [
            new(() => Say("id"), line => FileCell.Of(line.Row.Id.ToString())),
            new(() => Say("station"), line => FileCell.Of(line.Row.Station)),
            new(() => "EVSE", line => Number(line.Row.Evse)),
            new(() => Say("connector"), line => Number(line.Row.Connector)),
            new(() => Say("token"), line => FileCell.Of(line.Caller.Shown(line.Session.Token?.Uid))),
            new(() => Say("transaction"), line => FileCell.Of(line.Row.TransactionId)),
            new(() => Say("status"), line => FileCell.Of(Status(line.Row.Status).Text)),
            new(() => Say("started"), line => FileCell.Of(line.Row.StartedAt), IsTime: true),
            new(() => Say("ended"), line => FileCell.Of(line.Row.EndedAt), IsTime: true),
            new(() => Say("duration") + " (s)", line => FileCell.Of(line.Row.EndedAt is { } ended ? (decimal)(long)(ended - line.Row.StartedAt).TotalSeconds : null)),
            new(() => Say("energy") + " (kWh)", line => FileCell.Of(line.Row.Energy)),
            new(() => Say("exclTax"), line => FileCell.OfMicros(line.Row.CostExclTax)),
            new(() => Say("inclTax"), line => FileCell.OfMicros(line.Row.CostInclTax)),
            new(() => Say("currency"), line => FileCell.Of(line.Row.Currency)),
            new(() => Say("tariff"), line => FileCell.Of(line.Session.Tariff is { } pin ? $"{pin.TariffId} v{pin.Version}" : null)),
            new(() => "CDR", line => FileCell.Of(line.Session.Cdr?.Id.ToString())),
            new(() => Say("remarks"), line => FileCell.Of(line.Session.Issues.Count == 0 ? null : string.Join(" ", line.Session.Issues.Select(Issue)))),
        ],
        (request, reach, ct) => ListsOf(request).CountAsync(request.Caller, reach, ListsOf(request).FilterOf(request), ct),
        (request, reach, ct) => ListsOf(request).AllAsync(request.Caller, reach, ListsOf(request).FilterOf(request), ct).Select(row => new Line(row, SessionsJson.ReadSession(row.State), request.Caller)));

    public static FileOfList Cdrs { get; } = new FileOfList<CdrLine>(
        [
            new(() => Say("id"), line => FileCell.Of(line.Row.Id.ToString())),
            new(() => Say("kind"), line => FileCell.Of(Standing(line.Standing).Text)),
            new(() => Say("version"), line => FileCell.Of((decimal)line.Row.Version)),
            new(() => Say("credits"), line => FileCell.Of(line.Row.CreditOf?.ToString())),
            new(() => Say("session"), line => FileCell.Of(line.Row.SessionId.ToString())),
            new(() => Say("station"), line => FileCell.Of(line.Row.Station)),
            new(() => Say("started"), line => FileCell.Of(line.Row.StartedAt), IsTime: true),
            new(() => Say("ended"), line => FileCell.Of(line.Row.EndedAt), IsTime: true),
            new(() => Say("energy") + " (kWh)", line => FileCell.Of(line.Row.Energy)),
            new(() => Say("exclTax"), line => FileCell.OfMicros(line.Row.CostExclTax)),
            new(() => Say("inclTax"), line => FileCell.OfMicros(line.Row.CostInclTax)),
            new(() => Say("currency"), line => FileCell.Of(line.Row.Currency)),
        ],
        (request, reach, ct) => ListsOf(request).CountCdrsAsync(request.Caller, reach, ListsOf(request).FilterOf(request), ct),
        (request, reach, ct) => ListsOf(request).AllCdrsAsync(request.Caller, reach, ListsOf(request).FilterOf(request), ct));

    private static SessionLists ListsOf(FileRequest request) => request.Services.GetRequiredService<SessionLists>();

    // What the station did not name is 0 in the row.
    private static FileCell Number(long number) => FileCell.Of(number == 0 ? null : (decimal)number);
}
