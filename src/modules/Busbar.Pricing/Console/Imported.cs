using System.Text;
using System.Text.Json;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing.Console;

/// <summary>A tariff from a file, as the editor takes it.</summary>
/// <param name="Format">What it was read as.</param>
/// <param name="Form">Null: nothing could be made of it; else it may still have faults, which then stand at their fields.</param>
/// <param name="Faults">Where <paramref name="Form"/> is null: by pointers into the file.</param>
/// <param name="Lost">Pointers into the file: members that bear on no price and are not kept.</param>
/// <param name="Name">The file's own id of it, for one that has no name yet.</param>
internal sealed record Imported(string Format, TariffForm? Form, IReadOnlyList<TariffFault> Faults, IReadOnlyList<string> Lost, string? Name, Validity Validity)
{
    public const int MostBytes = 1 << 20;

    /// <summary>Of our own JSON, an OCPI object or an OCPP tariff, whichever it is.</summary>
    /// <param name="others">The formats that other rooms read.</param>
    public static Imported Read(string text, IEnumerable<ITariffProjection> others)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > MostBytes) return Nothing("JSON", new TariffFault("", "tooLarge", "At most a mebibyte."));
        JsonElement root;
        try { root = JsonElement.Parse(bytes); }
        catch (JsonException broken) { return Nothing("JSON", new TariffFault(JsonPaths.ToPointer(broken.Path), "malformed", JsonPaths.WithoutPath(broken.Message))); }
        if (root.ValueKind != JsonValueKind.Object) return Nothing("JSON", new TariffFault("", "malformed", "An object was expected."));
        // A partner's answer has the object in "data" (OCPI transport_and_format, response format).
        if (!root.TryGetProperty("elements", out _) && root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object)
        {
            root = data;
            bytes = Encoding.UTF8.GetBytes(data.GetRawText());
        }
        // A station's tariff may stand in the message that gave it (OCPP 2.1 SetDefaultTariffRequest).
        var told = root.TryGetProperty("tariff", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
        return root.TryGetProperty("taxMode", out _) ? Own(bytes) : told.TryGetProperty("tariffId", out _) && others.FirstOrDefault() is { } other ? Told(told, other) : Ocpi(root, bytes);
    }

    // A price that cannot be read would be missing without anybody's seeing it: then nothing is taken.
    private static Imported Told(JsonElement told, ITariffProjection other)
    {
        var read = other.Read(Encoding.UTF8.GetBytes(told.GetRawText()));
        return read is { Tariff: { } tariff, Lost.Count: 0 }
            ? new Imported(other.Title, TariffForm.Of(tariff), [], [], read.Name, new Validity(read.ValidFrom, null))
            : new Imported(other.Title, null, [.. read.Lost.Select(lost => new TariffFault(lost.Pointer, lost.Code, lost.Detail))], [], null, default);
    }

    private static Imported Own(byte[] bytes) =>
        TariffJson.TryRead(bytes, out var tariff, out var fault) ? new Imported("Busbar", TariffForm.Of(tariff), [], [], null, default) : Nothing("Busbar", fault);

    private static Imported Ocpi(JsonElement root, byte[] bytes)
    {
        var read = OcpiTariffs.Read(bytes);
        var format = "OCPI " + OcpiTariffs.NameOf(read.Version);
        // One that can be read but not used goes into the editor all the same: there its faults are shown where they can be mended.
        return (read.Tariff ?? read.Faulty) is not { } tariff
            ? new Imported(format, null, read.Faults, [], null, default)
            : new Imported(format, TariffForm.Of(tariff), [], [.. read.Lost.Except(["/start_date_time", "/end_date_time"])], NameOf(root), new Validity(Date(root, "start_date_time"), Date(root, "end_date_time")));
    }

    private static Imported Nothing(string format, TariffFault fault) => new(format, null, [fault], [], null, default);

    private static string? NameOf(JsonElement root) => root.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 and <= 200 } name ? name : null;

    // OCPI DateTime: UTC, with or without a Z.
    private static Instant? Date(JsonElement root, string member)
    {
        if (!root.TryGetProperty(member, out var value) || value.ValueKind != JsonValueKind.String) return null;
        var text = value.GetString()!;
        return OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true } zoned ? WrittenTime.Of(zoned.Value)
            : LocalDateTimePattern.ExtendedIso.Parse(text) is { Success: true } local ? WrittenTime.OfUtc(local.Value) : null;
    }
}
