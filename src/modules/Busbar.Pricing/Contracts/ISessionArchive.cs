using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing.Contracts;

/// <summary>Which finished sessions are asked for: of one tenant, begun in a stretch of time.</summary>
/// <param name="From">Belongs to it.</param>
/// <param name="To">Does not.</param>
/// <param name="Station">By its own id; null: all.</param>
/// <param name="Evse">Null: all.</param>
/// <param name="After">Goes on behind this session; null: from the first.</param>
public sealed record ArchiveQuestion(TenantId Tenant, Instant From, Instant To, StationId? Station = null, int? Evse = null, ArchivePlace? After = null);

/// <summary>A session's place in the archive's order: by its start, then by its id.</summary>
public readonly record struct ArchivePlace(Instant StartedAt, Guid Session);

/// <summary>The finished sessions of the past, for whoever prices them again. Implemented where sessions are kept, which this room does not know.</summary>
public interface ISessionArchive
{
    /// <summary>How many there are.</summary>
    Task<long> CountAsync(ArchiveQuestion question, CancellationToken ct);

    /// <summary>
    /// Page by page in the archive's order. Each page is a reading of its own, so that neither memory nor the database waits for who is slow; what ends meanwhile may or may not
    /// be among them.
    /// </summary>
    IAsyncEnumerable<IArchivePage> ReadAsync(ArchiveQuestion question, CancellationToken ct);
}

/// <summary>Some sessions as they are stored. They are unpacked one by one, by several at once if they like.</summary>
public interface IArchivePage
{
    int Count { get; }

    /// <summary>The last of them; where the next page begins.</summary>
    ArchivePlace Last { get; }

    /// <summary>Where it was, without unpacking the session.</summary>
    StationId StationOf(int index);

    /// <summary>When it began and when it ended, without unpacking it.</summary>
    (Instant From, Instant Until) TimeOf(int index);

    /// <summary>The session. Safe to be asked by several threads.</summary>
    PastSession Read(int index);
}

/// <summary>A finished session as the rater needs it, and what was charged for it.</summary>
/// <param name="Id"><c>ses…</c></param>
/// <param name="Evse">0: not told.</param>
/// <param name="Zone">The site's when it began (IANA).</param>
/// <param name="Timeline">As the meter's judge left it: what it was priced by.</param>
/// <param name="Context">What else was known.</param>
/// <param name="Charged">What it costs by its CDR; null: it has no price.</param>
/// <param name="Tariff">What it was pinned to; null: to none.</param>
public sealed record PastSession(
    string Id, StationId Station, int Evse, Instant StartedAt, string Zone, Timeline Timeline, SessionContext Context, ChargedPrice? Charged, PastTariff? Tariff);

/// <summary>What was charged, in millionths of the currency's unit: as it is stored.</summary>
public sealed record ChargedPrice(Currency Currency, long ExclTaxMicros, long InclTaxMicros);

/// <summary>A tariff version that a session was pinned to.</summary>
/// <param name="Id"><c>tar…</c></param>
public sealed record PastTariff(string Id, int Version, string Hash);
