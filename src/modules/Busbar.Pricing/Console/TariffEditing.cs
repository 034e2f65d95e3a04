using System.Text.Json;
using System.Text.Json.Nodes;
using Busbar.Identity.Http;
using Busbar.Pricing.Api;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using NodaTime.Text;
using static Busbar.Pricing.Console.TariffTexts;

namespace Busbar.Pricing.Console;

/// <param name="Base">The version that is succeeded: the newest draft that was made after what is active, else what is shown.</param>
/// <param name="Tariff">Null: its bytes are damaged.</param>
internal sealed record EditedTariff(TariffSheet Sheet, VersionRow Base, Tariff? Tariff);

/// <summary>Reads a tariff for its editor and keeps what was edited, by the desk that the API uses. A version that exists is never changed: each time another is made.</summary>
internal sealed class TariffEditing(TariffReading reading, TariffDesk desk, RoomDbFactory<PricingDb> rooms)
{
    private static readonly LocalDateTimePattern Field = LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm");

    /// <summary>Of an OCPI object, what says nothing of prices and is kept as it was.</summary>
    private static readonly string[] Beside = ["type", "tariff_alt_text", "tariff_alt_url", "preauthorize_amount", "energy_mix"];

    /// <summary>Null: there is no such tariff.</summary>
    public async Task<EditedTariff?> ReadAsync(Caller caller, string id, CancellationToken ct)
    {
        if (await reading.ReadAsync(caller, id, ct) is not { } sheet) return null;
        // An older draft was passed over when what is active was published: its prices are nobody's intention any more.
        var number = sheet.Versions.FirstOrDefault(version => version.State == VersionState.Draft && version.Version > (sheet.Row.ActiveVersion ?? 0))?.Version ?? sheet.Shown.Version;
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var row = await db.Versions.AsNoTracking().SingleAsync(version => version.TariffId == sheet.Row.Id && version.Version == number, ct);
        return new EditedTariff(sheet, row, TariffJson.TryRead(row.Canonical, out var tariff, out _) ? tariff : null);
    }

    /// <summary>What is wrong besides the tariff's own faults, in words; null: nothing.</summary>
    public static string? Examine(string name, Tariff tariff, Validity validity)
    {
        if (string.IsNullOrWhiteSpace(name)) return Say("name-missing");
        if (validity.From is { } from && validity.Until <= from) return Say("valid-empty");
        return Lost(tariff) is { Count: > 0 } lost ? Say("not-kept", string.Join(", ", lost)) : null;
    }

    /// <param name="row">As it was read; null: a new tariff.</param>
    /// <param name="before">Whose OCPI object has members that are no prices.</param>
    /// <param name="publish">It becomes what sessions cost that begin from now on.</param>
    /// <returns>The tariff's id, or why there is none.</returns>
    public async Task<(string? Id, string? Error)> KeepAsync(Caller caller, TariffRow? row, VersionRow? before, string name, Tariff tariff, Validity validity, bool publish, CancellationToken ct)
    {
        if (Examine(name, tariff, validity) is { } wrong) return (null, wrong);
        var document = Document(tariff, validity, before);
        var outcome = row is null
            ? await desk.CreateAsync(caller, new TariffInput { Name = name.Trim(), Currency = tariff.Currency, Tariff = document, OcpiVersion = "2.3.0", Draft = !publish }, ct)
            : await ChangeAsync(caller, row, before!, name.Trim(), tariff, validity, document, publish, ct);
        return outcome is TariffOutcome.Done done ? (done.Tariff.Id.ToString(), null) : (null, Words(outcome));
    }

    /// <summary>The OCPI 2.3.0 object that is stored: the prices, the days, and what stood beside them.</summary>
    public static JsonElement Document(Tariff tariff, Validity validity, VersionRow? before)
    {
        var document = JsonNode.Parse(OcpiTariffs.Write(tariff, OcpiTariffVersion.V230).Json!)!.AsObject();
        if (before is not null && JsonNode.Parse(before.Document) is JsonObject old)
            foreach (var member in Beside)
                if (old[member] is { } value && document[member] is null) document[member] = value.DeepClone();
        if (validity.From is { } from) document["start_date_time"] = InstantPattern.ExtendedIso.Format(from);
        if (validity.Until is { } until) document["end_date_time"] = InstantPattern.ExtendedIso.Format(until);
        return JsonSerializer.SerializeToElement(document, JsonSerializerOptions.Default);
    }

    /// <summary>What the stored form cannot say, by pointers into the tariff's JSON: it is not kept rather than kept as another price.</summary>
    public static IReadOnlyList<string> Lost(Tariff tariff)
    {
        var read = OcpiTariffs.Read(OcpiTariffs.Write(tariff, OcpiTariffVersion.V230).Json, OcpiTariffVersion.V230);
        return read.Tariff is { } again && TariffJson.Hash(again) == TariffJson.Hash(tariff) ? [] : [.. read.Faults.Select(fault => fault.Pointer).DefaultIfEmpty("/")];
    }

    /// <summary>A field for a moment; empty: none.</summary>
    public static string? Text(Instant? at, DateTimeZone zone) => at is { } moment ? Field.Format(moment.InZone(zone).LocalDateTime) : null;

    public static Instant? Moment(string? text, DateTimeZone zone) =>
        FormNumbers.Moment(text) is { Year: >= 1970 and <= 2200 } local ? zone.AtLeniently(local).ToInstant() : null;

    private async Task<TariffOutcome> ChangeAsync(
        Caller caller, TariffRow row, VersionRow before, string name, Tariff tariff, Validity validity, JsonElement document, bool publish, CancellationToken ct)
    {
        var id = row.Id.ToString();
        var revision = row.Revision;
        // A currency is the tariff's for good: its sessions and assignments were made with it.
        if (tariff.Currency.Code != row.Currency) return new TariffOutcome.Refused("differs", Say("currency-fixed", row.Currency));
        if (name != row.Name)
        {
            var renamed = await desk.RenameAsync(caller, id, RevisionGuard.Of(revision), name, ct);
            if (renamed is not TariffOutcome.Done named) return renamed;
            // The name is kept, whatever becomes of the prices: who tries again begins from there.
            (revision, row.Name, row.Revision) = (named.Tariff.Revision, name, named.Tariff.Revision);
        }
        var same = TariffJson.Hash(tariff) == before.Hash && validity == new Validity(before.ValidFrom, before.ValidUntil);
        if (!same) return await desk.AddVersionAsync(caller, id, RevisionGuard.Of(revision), new VersionInput { Tariff = document, OcpiVersion = "2.3.0", Draft = !publish }, ct);
        if (publish) return await desk.PublishAsync(caller, id, before.Version, RevisionGuard.Of(revision), ct);
        return new TariffOutcome.Done(row, before);
    }

    public static string Words(TariffOutcome outcome) => outcome switch
    {
        TariffOutcome.Wrong wrong => string.Join(" ", wrong.Check.Errors.Select(error => Fault(new TariffFault(error.Pointer, error.Error.Code, error.Error.Detail)))),
        TariffOutcome.Stale => Say("stale"),
        TariffOutcome.Refused refused => SayOr("refused-" + refused.Code, refused.Detail),
        _ => Say("gone"),
    };
}
