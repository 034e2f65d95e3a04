using System.ComponentModel;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>A version of a tariff in a form for others.</summary>
/// <param name="Document">An OCPI object, or a text: XML for <c>datex2</c>. Null: nothing of the tariff can be said in this form.</param>
/// <param name="Lost">What it does not say.</param>
internal sealed record ProjectionView(TariffId TariffId, int Version, string Format, JsonElement? Document, IReadOnlyList<LostView> Lost);

/// <param name="Pointer">Into the tariff's own JSON; empty: the tariff as a whole.</param>
/// <param name="Code">Stable.</param>
/// <param name="Detail">For people.</param>
/// <param name="Effect">What who computes by the form comes to: <c>more</c>, <c>less</c>, <c>none</c> (the same amount, to its last digits) or <c>unknown</c>.</param>
internal sealed record LostView(string Pointer, string Code, string Detail, string Effect);

/// <summary>How a tariff reads elsewhere. Nothing is stored.</summary>
internal static class ProjectionEndpoints
{
    private const int ShortestText = 24;
    private const int LongestText = 100_000;

    public static void Map(RouteGroupBuilder projections) => projections.MapGet("/{format}", Get).Needs(Scope.TariffsRead).WithDescription(
        "`format`: `ocpi-2.1.1`, `ocpi-2.2.1`, `ocpi-2.3.0` (as a partner gets it, without `extensions`), `ocpp-2.1` (the `TariffType` that a station calculates with), `datex2` (one `energyRate` of DATEX II 3.7, AFIR) or `text` (what a driver reads, by `lang` and "
        + "`maxLength`). They say what everybody pays, by the taxes and the market prices of the day at the first place where it is assigned. A version's id is the tariff's with the version's number. `lost` lists what the form cannot say, by JSON pointer into the tariff's own JSON, with a reason and what it does to who computes by it.");

    private static async Task<Results<Ok<ProjectionView>, ProblemHttpResult>> Get(
        string id, string format, Caller caller, RoomDbFactory<PricingDb> rooms, ProjectionDesk desk, IEnumerable<ITariffProjection> others, CancellationToken ct,
        [Description("Of a text: `en` (by default) or `de`.")] string? lang = null, [Description("Of a text, in characters.")] int? maxLength = null, [Description("By default the active version; the newest where none is active.")] int? version = null)
    {
        var check = new Check();
        check.That(lang is null || DisplayText.Languages.Contains(lang), "/lang", "invalidValue", $"Must be one of {string.Join(", ", DisplayText.Languages)}.");
        check.That(maxLength is null or >= ShortestText and <= LongestText, "/maxLength", "invalidValue", $"Must be {ShortestText} to {LongestText}.");
        if (check.Problem is { } problem) return problem;
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await TariffDesk.FindAsync(db, id, ct) is not { } row) return Problems.NotFound();
        var number = version ?? row.ActiveVersion ?? row.LatestVersion;
        if (await db.Versions.AsNoTracking().SingleOrDefaultAsync(one => one.TariffId == row.Id && one.Version == number, ct) is not { } found) return Problems.NotFound();
        if (!TariffJson.TryRead(found.Canonical, out var tariff, out _)) return Problems.Conflict("damaged", "The stored version is damaged and has no price.");
        var (name, moment) = await desk.OfAsync(db, row, found, tariff, ct);
        (JsonElement? Document, IReadOnlyList<Loss> Lost)? projection = format switch
        {
            "ocpi-2.1.1" => Ocpi(OcpiTariffVersion.V211),
            "ocpi-2.2.1" => Ocpi(OcpiTariffVersion.V221),
            "ocpi-2.3.0" => Ocpi(OcpiTariffVersion.V230),
            "datex2" => Datex2(),
            "text" => Text(),
            _ => others.FirstOrDefault(other => other.Format == format) is { } other ? Other(other) : null,
        };
        if (projection is not { } made) return Problems.NotFound("There is no such form.", "unknownFormat");
        return TypedResults.Ok(new ProjectionView(row.Id, found.Version, format, made.Document, [.. made.Lost.Select(loss => new LostView(loss.Pointer, loss.Code, loss.Detail, JsonName.Of(loss.Effect)))]));

        (JsonElement?, IReadOnlyList<Loss>) Ocpi(OcpiTariffVersion ocpi)
        {
            var written = OcpiTariffs.Write(tariff, ocpi, name, moment);
            return (written.Json is { } json ? JsonElement.Parse(json) : null, written.Lost);
        }

        (JsonElement?, IReadOnlyList<Loss>) Datex2()
        {
            var written = Datex2Rate.Of(tariff, name.Id, row.Name, name.LastUpdated, moment, name.From, name.Until);
            return (Words(written.Xml), written.Lost);
        }

        (JsonElement?, IReadOnlyList<Loss>) Other(ITariffProjection other)
        {
            var written = other.Project(tariff, name.Id);
            return (JsonElement.Parse(written.Json.Span), [.. written.Lost.Select(lost => new Loss(lost.Pointer, lost.Code, lost.Detail, lost.IsRounding ? LossEffect.None : LossEffect.Unknown))]);
        }

        (JsonElement?, IReadOnlyList<Loss>) Text()
        {
            var losses = new List<Loss>();
            var shown = DisplayText.Of(DisplayText.ForEverybody(tariff, losses), lang ?? "en", maxLength, moment.Day, moment);
            return (Words(shown.Text), [.. losses, .. shown.Lost]);
        }
    }

    private static JsonElement Words(string text) => JsonSerializer.SerializeToElement(text, ProjectionJson.Default.String);
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class ProjectionJson : System.Text.Json.Serialization.JsonSerializerContext;
