using System.Diagnostics.CodeAnalysis;
using NodaTime;

namespace Busbar.Kernel;

/// <summary>IANA time zones by name, from the database that NodaTime carries: the same on every machine.</summary>
public static class Zones
{
    public static bool TryFind([NotNullWhen(true)] string? name, [NotNullWhen(true)] out DateTimeZone? zone)
    {
        zone = name is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);
        return zone is not null;
    }

    /// <exception cref="ArgumentException">The name is not an IANA zone.</exception>
    public static DateTimeZone Find(string name) =>
        TryFind(name, out var zone) ? zone : throw new ArgumentException($"'{name}' is not an IANA time zone.", nameof(name));
}
