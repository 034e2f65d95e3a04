using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Pricing.Api;
using Busbar.Pricing.Console;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Lint;
using Busbar.Pricing.Market;
using Busbar.Pricing.Simulation;
using Busbar.Pricing.Storage;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Pricing;

/// <summary>What charging costs: tariffs and their versions, where each applies, quotes.</summary>
public static class PricingModule
{
    public static RoomSchema Schema => PricingSchema.Schema;

    /// <summary>Its part of the console.</summary>
    public static IReadOnlyList<ConsolePage> Pages { get; } =
    [
        new ConsolePage("/tariffs", typeof(TariffsPage), Scope.TariffsRead, "state", "q") { Entry = new NavigationEntry("tariff", () => TariffTexts.Say("tariffs")) { Key = "p" }, Export = TariffReading.File },
        new ConsolePage("/tariffs/{id}", typeof(TariffPage), Scope.TariffsRead),
        // Before the page of a new one: who may only read may look into the editor.
        new ConsolePage("/tariffs/{id}/edit", typeof(TariffEditorPage), Scope.TariffsRead),
        new ConsolePage("/tariffs/{id}/assignments", typeof(AssignmentsPage), Scope.TariffsWrite),
        new ConsolePage("/tariffs/new", typeof(TariffEditorPage), Scope.TariffsWrite) { Title = () => TariffTexts.Say("new-title") },
        new ConsolePage("/quote", typeof(QuotePage), Scope.TariffsRead, "at") { Title = () => TariffTexts.Say("quote-title") },
        new ConsolePage("/tariffs/{id}/simulate", typeof(SimulationPage), Scope.TariffsRead, "simulation") { Export = SimulationReading.File },
        new ConsolePage("/price-curves", typeof(CurvesPage), Scope.TariffsRead) { Entry = new NavigationEntry("curve", () => CurveTexts.Say("curves")) },
        new ConsolePage("/price-curves/new", typeof(CurveFormPage), Scope.TariffsWrite) { Title = () => CurveTexts.Say("new-title") },
        new ConsolePage("/price-curves/{id}", typeof(CurvePage), Scope.TariffsRead),
        new ConsolePage("/price-curves/{id}/edit", typeof(CurveFormPage), Scope.TariffsWrite) { Title = () => CurveTexts.Say("edit") },
    ];

    public static IServiceCollection AddPricing(this IServiceCollection services)
    {
        services.AddRoomDb(setup => new PricingDb(setup));
        services.AddSingleton<IPersonalData, PricingPersonalData>();
        services.AddSingleton<TariffBook>();
        services.AddOptions<PricingOptions>().BindConfiguration(PricingOptions.Section)
            .Validate(options => options.RulePacks.All(chosen => RulePacks.All.Any(pack => pack.Id == chosen)), $"{PricingOptions.Section}:RulePacks names a pack that does not exist.")
            .Validate(options => Uri.TryCreate(options.EntsoeUrl, UriKind.Absolute, out var url) && url.Scheme is "https" or "http", $"{PricingOptions.Section}:EntsoeUrl must be a URL.").ValidateOnStart();
        services.AddSingleton<LintDesk>();
        services.AddSingleton<VersionLife>();
        services.AddSingleton<ScheduleKeeper>();
        services.AddHostedService(provider => provider.GetRequiredService<ScheduleKeeper>());
        services.AddSingleton<TariffDesk>();
        services.AddSingleton<CurveBook>();
        services.AddSingleton<ICurveBook>(provider => provider.GetRequiredService<CurveBook>());
        services.AddSingleton<CurveSources>();
        services.AddSealedColumn<PricingDb, CurveRow>(nameof(CurveRow.SourceFrom), _ => CurveSources.Purpose);
        services.AddSingleton<IRetention, CurveRetention>();
        services.AddSingleton<CurveDesk>();
        services.AddSingleton<PricingMetrics>();
        services.AddSingleton<ICurveProvider, EntsoeProvider>();
        services.AddSingleton<ICurveProvider, JsonProvider>();
        services.AddSingleton<ICurveProvider, FileProvider>();
        services.AddSingleton<CurveFetcher>();
        services.AddHostedService(provider => provider.GetRequiredService<CurveFetcher>());
        services.AddSingleton<ProjectionDesk>();
        services.AddSingleton<TariffReading>();
        services.AddSingleton<TariffEditing>();
        services.AddSingleton<QuoteDesk>();
        services.AddSingleton<TariffMoves>();
        services.AddSingleton<PlaceSearch>();
        services.AddScoped<QuoteReading>();
        services.AddSingleton<SimulationReading>();
        services.AddSingleton<CurveReading>();
        services.AddSingleton<ICurveWatch, CurveWatch>();
        services.AddSingleton<ITariffNames>(provider => provider.GetRequiredService<TariffReading>());
        services.AddSingleton<ISearch, TariffSearch>();
        services.AddSingleton<SimulationSignal>();
        services.AddSingleton<SimulationDesk>();
        services.AddHostedService<SimulationRunner>();
        services.AddSingleton<ITariffBook>(provider => provider.GetRequiredService<TariffBook>());
        services.AddSingleton<IPriceDisplay, PriceDisplay>();
        return services;
    }

    public static void Map(RouteGroupBuilder api)
    {
        TariffEndpoints.Map(api);
        QuoteEndpoints.Map(api);
        RateEndpoints.Map(api);
        CurveEndpoints.Map(api);
        SimulationEndpoints.Map(api);
    }
}
