using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Busbar.Kernel;

/// <summary>An ISO 4217 currency: its alphabetic code and how many decimals an amount that is paid has.</summary>
public sealed record Currency
{
    // ISO 4217 list one: the codes whose minor unit is not 2. Every other active code has 2.
    private static readonly string[] NoDecimals =
        ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"];

    private static readonly string[] ThreeDecimals = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

    private static readonly string[] TwoDecimals =
    [
        "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND", "BOB", "BRL", "BSD", "BTN",
        "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR",
        "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES",
        "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR",
        "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON",
        "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS",
        "TMT", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VES", "WST", "XCD", "YER", "ZAR", "ZMW", "ZWG",
    ];

    private static readonly FrozenDictionary<string, Currency> Known =
        NoDecimals.Select(code => new Currency(code, 0))
            .Concat(ThreeDecimals.Select(code => new Currency(code, 3)))
            .Concat(TwoDecimals.Select(code => new Currency(code, 2)))
            .ToFrozenDictionary(currency => currency.Code, StringComparer.Ordinal);

    private Currency(string code, int decimals) => (Code, Decimals) = (code, decimals);

    /// <summary>Three upper-case letters.</summary>
    public string Code { get; }

    /// <summary>Digits after the point of an amount that is paid: 2 for EUR, 0 for JPY, 3 for KWD.</summary>
    public int Decimals { get; }

    public static Currency Eur { get; } = Known["EUR"];

    public static bool TryParse([NotNullWhen(true)] string? code, [NotNullWhen(true)] out Currency? currency)
    {
        currency = null;
        return code is not null && Known.TryGetValue(code, out currency);
    }

    /// <exception cref="ArgumentException">The code is not an active ISO 4217 code in upper case.</exception>
    public static Currency Parse(string code) =>
        TryParse(code, out var currency) ? currency : throw new ArgumentException($"'{code}' is not an ISO 4217 currency code.", nameof(code));

    public override string ToString() => Code;
}
