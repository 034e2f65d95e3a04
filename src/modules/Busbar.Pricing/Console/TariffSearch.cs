using Busbar.Identity.Http;
using Busbar.Shell;

namespace Busbar.Pricing.Console;

/// <summary>Tariffs by a part of their name, or by id; a tenant has few.</summary>
internal sealed class TariffSearch(TariffReading reading) : ISearch
{
    public string Scope => Identity.Http.Scope.TariffsRead;

    public string Title => TariffTexts.Say("tariffs");

    public async Task<IReadOnlyList<SearchHit>> FindAsync(Caller caller, string text, int most, CancellationToken ct) =>
        [.. (await reading.ListAsync(caller, new TariffFilter(null, text), 0, most, ct)).Items
            .Select(tariff => new SearchHit(TariffTexts.To(tariff.Row.Id), tariff.Row.Name, TariffTexts.State(tariff.Row.State).Text))];
}
