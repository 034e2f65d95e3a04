using Busbar.Operations.Storage;
using Busbar.Shell;
using Microsoft.Extensions.DependencyInjection;
using static Busbar.Operations.Console.AlertTexts;

namespace Busbar.Operations.Console;

/// <summary>The alerts as a file, the newest first.</summary>
internal static class AlertFile
{
    public static FileOfList Alerts { get; } = new FileOfList<AlertRow>(
        [
            new(() => Say("id"), row => FileCell.Of(row.Id.ToString())),
            new(() => Say("kind"), row => FileCell.Of(Rule(row.Rule))),
            new(() => Say("thing"), row => FileCell.Of(Thing(row))),
            new(() => Say("what"), row => FileCell.Of(Trouble(row))),
            new(() => Say("state"), row => FileCell.Of(State(row).Text)),
            new(() => Say("site"), row => FileCell.Of(row.Location)),
            new(() => "EVSE", row => FileCell.Of((decimal?)row.Evse)),
            new(() => Say("connector"), row => FileCell.Of((decimal?)row.Connector)),
            new(() => Say("since"), row => FileCell.Of(row.Since), IsTime: true),
            new(() => Say("raised"), row => FileCell.Of(row.RaisedAt), IsTime: true),
            new(() => Say("state-Acknowledged"), row => FileCell.Of(row.AcknowledgedAt), IsTime: true),
            new(() => Say("state-Resolved"), row => FileCell.Of(row.ResolvedAt), IsTime: true),
            new(() => Say("perHour", Say("risk")), row => FileCell.OfMicros(row.RiskPerHour)),
            new(() => Say("risk"), row => FileCell.OfMicros(row.RiskFixed)),
            new(() => Say("currency"), row => FileCell.Of(row.Currency)),
            new(() => Say("note"), row => FileCell.Of(row.Note)),
        ],
        (request, reach, ct) => ReadingOf(request).CountAsync(request.Caller, reach, FilterOf(request), ct),
        (request, reach, ct) => ReadingOf(request).AllAsync(request.Caller, reach, FilterOf(request), ct));

    private static AlertReading ReadingOf(FileRequest request) => request.Services.GetRequiredService<AlertReading>();

    private static AlertFilter FilterOf(FileRequest request) => AlertFilter.Of(request["state"], request["rule"], request["q"]);
}
