using Busbar.Identity.Http;
using System.Runtime.CompilerServices;
using Busbar.Shell;
using Microsoft.Extensions.DependencyInjection;
using static Busbar.Stations.Console.StationTexts;

namespace Busbar.Stations.Console;

/// <summary>The locations as a file.</summary>
internal static class LocationFile
{
    public static FileOfList Locations { get; } = new FileOfList<LocationAtAGlance>(
        [
            new(() => Say("location"), place => FileCell.Of(place.Name)),
            new(() => Say("place-id"), place => FileCell.Of(place.Id.ToString())),
            new(() => Say("state"), place => FileCell.Of(place.Stations is { } there ? Place(there).Text : null)),
            new(() => Say("place-address"), place => FileCell.Of(place.Address)),
            new(() => Say("place-city"), place => FileCell.Of(place.City)),
            new(() => Say("place-country"), place => FileCell.Of(place.Country)),
            new(() => Say("place-latitude"), place => FileCell.Of(place.Latitude)),
            new(() => Say("place-longitude"), place => FileCell.Of(place.Longitude)),
            new(() => Say("stations"), place => FileCell.Of((decimal?)place.Stations?.All)),
            new(() => Say("offline"), place => FileCell.Of((decimal?)place.Stations?.Offline)),
            new(() => Say("never"), place => FileCell.Of((decimal?)place.Stations?.New)),
            new(() => Say("faulted"), place => FileCell.Of((decimal?)place.Stations?.Faulted)),
        ],
        async (request, reach, ct) => (await OfAsync(request, reach, ct)).Count(), RowsAsync);

    // As the page has them, in memory: a tenant has few beside its stations.
    private static async Task<IEnumerable<LocationAtAGlance>> OfAsync(FileRequest request, Reach reach, CancellationToken ct) =>
        (await request.Services.GetRequiredService<LocationSurvey>().ForAsync(request.Caller, reach, ct)).Where(place => place.Is(request["state"]) && (request["q"] is not { } search || place.Fits(search)));

    private static async IAsyncEnumerable<LocationAtAGlance> RowsAsync(FileRequest request, Reach reach, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var place in await OfAsync(request, reach, ct)) yield return place;
    }
}
