using System.Globalization;
using System.Text.RegularExpressions;
using Busbar.Egress.Contracts;
using Microsoft.Extensions.Options;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing.Market;

/// <summary>
/// The transparency platform's REST interface: <c>documentType=A44</c> of one bidding zone, both <c>in_Domain</c> and <c>out_Domain</c>. Where it has nothing yet it answers with an
/// acknowledgement document.
/// </summary>
internal sealed partial class EntsoeProvider(IGuardedHttp http, IOptions<PricingOptions> options) : ICurveProvider
{
    private const int QuarterHour = 900;
    private static readonly InstantPattern Time = InstantPattern.CreateWithInvariantCulture("uuuuMMddHHmm");

    // The operator's own, and not what tenants name: what may be reached for it is configured under Busbar:Egress:Purposes:Entsoe.
    private static readonly EgressPurpose Purpose = new("Entsoe");

    public CurveSourceKind Kind => CurveSourceKind.Entsoe;

    public string? Fault(string from, int stepSeconds) =>
        options.Value.EntsoeToken is not { Length: > 0 } ? $"Needs {PricingOptions.Section}:EntsoeToken on the server."
        // The coupled market has quarter-hours since 2025-10-01; hours of other markets fill four of them.
        : stepSeconds != QuarterHour ? "Needs a curve of 900 seconds: the market has quarter-hours."
        : Eic().IsMatch(from) ? null : "Must be the EIC code of a bidding zone, such as 10YNL----------L.";

    public async Task<CurveRead> FetchAsync(CurveQuestion question, CancellationToken ct)
    {
        var (zone, token) = (Uri.EscapeDataString(question.From), Uri.EscapeDataString(options.Value.EntsoeToken ?? ""));
        var asked = string.Create(CultureInfo.InvariantCulture,
            $"{options.Value.EntsoeUrl}?documentType=A44&in_Domain={zone}&out_Domain={zone}&periodStart={Time.Format(question.Begin)}&periodEnd={Time.Format(question.End)}&securityToken={token}");
        using var answer = await http.For(Purpose).GetAsync(new Uri(asked), ct);
        if (!answer.IsSuccessStatusCode) return MarketHttp.Refused(answer);
        await using var body = await answer.Content.ReadAsStreamAsync(ct);
        return EntsoeDocument.Read(body, question.StepSeconds);
    }

    // ENTSO-E: The Energy Identification Coding Scheme: two digits of the office, a letter, twelve characters, a check character.
    [GeneratedRegex("^[0-9]{2}[A-Z][A-Z0-9-]{12}[A-Z0-9]$")]
    private static partial Regex Eic();
}

/// <summary>A <see cref="PriceDocument"/> of whoever tells one.</summary>
internal sealed class JsonProvider(IGuardedHttp http) : ICurveProvider
{
    // What a tenant may have asked for is configured under Busbar:Egress:Purposes:Prices, for all tenants alike.
    private static readonly EgressPurpose Purpose = new("Prices");

    public CurveSourceKind Kind => CurveSourceKind.Json;

    public string? Fault(string from, int stepSeconds) => Url(from, default, default) is { UserInfo: "" } url && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp) && HasHost(url)
        ? null : "Must be a URL without a user, such as https://prices.example.com/spot.json?from={from}&until={until}.";

    public async Task<CurveRead> FetchAsync(CurveQuestion question, CancellationToken ct)
    {
        using var answer = await http.For(Purpose).GetAsync(Url(question.From, question.Begin, question.End), ct);
        return answer.IsSuccessStatusCode ? PriceDocument.Read(await answer.Content.ReadAsByteArrayAsync(ct), question.StepSeconds) : MarketHttp.Refused(answer);
    }

    private static bool HasHost(Uri url)
    {
        // Some names are only found to be none when they are written for the network.
        try { return url.IdnHost.Length > 0; }
        catch (UriFormatException) { return false; }
    }

    private static Uri? Url(string from, Instant begin, Instant end)
    {
        var text = from.Replace("{from}", Said(begin), StringComparison.Ordinal).Replace("{until}", Said(end), StringComparison.Ordinal);
        return Uri.TryCreate(text, UriKind.Absolute, out var url) ? url : null;
    }

    private static string Said(Instant at) => Uri.EscapeDataString(InstantPattern.General.Format(at));
}

internal static class MarketHttp
{
    public static CurveRead.Wrong Refused(HttpResponseMessage answer) => new($"It answered with {(int)answer.StatusCode}.");
}
