using System.Net;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Pricing;

public sealed class BadTariffTests(Servers servers)
{
    private const string Price = """{"type":"ENERGY","price":1,"step_size":1}""";

    [Fact]
    public Task A_negative_step_is_refused() =>
        RefusedAsync("""[{"price_components":[{"type":"ENERGY","price":1,"step_size":-1}]}]""", "/tariff/elements/0/price_components/0/step_size");

    [Fact]
    public Task An_empty_window_is_refused() =>
        RefusedAsync($$$"""[{"price_components":[{{{Price}}}],"restrictions":{"start_time":"08:00","end_time":"08:00"}}]""", "/tariff/elements/0/restrictions/end_time");

    [Fact]
    public Task Overlapping_windows_of_which_one_never_applies_are_refused() =>
        RefusedAsync($$$"""[{"price_components":[{{{Price}}}],"restrictions":{"min_kwh":5}},{"price_components":[{{{Price}}}],"restrictions":{"min_kwh":10}}]""", "/tariff/elements/1/price_components/0");

    [Fact]
    public Task Ten_thousand_elements_are_refused() =>
        RefusedAsync($"[{string.Join(',', Enumerable.Repeat($$"""{"price_components":[{{Price}}]}""", 10_000))}]", "/tariff/elements");

    [Fact]
    public Task An_unknown_currency_is_refused() => RefusedAsync($$"""[{"price_components":[{{Price}}]}]""", "/tariff/currency", currency: "ZZZ");

    [Theory]
    [InlineData("Day\u202Eyad")]
    [InlineData("Day\u0000")]
    [InlineData("Day\nNight")]
    [InlineData("\u200BDay")]
    public Task A_hostile_name_is_refused(string name) => RefusedAsync($$"""[{"price_components":[{{Price}}]}]""", "/name", name: name);

    private async Task RefusedAsync(string elements, string pointer, string name = "T", string currency = "EUR")
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var answer = await api.PostAsync("tariffs", $$"""{"name":{{System.Text.Json.JsonSerializer.Serialize(name)}},"currency":"EUR","tariff":{"currency":"{{currency}}","elements":{{elements}}} }""");
        answer.Is(HttpStatusCode.BadRequest);
        Assert.Contains(pointer, answer.Pointers);
        Assert.Empty((await api.GetAsync("tariffs")).Items);
    }
}
