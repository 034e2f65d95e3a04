using Busbar.Egress.Contracts;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Operations.Api;
using Busbar.Operations.Console;
using Busbar.Operations.Storage;
using Busbar.Shell;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Busbar.Operations;

/// <summary>What is broken now, and who is told of it.</summary>
public static class OperationsModule
{
    public static RoomSchema Schema => OperationsSchema.Schema;

    /// <summary>Its part of the console.</summary>
    public static IReadOnlyList<ConsolePage> Pages { get; } =
    [
        new ConsolePage("/alerts", typeof(AlertsPage), Scope.AlertsRead, "state", "rule", "q") { WithinReach = true, Entry = new NavigationEntry("bell", () => AlertTexts.Say("alerts")), Export = AlertFile.Alerts },
        new ConsolePage("/alerts/{id}", typeof(AlertPage), Scope.AlertsRead) { WithinReach = true },
        new ConsolePage("/notifications", typeof(NotificationsPage), Scope.NotificationsRead) { Entry = new NavigationEntry("send", () => AlertTexts.Say("notifications")) },
    ];

    public static IServiceCollection AddOperations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<IValidateOptions<AlertOptions>, AlertCheck>();
        services.AddOptions<AlertOptions>().Bind(configuration.GetSection(AlertOptions.Section)).ValidateOnStart();
        services.AddRoomDb(setup => new OperationsDb(setup));
        services.AddSingleton<IPersonalData, OperationsPersonalData>();
        services.AddSingleton<RuleBook>();
        services.AddSingleton<Noticed>();
        services.AddSingleton<TenantLook>();
        services.AddSingleton<Notices>();
        services.AddSingleton<AlertDesk>();
        services.AddRetention(new RetainedRows("operations_alerts", "resolved_at", new RowMatch("state", new[] { (long)AlertState.Resolved })), provider => new(
            "alerts", provider.GetRequiredService<IOptions<AlertOptions>>().Value.KeepDays, 30, 3_653, "Alerts that are over, with who took them up and what they wrote.", "To see what comes back again and again; outages are reported for up to a year afterwards."));
        services.AddSingleton<AlertMetrics>();
        services.AddSingleton<AlertWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<AlertWatch>());

        services.AddSingleton<WebhookSecrets>();
        services.AddSealedColumn<OperationsDb, ChannelRow>(nameof(ChannelRow.Secret), _ => WebhookSecrets.Purpose);
        services.AddSealedColumn<OperationsDb, ChannelRow>(nameof(ChannelRow.FormerSecret), _ => WebhookSecrets.Purpose);
        services.AddSingleton<TestAllowance>();
        services.AddSingleton<ChannelDesk>();
        services.AddSingleton<IDeliverer, MailDeliverer>();
        services.AddSingleton<IDeliverer, WebhookDeliverer>();

        services.AddSingleton<AlertReach>();
        services.AddSingleton<AlertReading>();
        services.AddSingleton<IPanel<Home>, AlertsHomePanel>();
        return services;
    }

    public static void Map(RouteGroupBuilder api)
    {
        AlertEndpoints.Map(api);
        AlertRuleEndpoints.Map(api);
        ChannelEndpoints.Map(api);
        DeliveryEndpoints.Map(api);
    }

    private sealed class AlertCheck : IValidateOptions<AlertOptions>
    {
        public ValidateOptionsResult Validate(string? name, AlertOptions options) => options.Fault is { } fault ? ValidateOptionsResult.Fail(fault) : ValidateOptionsResult.Success;
    }
}
