using System.Globalization;
using Busbar.Customers;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>What a station shows: the tariffs that apply there, in every language.</summary>
internal sealed class PriceDisplay(ITariffBook book, ICurveBook curves, IStationCatalog stations, ITokenBook tokens) : IPriceDisplay
{
    private const int MaximumText = 512;

    // Several prices share one text. It is kept whole where a station takes less (1.6), since what is cut off would be a price.
    private const int MaximumTogether = 400;
    private const int LeastText = 24;
    private const string Between = " | ";

    public async ValueTask<StationPrices> FindAsync(ScreenQuestion question, CancellationToken ct)
    {
        if (await stations.FindAsync(question.Tenant, question.Station, ct) is not { } card) return StationPrices.None;
        var known = question.Token is null ? null : await tokens.JudgeAsync(question.Tenant, question.Token.Uid, question.At, ct);
        var byEvse = new List<(int Evse, PinnedTariff? Pin)>(card.Evses.Count);
        foreach (var evse in card.Evses) byEvse.Add((evse, await PinAsync(evse)));
        // An EVSE that nobody has told of has the station's own price.
        var whole = byEvse is [var (_, first), ..] && byEvse.TrueForAll(at => IsSame(at.Pin, first)) ? first : await PinAsync(0);
        var asRead = new Dictionary<(TariffId, int), (Tariff Tariff, ProjectionMoment Moment)>();
        foreach (var pin in byEvse.Select(at => at.Pin).Append(whole).OfType<PinnedTariff>()) await ReadAsync(pin);
        var shown = new Dictionary<(TariffId, int), DisplayPrice>();
        var apart = byEvse.Where(at => !IsSame(at.Pin, whole)).ToDictionary(at => at.Evse, at => Show(at.Pin));
        return apart.Count == 0 ? StationPrices.Of(Show(whole)) : new StationPrices(Show(whole), apart, Languages().ToDictionary(language => language, Together, StringComparer.Ordinal));

        ValueTask<PinnedTariff?> PinAsync(int evse) => book.FindAsync(new TariffQuestion(question.Tenant, card.Location?.Value, question.Station, evse, null, question.At).For(known, question.Token), ct);

        // As this driver has it, with the market's prices of the moment.
        async ValueTask ReadAsync(PinnedTariff pin)
        {
            if (asRead.ContainsKey((pin.Id, pin.Version))) return;
            var theirs = DisplayText.For(pin.Tariff, known?.GroupId);
            var market = await curves.FindAsync(question.Tenant, theirs, question.At, question.At + Duration.Epsilon, ct);
            asRead[(pin.Id, pin.Version)] = (theirs, new ProjectionMoment(question.At, Zones.Find(card.TimeZone), market));
        }

        DisplayPrice? Show(PinnedTariff? pin)
        {
            if (pin is null) return null;
            if (shown.TryGetValue((pin.Id, pin.Version), out var same)) return same;
            return shown[(pin.Id, pin.Version)] = new DisplayPrice(DisplayPrice.NameOf(pin.Id.ToString(), pin.Version), pin.Tariff,
                Languages().ToDictionary(language => language, language => TextOf(pin, language, MaximumText), StringComparer.Ordinal));
        }

        string TextOf(PinnedTariff pin, string language, int most)
        {
            var (tariff, moment) = asRead[(pin.Id, pin.Version)];
            return DisplayText.Of(tariff, language, most, moment.Day, moment).Text;
        }

        string Together(string language)
        {
            var prices = byEvse.Where(at => at.Pin is not null).GroupBy(at => (at.Pin!.Id, at.Pin.Version)).Select(same => (same.First().Pin!,
                At: string.Join(", ", same.Select(at => at.Evse.ToString(CultureInfo.InvariantCulture))))).ToList();
            var named = prices.Sum(price => DisplayText.At(price.At, "", language).Length) + Between.Length * (prices.Count - 1);
            var most = Math.Max(LeastText, (MaximumTogether - named) / Math.Max(1, prices.Count));
            return string.Join(Between, prices.Select(price => DisplayText.At(price.At, TextOf(price.Item1, language, most), language)));
        }

        // OrderBy keeps the order of equals.
        IEnumerable<string> Languages() => DisplayText.Languages.OrderBy(language => !IsAsked(language));

        bool IsAsked(string language) => question.Language?.Split('-')[0].Equals(language, StringComparison.OrdinalIgnoreCase) == true;
    }

    private static bool IsSame(PinnedTariff? one, PinnedTariff? other) => one?.Id == other?.Id && one?.Version == other?.Version;
}
