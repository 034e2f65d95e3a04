using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Busbar.Kernel;
using Busbar.Ocpi;
using Busbar.Rating;
using NodaTime;
using V211 = Busbar.Ocpi.V211;
using V221 = Busbar.Ocpi.V221;
using V230 = Busbar.Ocpi.V230;

namespace Busbar.Pricing;

/// <summary>The OCPI versions that a tariff can be read from and written to.</summary>
internal enum OcpiTariffVersion
{
    V221,
    V230,
    V211,
}

/// <summary>A tariff read from OCPI, or why there is none.</summary>
/// <param name="Version">As given, or inferred: 2.3.0 when the object has a member that only 2.3.0 has. 2.1.1 is never inferred: its objects are good 2.2.1.</param>
/// <param name="Tariff">Linted; null when there are faults.</param>
/// <param name="Faults">By JSON pointer into the OCPI object.</param>
/// <param name="Lost">JSON pointers of members that were understood but do not bear on the price and are not kept.</param>
internal sealed record OcpiTariffRead(OcpiTariffVersion Version, Tariff? Tariff, IReadOnlyList<TariffFault> Faults, IReadOnlyList<string> Lost)
{
    /// <summary>What was read where only the lint has faults: for who wants to mend it.</summary>
    public Tariff? Faulty { get; init; }

    internal TariffExtensions? Extensions { get; init; }

    /// <summary>A pointer into the tariff's own JSON as one into the OCPI object.</summary>
    public string PointerOf(string pointer) => Tariff is { } tariff ? OcpiPointers.ToOcpi(pointer, Version, tariff, Extensions) : pointer;
}

/// <summary>A tariff as OCPI JSON.</summary>
/// <param name="Json">UTF-8. Null: nothing of the tariff can be said, and an object without elements is none (mod_tariffs, elements: one or more).</param>
/// <param name="Lost">What the object does not say. A partner who prices by it may come to another amount.</param>
internal sealed record OcpiTariffWritten(byte[]? Json, IReadOnlyList<Loss> Lost);

/// <summary>What names a tariff among parties, and when it applies.</summary>
/// <param name="CountryCode">Null where the tenant is no party yet; so with <paramref name="PartyId"/>.</param>
internal sealed record OcpiTariffName(string? CountryCode, string? PartyId, string Id, Instant LastUpdated, Instant? From = null, Instant? Until = null);

/// <summary>OCPI 2.1.1, 2.2.1 and 2.3.0 tariff objects to the rater's tariffs and back (mod_tariffs). Pure.</summary>
internal static class OcpiTariffs
{
    /// <summary>Reads strictly: unknown and repeated members are faults; so is what the lint finds.</summary>
    public static OcpiTariffRead Read(ReadOnlySpan<byte> json, OcpiTariffVersion? version = null)
    {
        var faults = new List<TariffFault>();
        var known = version ?? OcpiTariffVersion.V221;
        V230.Tariff? wire;
        try
        {
            known = version ?? Infer(json);
            wire = known switch
            {
                OcpiTariffVersion.V211 => OcpiVersions.Upgraded(Parse(json, OcpiJson211.Default.Tariff211)),
                OcpiTariffVersion.V221 => OcpiVersions.Upgraded(Parse(json, OcpiJson.Default.Tariff221)),
                _ => Parse(json, OcpiJson.Default.Tariff230),
            };
        }
        catch (JsonException broken)
        {
            faults.Add(new TariffFault(JsonPaths.ToPointer(broken.Path), "malformed", JsonPaths.WithoutPath(broken.Message)));
            return new OcpiTariffRead(known, null, faults, []);
        }

        if (OcpiReading.Missing(wire) is { } missing)
        {
            faults.Add(new TariffFault(missing, "malformed", "An object was expected."));
            return new OcpiTariffRead(known, null, faults, []);
        }
        var tariff = OcpiReading.Read(wire, known, faults);
        var isRead = faults.Count == 0;
        if (isRead) faults.AddRange(TariffLint.Check(tariff).Select(fault => fault with { Pointer = OcpiPointers.ToOcpi(fault.Pointer, known, tariff, wire.Extensions) }));
        return new OcpiTariffRead(known, faults.Count == 0 ? tariff : null, faults, Lost(wire)) { Faulty = isRead ? tariff : null, Extensions = wire.Extensions };
    }

    /// <summary>Writes for our own API: with the extensions, which say all that OCPI cannot.</summary>
    public static OcpiTariffWritten Write(Tariff tariff, OcpiTariffVersion version) => new(Bytes(OcpiWriting.Own(tariff, version), version), []);

    /// <summary>Writes for a partner: what everybody pays, as OCPI can say it, by the taxes and the market of the moment's day.</summary>
    public static OcpiTariffWritten Write(Tariff tariff, OcpiTariffVersion version, OcpiTariffName name, ProjectionMoment moment)
    {
        var losses = new List<Loss>();
        return new OcpiTariffWritten(OcpiWriting.ForPartner(tariff, version, name, moment, losses) is { } wire ? Bytes(wire, version) : null, losses);
    }

    /// <summary>Null: none of ours.</summary>
    public static OcpiTariffVersion? VersionNamed(string? name) => name switch { "2.1.1" => OcpiTariffVersion.V211, "2.2.1" => OcpiTariffVersion.V221, "2.3.0" => OcpiTariffVersion.V230, _ => null };

    /// <summary><c>2.2.1</c>.</summary>
    public static string NameOf(OcpiTariffVersion version) => version switch { OcpiTariffVersion.V211 => "2.1.1", OcpiTariffVersion.V221 => "2.2.1", _ => "2.3.0" };

    private static byte[] Bytes(V230.Tariff wire, OcpiTariffVersion version) => version switch
    {
        OcpiTariffVersion.V211 => JsonSerializer.SerializeToUtf8Bytes(OcpiVersions.To211(wire), OcpiJson211.Default.Tariff211),
        OcpiTariffVersion.V221 => JsonSerializer.SerializeToUtf8Bytes(OcpiVersions.To221(wire), OcpiJson.Default.Tariff221),
        _ => JsonSerializer.SerializeToUtf8Bytes(wire, OcpiJson.Default.Tariff230),
    };

    private static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type) where T : class =>
        JsonSerializer.Deserialize(json, type) ?? throw new JsonException("A tariff is an object.");

    private static OcpiTariffVersion Infer(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new JsonException("A tariff is an object.");
        var only230 = root.TryGetProperty("tax_included", out _) || root.TryGetProperty("preauthorize_amount", out _)
            || HasTaxes("min_price") || HasTaxes("max_price");
        return only230 ? OcpiTariffVersion.V230 : OcpiTariffVersion.V221;

        bool HasTaxes(string price) =>
            root.TryGetProperty(price, out var bound) && bound.ValueKind == JsonValueKind.Object && (bound.TryGetProperty("before_taxes", out _) || bound.TryGetProperty("after_taxes", out _));
    }

    private static string[] Lost(V230.Tariff wire)
    {
        (bool Present, string Pointer)[] all =
        [
            (wire.Type is not null, "/type"), (wire.TariffAltText is { Count: > 0 }, "/tariff_alt_text"), (wire.TariffAltUrl is not null, "/tariff_alt_url"),
            (wire.PreauthorizeAmount is not null, "/preauthorize_amount"), (wire.StartDateTime is not null, "/start_date_time"), (wire.EndDateTime is not null, "/end_date_time"),
            (wire.EnergyMix is not null, "/energy_mix"),
        ];
        return [.. all.Where(member => member.Present).Select(member => member.Pointer)];
    }
}

/// <summary>One version's object as another's.</summary>
internal static class OcpiVersions
{
    public static V230.Tariff Upgraded(V211.Tariff old) => new()
    {
        Currency = old.Currency, TariffAltText = old.TariffAltText, TariffAltUrl = old.TariffAltUrl, EnergyMix = old.EnergyMix,
        Elements = [.. old.Elements.Select(element => element is null ? null! : new V221.TariffElement
        {
            PriceComponents = [.. element.PriceComponents.Select(component => component is null ? null! : new V221.PriceComponent { Type = component.Type, Price = component.Price, StepSize = component.StepSize })],
            Restrictions = element.Restrictions is not { } when ? null : new V221.TariffRestrictions
            {
                StartTime = when.StartTime, EndTime = when.EndTime, StartDate = when.StartDate, EndDate = when.EndDate, MinKwh = when.MinKwh, MaxKwh = when.MaxKwh,
                MinPower = when.MinPower, MaxPower = when.MaxPower, MinDuration = when.MinDuration, MaxDuration = when.MaxDuration, DayOfWeek = when.DayOfWeek,
            },
        })],
    };

    public static V230.Tariff Upgraded(V221.Tariff old) => new()
    {
        Currency = old.Currency, Type = old.Type, TariffAltText = old.TariffAltText, TariffAltUrl = old.TariffAltUrl, Elements = old.Elements,
        MinPrice = old.MinPrice is { } min ? new() { BeforeTaxes = min.ExclVat, AfterTaxes = min.InclVat } : null,
        MaxPrice = old.MaxPrice is { } max ? new() { BeforeTaxes = max.ExclVat, AfterTaxes = max.InclVat } : null,
        StartDateTime = old.StartDateTime, EndDateTime = old.EndDateTime, EnergyMix = old.EnergyMix, Extensions = old.Extensions,
    };

    public static V221.Tariff To221(V230.Tariff wire) => new()
    {
        CountryCode = wire.CountryCode, PartyId = wire.PartyId, Id = wire.Id, Currency = wire.Currency, TariffAltText = wire.TariffAltText, Elements = wire.Elements,
        StartDateTime = wire.StartDateTime, EndDateTime = wire.EndDateTime, LastUpdated = wire.LastUpdated, Extensions = wire.Extensions,
        MinPrice = wire.MinPrice is { } min ? new() { ExclVat = min.BeforeTaxes, InclVat = min.AfterTaxes } : null,
        MaxPrice = wire.MaxPrice is { } max ? new() { ExclVat = max.BeforeTaxes, InclVat = max.AfterTaxes } : null,
    };

    public static V211.Tariff To211(V230.Tariff wire) => new()
    {
        Id = wire.Id, Currency = wire.Currency, TariffAltText = wire.TariffAltText, LastUpdated = wire.LastUpdated,
        Elements = [.. wire.Elements.Select(element => new V211.TariffElement
        {
            PriceComponents = [.. element.PriceComponents.Select(component => new V211.PriceComponent { Type = component.Type, Price = component.Price, StepSize = component.StepSize })],
            Restrictions = element.Restrictions is not { } when ? null : new V211.TariffRestrictions
            {
                StartTime = when.StartTime, EndTime = when.EndTime, StartDate = when.StartDate, EndDate = when.EndDate, MinKwh = when.MinKwh, MaxKwh = when.MaxKwh,
                MinPower = when.MinPower, MaxPower = when.MaxPower, MinDuration = when.MinDuration, MaxDuration = when.MaxDuration, DayOfWeek = when.DayOfWeek,
            },
        })],
    };
}
