using System.Text;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing.Api;

/// <summary>An OCPI tariff object as a caller sent it, and what was read from it.</summary>
/// <param name="Bytes">As given.</param>
/// <param name="Ignored">JSON pointers of members that bear neither on the price nor on when it applies.</param>
internal sealed record OcpiDocument(byte[] Bytes, OcpiTariffVersion Version, Tariff Tariff, Validity Validity, IReadOnlyList<string> Ignored)
{
    private const string Pointer = "/tariff";
    private const int MaximumBytes = 1 << 20;

    /// <summary>What <see cref="Tariff"/> was read from.</summary>
    public required OcpiTariffRead Source { get; init; }

    /// <summary>Null where anything is wrong: it stands in <paramref name="check"/>, under <c>/tariff</c> and <c>/ocpiVersion</c>.</summary>
    /// <param name="currency">What the tariff's must be; null: any.</param>
    public static OcpiDocument? Read(JsonElement tariff, string? ocpiVersion, Currency? currency, Check check)
    {
        var version = OcpiTariffs.VersionNamed(ocpiVersion);
        if (!check.That(version is not null || ocpiVersion is null, "/ocpiVersion", "invalidValue", "Must be 2.1.1, 2.2.1 or 2.3.0.")) return null;
        if (!check.That(tariff.ValueKind == JsonValueKind.Object, Pointer, "invalidValue", "Must be an OCPI tariff object.")) return null;
        var bytes = Encoding.UTF8.GetBytes(tariff.GetRawText());
        if (!check.That(bytes.Length <= MaximumBytes, Pointer, "tooLarge", $"Must have at most {MaximumBytes} bytes.")) return null;

        var read = OcpiTariffs.Read(bytes, version);
        var wrong = new Check();
        OcpiShape.Compare(tariff, read.Version, Pointer, wrong);
        if (wrong.Ok)
        {
            foreach (var fault in read.Faults)
                wrong.Fail(Pointer + fault.Pointer, fault.Code == "malformed" ? "invalidValue" : fault.Code, fault.Code == "malformed" ? "The value has the wrong type or format." : fault.Detail);
            if (currency is not null && read.Tariff is { } found)
                wrong.That(found.Currency == currency, Pointer + "/currency", "differs", $"Must be {currency}, the currency beside it.");
        }
        var validity = new Validity(Date(tariff, "start_date_time", wrong), Date(tariff, "end_date_time", wrong));
        wrong.That(validity.From is null || !(validity.Until <= validity.From), Pointer + "/end_date_time", "emptyWindow", "Must lie after start_date_time.");
        check.Take(wrong);
        return wrong.Ok ? new OcpiDocument(bytes, read.Version, read.Tariff!, validity, [.. read.Lost.Except(["/start_date_time", "/end_date_time"])]) { Source = read } : null;
    }

    public VersionRow ToRow(TenantId tenant, TariffId id, int version, VersionState state, Instant now, string? author = null)
    {
        var canonical = TariffJson.Write(Tariff);
        return new VersionRow
        {
            TenantId = tenant, TariffId = id, Version = version, State = state, Hash = TariffJson.Hash(canonical), Canonical = canonical, Document = Bytes,
            OcpiVersion = OcpiTariffs.NameOf(Version), ValidFrom = Validity.From, ValidUntil = Validity.Until, CreatedAt = now, Author = author,
        };
    }

    /// <summary>What of a stored document was not kept, read again: the bytes are few and nobody asks often.</summary>
    public static IReadOnlyList<string> IgnoredIn(VersionRow row)
    {
        using var document = JsonDocument.Parse(row.Document);
        return Read(document.RootElement, row.OcpiVersion, null, new Check())?.Ignored ?? [];
    }

    // OCPI 2.2.1 types, DateTime: RFC 3339 in UTC, and without a zone it is UTC all the same.
    private static Instant? Date(JsonElement tariff, string member, Check check)
    {
        if (!tariff.TryGetProperty(member, out var value) || value.ValueKind != JsonValueKind.String) return null;
        var text = value.GetString()!;
        if (OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true } zoned && WrittenTime.Of(zoned.Value) is { } there) return there.TruncateToMilliseconds();
        if (LocalDateTimePattern.ExtendedIso.Parse(text) is { Success: true } local && WrittenTime.OfUtc(local.Value) is { } here) return here.TruncateToMilliseconds();
        check.Fail($"{Pointer}/{member}", "invalidValue", "Must be an RFC 3339 time in UTC.");
        return null;
    }
}
