using System.Globalization;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Storage;

/// <summary>For how long a tenant keeps what, and what was last taken.</summary>
internal static class RetentionTables
{
    public static void Add(ModelBuilder model)
    {
        model.Entity<RetentionRow>(table =>
        {
            table.ToTable("identity_retention");
            table.HasKey(row => row.TenantId);
        });
        model.Entity<RetentionRunRow>(table =>
        {
            table.ToTable("identity_retention_runs");
            table.HasKey(row => new { row.TenantId, row.Rule });
        });
    }
}

/// <summary>What a tenant says; without a row it says nothing.</summary>
[Audited("retention", nameof(RetentionRow.TenantId))]
internal sealed class RetentionRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }

    /// <summary>As <see cref="RetentionText"/> writes it: <c>alerts=90 wireLog=30</c>. What is not named is kept as long as everywhere.</summary>
    public required string Days { get; set; }

    public long Revision { get; set; } = 1;
}

/// <summary>A rule's last turn at a tenant.</summary>
[NotAudited("what the keeper did: a cut of the audit is an entry itself, and the others are lines of the log")]
internal sealed class RetentionRunRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required string Rule { get; init; }
    public Instant RanAt { get; set; }

    /// <summary>That were kept, by this turn.</summary>
    public int Days { get; set; }

    /// <summary>Things that it took; and all turns together.</summary>
    public long Taken { get; set; }
    public long TakenInAll { get; set; }

    /// <summary>When the oldest thing was over that it left; null: there is none.</summary>
    public Instant? OldestAt { get; set; }

    /// <summary>There was more than fits into a turn: the next one comes at once.</summary>
    public bool IsUnfinished { get; set; }

    /// <summary>Since when every turn went wrong; null: the last one did not.</summary>
    public Instant? FailingSince { get; set; }
}

/// <summary>Rules and their days as one line.</summary>
internal static class RetentionText
{
    public static string Write(IEnumerable<KeyValuePair<string, int>> days) =>
        string.Join(' ', days.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key}={one.Value}")));

    public static Dictionary<string, int> Read(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('='))
        .ToDictionary(one => one[0], one => int.Parse(one[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
