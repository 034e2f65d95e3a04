using Busbar.Pricing.Contracts;
using Microsoft.Extensions.Logging;

namespace Busbar.Pricing;

internal static partial class Log
{
    [LoggerMessage(500, LogLevel.Critical, "Version {Version} of tariff {Tariff} does not have its hash: its bytes were changed in the database. It prices nothing")]
    public static partial void VersionDamaged(ILogger log, TariffId tariff, int version);
}
