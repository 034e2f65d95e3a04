using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Storage.Retention;

/// <summary>How a room says which of its data are kept for how long.</summary>
public static class RetentionRegistration
{
    /// <summary>A kind of data that lies in the rows of one table.</summary>
    /// <param name="rule">Asked once, when the configuration is known.</param>
    public static IServiceCollection AddRetention(this IServiceCollection services, RetainedRows rows, Func<IServiceProvider, RetentionRule> rule) =>
        services.AddSingleton<IRetention>(provider => new RowRetention(provider.GetRequiredService<Database>(), rule(provider), rows));
}
