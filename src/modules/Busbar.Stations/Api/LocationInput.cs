using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using NodaTime;

namespace Busbar.Stations.Api;

/// <summary>Degrees, WGS 84; as numbers, or as the decimal texts that OCPI uses.</summary>
[JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
internal sealed record Coordinates(decimal Latitude, decimal Longitude)
{
    /// <summary>As people type them or copy them from a map: two numbers with a comma or a semicolon between, or a blank. Nothing is null.</summary>
    public static bool TryRead(string text, out Coordinates? read)
    {
        read = null;
        if (string.IsNullOrWhiteSpace(text)) return true;
        // A decimal comma needs another sign between the two.
        var parts = text.Split(';', StringSplitOptions.TrimEntries) is { Length: 2 } both ? both : text.Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != 2 || !TryDegrees(parts[0], out var latitude) || !TryDegrees(parts[1], out var longitude)) return false;
        read = new Coordinates(latitude, longitude);
        return true;
    }

    private static bool TryDegrees(string text, out decimal degrees) =>
        decimal.TryParse(text.Replace(',', '.'), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out degrees);
}

/// <summary>Either always, or by weekday (1 is Monday) from a time to a time, <c>HH:mm</c> in the location's zone.</summary>
internal sealed record OpeningHours
{
    public bool? TwentyFourSeven { get; init; }
    public IReadOnlyList<RegularHours>? Regular { get; init; }
}

internal sealed record RegularHours(int Weekday, string From, string To);

internal sealed partial record LocationInput
{
    public required string Name { get; init; }
    public required string TimeZone { get; init; }
    public required string Country { get; init; }
    public required string Address { get; init; }
    public required string City { get; init; }
    public string? PostalCode { get; init; }
    public Coordinates? Coordinates { get; init; }
    public Currency? Currency { get; init; }
    public OpeningHours? OpeningHours { get; init; }

    private const decimal E7 = 10_000_000m;

    public Check Examine()
    {
        var check = new Check();
        check.Text(Name, "/name", 200);
        check.That(Zones.TryFind(TimeZone, out _), "/timeZone", "invalidValue", "Must be an IANA time zone, such as Europe/Amsterdam.");
        check.That(CountryCode().IsMatch(Country), "/country", "invalidValue", "Must be an ISO 3166 code in capitals, such as NL or NLD.");
        check.Text(Address, "/address", 200);
        check.Text(City, "/city", 100);
        check.OptionalText(PostalCode, "/postalCode", 20);
        if (Coordinates is { } at)
        {
            check.That(at.Latitude is >= -90 and <= 90, "/coordinates/latitude", "invalidValue", "Must be -90 to 90 degrees.");
            check.That(at.Longitude is >= -180 and <= 180, "/coordinates/longitude", "invalidValue", "Must be -180 to 180 degrees.");
        }
        ExamineHours(check);
        return check;
    }

    private void ExamineHours(Check check)
    {
        if (OpeningHours is not { } hours) return;
        check.That(hours.TwentyFourSeven == true != hours.Regular is not null, "/openingHours", "invalidValue", "Either twentyFourSeven is true, or regular lists the hours.");
        for (var i = 0; i < (hours.Regular?.Count ?? 0); i++)
        {
            var (weekday, from, to) = hours.Regular![i];
            check.That(weekday is >= 1 and <= 7, $"/openingHours/regular/{i}/weekday", "invalidValue", "Must be 1 (Monday) to 7.");
            check.That(TimeOfDay().IsMatch(from), $"/openingHours/regular/{i}/from", "invalidValue", "Must be a time such as 08:00.");
            check.That(TimeOfDay().IsMatch(to), $"/openingHours/regular/{i}/to", "invalidValue", "Must be a time such as 20:00.");
        }
    }

    public LocationRow ToRow(TenantId tenant, LocationId id, Instant now)
    {
        var row = new LocationRow
        {
            TenantId = tenant, Id = id, Name = Name, TimeZone = TimeZone, Country = Country, Address = Address, City = City, CreatedAt = now,
        };
        WriteTo(row);
        return row;
    }

    public void WriteTo(LocationRow row)
    {
        (row.Name, row.TimeZone, row.Country, row.Address, row.City, row.PostalCode) = (Name, TimeZone, Country, Address, City, PostalCode);
        row.LatitudeE7 = Coordinates is null ? null : decimal.ToInt64(decimal.Round(Coordinates.Latitude * E7));
        row.LongitudeE7 = Coordinates is null ? null : decimal.ToInt64(decimal.Round(Coordinates.Longitude * E7));
        row.Currency = Currency?.Code;
        row.OpeningHours = OpeningHours is null ? null : JsonSerializer.Serialize(OpeningHours, ApiJson.Options);
    }

    public static LocationInput Of(LocationRow row) => new()
    {
        Name = row.Name, TimeZone = row.TimeZone, Country = row.Country, Address = row.Address, City = row.City, PostalCode = row.PostalCode,
        Coordinates = row is { LatitudeE7: { } latitude, LongitudeE7: { } longitude } ? new Coordinates(latitude / E7, longitude / E7) : null,
        Currency = row.Currency is { } code ? Currency.Parse(code) : null,
        OpeningHours = row.OpeningHours is { } json ? JsonSerializer.Deserialize<OpeningHours>(json, ApiJson.Options) : null,
    };

    [GeneratedRegex("^[A-Z]{2,3}\\z")]
    private static partial Regex CountryCode();

    [GeneratedRegex("^([01][0-9]|2[0-3]):[0-5][0-9]\\z|^24:00\\z")]
    private static partial Regex TimeOfDay();
}

internal sealed record LocationView(
    LocationId Id, string Name, string TimeZone, string Country, string Address, string City, string? PostalCode, Coordinates? Coordinates,
    Currency? Currency, OpeningHours? OpeningHours, Instant CreatedAt)
{
    public static LocationView Of(LocationRow row)
    {
        var said = LocationInput.Of(row);
        return new(row.Id, said.Name, said.TimeZone, said.Country, said.Address, said.City, said.PostalCode, said.Coordinates, said.Currency, said.OpeningHours, row.CreatedAt);
    }
}
