using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Busbar.Pricing;
using Busbar.Rating;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Tests.Pricing;

/// <summary>
/// Golden folders: <c>tests/data/projections/&lt;case&gt;/{tariff,expected}.json</c>: the forms of a tariff, and what each has lost. A <c>moment.json</c> says when and where, and what the
/// market costs; without it, it is noon of 2026-06-01 in UTC and nobody knows.
/// </summary>
public sealed class GoldenProjectionTests
{
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Data).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    private static string Data => Path.Combine(Repository.Root, "tests", "data", "projections");

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_golden_tariff_reads_elsewhere_as_it_was_looked_at(string name)
    {
        var folder = Path.Combine(Data, name);
        var tariff = TariffJson.Read(File.ReadAllBytes(Path.Combine(folder, "tariff.json")));
        Assert.Empty(TariffLint.Check(tariff));

        var actual = Project(tariff, MomentOf(Path.Combine(folder, "moment.json"))).ToJsonString(Form);

        Assert.Equal(File.ReadAllText(Path.Combine(folder, "expected.json")).ReplaceLineEndings("\n").TrimEnd(), actual.ReplaceLineEndings("\n"));
    }

    private static ProjectionMoment MomentOf(string file)
    {
        if (!File.Exists(file)) return new ProjectionMoment(Instant.FromUtc(2026, 6, 1, 12, 0), DateTimeZone.Utc, []);
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        var (at, curve) = (InstantPattern.ExtendedIso.Parse(json["at"]!.GetValue<string>()).Value, json["curve"]!);
        return new ProjectionMoment(at, DateTimeZoneProviders.Tzdb[json["zone"]!.GetValue<string>()],
        [
            new PriceCurve(curve["name"]!.GetValue<string>(), InstantPattern.ExtendedIso.Parse(curve["from"]!.GetValue<string>()).Value, curve["stepSeconds"]!.GetValue<int>(), [.. curve["prices"]!.AsArray().Select(price => price?.GetValue<decimal>())]),
        ]);
    }

    private static JsonObject Project(Tariff tariff, ProjectionMoment moment)
    {
        var name = new OcpiTariffName("DE", "BUS", "T1", Instant.FromUtc(2026, 1, 1, 0, 0));
        var all = new JsonObject();
        foreach (var version in new[] { OcpiTariffVersion.V211, OcpiTariffVersion.V221, OcpiTariffVersion.V230 })
        {
            var written = OcpiTariffs.Write(tariff, version, name, moment);
            all["ocpi-" + OcpiTariffs.NameOf(version)] = Of(written.Json is { } json ? JsonNode.Parse(json) : null, written.Lost);
        }
        all["own-2.2.1"] = JsonNode.Parse(OcpiTariffs.Write(tariff, OcpiTariffVersion.V221).Json!);
        var datex = Datex2Rate.Of(tariff, "T1", "Day & night", name.LastUpdated, moment);
        var shown = DisplayText.ForEverybody(tariff, []);
        all["datex2"] = Of(new JsonArray([.. datex.Xml.Split('\n').Select(line => JsonValue.Create(line))]), datex.Lost);
        foreach (var language in DisplayText.Languages)
        {
            all["text-" + language] = DisplayText.Of(shown, language, null, moment.Day, moment).Text;
            var brief = DisplayText.Of(shown, language, 80, moment.Day, moment);
            all[$"text-{language}-80"] = Of(brief.Text, brief.Lost);
        }
        return all;
    }

    private static JsonObject Of(JsonNode? document, IReadOnlyList<Loss> lost) => new()
    {
        ["document"] = document, ["lost"] = new JsonArray([.. lost.Select(loss => JsonValue.Create($"{loss.Pointer} {loss.Code} {loss.Effect}"))]),
    };
}
