using Busbar.Egress.Contracts;
using Busbar.Egress.Smtp;
using Busbar.Egress.Outbox;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Busbar.Egress;

/// <summary>Everything that leaves.</summary>
public static class EgressModule
{
    /// <summary>The outbox: a room that puts messages into its own units of work adds it to its context's schemas.</summary>
    public static RoomSchema Schema => EgressSchema.Schema;

    /// <exception cref="InvalidOperationException">What is configured for all purposes, or for one, makes no sense.</exception>
    public static IServiceCollection AddEgress(this IServiceCollection services, IConfiguration configuration)
    {
        // A mistake stops the start, and not the first request.
        EgressOptions.Read(configuration);
        foreach (var purpose in configuration.GetSection(EgressOptions.Purposes).GetChildren()) EgressOptions.Read(configuration, purpose.Key);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new IdSource(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EgressMetrics>();
        services.AddSingleton<IHostResolver, SystemResolver>();
        services.AddSingleton<IGuardedHttp, GuardedHttp>();

        services.AddSingleton<IValidateOptions<MailOptions>, MailCheck>();
        services.AddOptions<MailOptions>().Bind(configuration.GetSection(MailOptions.Section)).ValidateOnStart();
        services.AddSingleton<IMailer, Mailer>();

        services.AddOptions<OutboxOptions>().Bind(configuration.GetSection(OutboxOptions.Section))
            .Validate(outbox => outbox.Usable, $"Times under {OutboxOptions.Section} must be positive and at most a week, and its numbers positive.").ValidateOnStart();
        services.AddRoomDb(setup => new EgressDb(setup));
        services.AddSingleton<IOutbox, OutboxBook>();
        services.AddSingleton(provider => new OutboxErasure(provider.GetRequiredService<RoomDbFactory<EgressDb>>()));
        services.AddSingleton<OutboxMetrics>();
        services.AddSingleton<OutboxDispatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<OutboxDispatcher>());
        services.AddRetention(Deliveries(DeliveryState.Sent), provider => new("deliveries", provider.GetRequiredService<IOptions<OutboxOptions>>().Value.KeepSentDays, 1, 3_653,
            "Mails and webhooks that were sent.", "To look up that somebody was told, and of what."));
        services.AddRetention(Deliveries(DeliveryState.Dead), provider => new("failedDeliveries", provider.GetRequiredService<IOptions<OutboxOptions>>().Value.KeepDeadDays, 1, 3_653,
            "Mails and webhooks that were given up.", "Until then they can be sent again."));
        return services;
    }

    private static RetainedRows Deliveries(DeliveryState state) => new("egress_outbox", "finished_at", new RowMatch("state", new[] { (long)state }));

    private sealed class MailCheck : IValidateOptions<MailOptions>
    {
        public ValidateOptionsResult Validate(string? name, MailOptions options) => options.Fault is { } fault ? ValidateOptionsResult.Fail(fault) : ValidateOptionsResult.Success;
    }
}
