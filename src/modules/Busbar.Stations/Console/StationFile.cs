using System.Runtime.CompilerServices;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Stations.Api;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static Busbar.Stations.Console.StationTexts;

namespace Busbar.Stations.Console;

/// <summary>The stations as a file.</summary>
internal static class StationFile
{
    private const int Step = 500;

    private sealed record Line(StationView View, StationAtAGlance AtAGlance, string? Location);

    public static FileOfList Stations { get; } = new FileOfList<Line>(
        [
            new(() => Say("station"), line => FileCell.Of(line.View.StationId)),
            new(() => Say("name"), line => FileCell.Of(line.View.Name)),
            new(() => Say("location"), line => FileCell.Of(line.Location)),
            new(() => Say("state"), line => FileCell.Of(Condition(line.AtAGlance).Text)),
            new(() => Say("lastSeen"), line => FileCell.Of(line.View.LastSeen), IsTime: true),
            new(() => Say("firstSeen"), line => FileCell.Of(line.View.FirstSeen), IsTime: true),
            new(() => Say("vendor"), line => FileCell.Of(line.View.Vendor)),
            new(() => Say("modelOnly"), line => FileCell.Of(line.View.Model)),
            new(() => Say("serial"), line => FileCell.Of(line.View.Serial)),
            new(() => Say("firmware"), line => FileCell.Of(line.View.Firmware)),
            new(() => Say("protocol"), line => FileCell.Of(line.View.Protocol is { } protocol ? Protocol(protocol) : null)),
            new(() => Say("security"), line => FileCell.Of((decimal)line.View.SecurityProfile)),
            new(() => Say("connectors"), line => FileCell.Of((decimal)line.View.Evses.Sum(evse => evse.Connectors.Count))),
        ],
        // As the page counts them.
        async (request, reach, ct) => (await request.Services.GetRequiredService<StationSurvey>().OfAsync(request.Caller.Tenant, reach, ct)).Stations.Count(station => Fits(station, request)),
        RowsAsync);

    private static bool Fits(StationAtAGlance station, FileRequest request) => station.Is(request["state"]) && (request["q"] is not { } search || station.Fits(search));

    private static async IAsyncEnumerable<Line> RowsAsync(FileRequest request, Reach reach, [EnumeratorCancellation] CancellationToken ct)
    {
        var (rooms, presence, catalog) = (request.Services.GetRequiredService<RoomDbFactory<StationsDb>>(), request.Services.GetRequiredService<IStationPresence>(), request.Services.GetRequiredService<IStationCatalog>());
        var (tenant, clock) = (request.Caller.Tenant, request.Services.GetRequiredService<TimeProvider>());
        string? last = null;
        IReadOnlyList<StationRecord> some;
        do
        {
            some = await ReadAsync(rooms, request.Caller, reach, last, ct);
            var live = await presence.FindAsync(tenant, [.. some.Select(record => record.Row.Id)], ct);
            foreach (var record in some)
            {
                var view = StationView.Of(record, live.GetValueOrDefault(record.Row.Id), clock.GetInstant());
                var glance = StationAtAGlance.Of(view);
                if (!Fits(glance, request)) continue;
                yield return new Line(view, glance, view.LocationId is { } place ? (await catalog.FindAsync(tenant, place, ct))?.Name : null);
            }
            if (some.Count > 0) last = some[^1].Row.Identity;
        }
        while (some.Count == Step);
    }

    private static async Task<IReadOnlyList<StationRecord>> ReadAsync(RoomDbFactory<StationsDb> rooms, Caller caller, Reach reach, string? after, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Stations.AsNoTracking().Within(reach);
#pragma warning disable CA1309 // The database compares bytes; EF translates no other spelling.
        if (after is not null) rows = rows.Where(row => string.Compare(row.Identity, after) > 0);
#pragma warning restore CA1309
        return await StationRecord.AllOfAsync(db, await rows.OrderBy(row => row.Identity).Take(Step).ToListAsync(ct), ct);
    }
}
