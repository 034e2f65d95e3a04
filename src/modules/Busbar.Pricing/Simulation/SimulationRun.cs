using System.Runtime.CompilerServices;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing.Simulation;

/// <summary>A page that was priced again.</summary>
/// <param name="Looked">Sessions that were read; more than <paramref name="Sessions"/> where the filter left some out.</param>
internal sealed record RepricedPage(IReadOnlyList<Repriced> Sessions, int Looked, ArchivePlace Last);

/// <summary>
/// Reads past sessions page by page and prices each page on so many threads; what comes out has the order of the archive, whoever was faster. With more than one thread the next page
/// is read meanwhile; with one, nothing is: one core is all that it takes. The market's prices are read for as many sessions of a page as began within a month.
/// </summary>
internal sealed class SimulationRun(ISessionArchive archive, IStationCatalog stations, AskPast prices)
{
    // What is in memory of a curve is this and the longest session's time.
    private static readonly Duration Stretch = Duration.FromDays(31);

    private readonly Dictionary<StationId, LocationId?> _locations = [];

    public async IAsyncEnumerable<RepricedPage> PagesAsync(
        TenantId tenant, Tariff tariff, SimulationFilter filter, ArchivePlace? after, int threads, [EnumeratorCancellation] CancellationToken ct)
    {
        var names = CurveBook.NamesIn(tariff);
        await using var pages = archive.ReadAsync(filter.Question(tenant, after), ct).GetAsyncEnumerator(ct);
        var more = await pages.MoveNextAsync();
        while (more)
        {
            var page = pages.Current;
            var places = new LocationId?[page.Count];
            for (var i = 0; i < places.Length; i++) places[i] = await LocationAsync(tenant, page.StationOf(i), ct);
            var markets = new PastCurves[page.Count];
            await FindAsync(tenant, tariff, names, page, markets, ct);
            var next = threads > 1 ? Task.Run(() => pages.MoveNextAsync().AsTask(), ct) : null;
            var repriced = new Repriced?[page.Count];
            // A thread of its own: the pool's are for the stations.
            await Task.Factory.StartNew(
                () => Parallel.For(0, page.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = ct }, i => repriced[i] = One(page, i, places[i], tariff, markets[i], filter)),
                ct, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            yield return new RepricedPage([.. repriced.OfType<Repriced>()], page.Count, page.Last);
            more = next is null ? await pages.MoveNextAsync() : await next;
        }
    }

    /// <summary>Where a station stands, as it was found when its first session came; null: nowhere.</summary>
    public async ValueTask<LocationId?> LocationAsync(TenantId tenant, StationId station, CancellationToken ct)
    {
        if (_locations.TryGetValue(station, out var location)) return location;
        return _locations[station] = (await stations.FindAsync(tenant, station, ct))?.Location;
    }

    /// <summary>For each session of the page the prices of its time.</summary>
    private async Task FindAsync(TenantId tenant, Tariff tariff, IReadOnlyCollection<string> names, IArchivePage page, PastCurves[] markets, CancellationToken ct)
    {
        Array.Fill(markets, PastCurves.None);
        if (names.Count == 0) return;
        for (var first = 0; first < page.Count;)
        {
            // A page is in the order of the starts.
            var (from, until) = page.TimeOf(first);
            var last = first;
            for (; last < page.Count && page.TimeOf(last) is var time && time.From - from <= Stretch; last++) until = Instant.Max(until, time.Until);
            var market = PastCurves.Of(tariff, await prices(tenant, tariff.Currency, names, from, until + Duration.FromMilliseconds(1), ct));
            Array.Fill(markets, market, first, last - first);
            first = last;
        }
    }

    private static Repriced? One(IArchivePage page, int index, LocationId? location, Tariff tariff, PastCurves market, SimulationFilter filter)
    {
        if (filter.Location is { } wanted && location != wanted) return null;
        var session = page.Read(index);
        return filter.Tariff is { } pinned && session.Tariff?.Id != pinned ? null : Repriced.Of(session, tariff, market);
    }
}
