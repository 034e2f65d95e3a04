using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Pricing;

internal static partial class Log
{
    [LoggerMessage(500, LogLevel.Critical, "Version {Version} of tariff {Tariff} does not have its hash: its bytes were changed in the database. It prices nothing")]
    public static partial void VersionDamaged(ILogger log, TariffId tariff, int version);

    [LoggerMessage(501, LogLevel.Critical, "Tenant {Tenant} has no sound tariff version with the hash {Hash}: sessions that are bound to it have no price and are held")]
    public static partial void VersionLost(ILogger log, TenantId tenant, string hash);

    [LoggerMessage(502, LogLevel.Error, "Scheduled versions could not be made the active ones; it is tried again in a second, and prices go by the schedule meanwhile")]
    public static partial void ScheduleFailed(ILogger log, Exception error);

    [LoggerMessage(503, LogLevel.Error, "Simulation {Simulation} failed")]
    public static partial void SimulationFailed(ILogger log, Exception error, SimulationId simulation);

    [LoggerMessage(504, LogLevel.Warning, "Simulations cannot go on now and are looked at again")]
    public static partial void SimulationsStalled(ILogger log, Exception error);

    [LoggerMessage(505, LogLevel.Warning, "Curve {Curve} of tenant {Tenant}: its source does not tell what it should, and is asked again at {Next}: {Failure}")]
    public static partial void SourceFailed(ILogger log, TenantId tenant, CurveId curve, Instant next, string failure);

    [LoggerMessage(506, LogLevel.Information, "Curve {Curve} of tenant {Tenant}: its source tells its prices again")]
    public static partial void SourceAnswers(ILogger log, TenantId tenant, CurveId curve);

    [LoggerMessage(507, LogLevel.Warning, "Sources of prices could not be asked, and are asked again in a minute")]
    public static partial void PricesNotFetched(ILogger log, Exception error);

    [LoggerMessage(508, LogLevel.Warning, "Curve {Curve} of tenant {Tenant}: its source could not be asked, and is asked again in a quarter of an hour")]
    public static partial void CurveNotFetched(ILogger log, Exception error, TenantId tenant, CurveId curve);
}
