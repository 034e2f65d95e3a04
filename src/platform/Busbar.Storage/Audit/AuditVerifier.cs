using System.Runtime.CompilerServices;
using Busbar.Kernel;

namespace Busbar.Storage.Audit;

/// <summary>Finds out whether chains are what was sealed. Memory does not grow with them.</summary>
public static class AuditVerifier
{
    /// <summary>All chains of a database; and those that only an anchor knows.</summary>
    public static IAsyncEnumerable<AuditVerdict> VerifyAsync(Database database, IReadOnlyList<AuditAnchor> anchors, CancellationToken ct) =>
        VerifyAsync(new ChainReader(database).ReadAsync(ct), anchors, false, ct);

    /// <summary>The chains of a file as <see cref="AuditFile"/> writes it, each from wherever it begins.</summary>
    /// <exception cref="FormatException">A line is none of such a file.</exception>
    public static IAsyncEnumerable<AuditVerdict> VerifyAsync(Stream file, IReadOnlyList<AuditAnchor> anchors, CancellationToken ct) =>
        VerifyAsync(AuditFile.ReadAsync(file, ct), anchors, true, ct);

    /// <summary>Entries that were written and have no place yet: no chain protects them.</summary>
    public static Task<long> CountWaitingAsync(Database database, CancellationToken ct) => new ChainReader(database).CountWaitingAsync(ct);

    private static async IAsyncEnumerable<AuditVerdict> VerifyAsync(IAsyncEnumerable<ChainRow> rows, IReadOnlyList<AuditAnchor> anchors, bool isStretch, [EnumeratorCancellation] CancellationToken ct)
    {
        var known = anchors.GroupBy(anchor => anchor.Tenant).ToDictionary(group => group.Key, group => (IReadOnlyList<AuditAnchor>)[.. group.OrderBy(anchor => anchor.Sequence)]);
        var seen = new HashSet<TenantId>();
        ChainCheck? check = null;
        Guid tenant = default;
        await foreach (var row in rows.WithCancellation(ct))
        {
            if (check is null || row.Tenant != tenant)
            {
                if (check is not null) yield return check.Finish();
                tenant = row.Tenant;
                var id = new TenantId(tenant);
                seen.Add(id);
                check = new ChainCheck(id, known.GetValueOrDefault(id, []), isStretch);
            }
            check.Next(row);
        }
        if (check is not null) yield return check.Finish();
        // A file may be of one tenant; of a database, a chain that is gone is the greatest loss.
        if (isStretch) yield break;
        foreach (var (id, its) in known.Where(pair => !seen.Contains(pair.Key))) yield return new ChainCheck(id, its, isStretch).Finish();
    }
}
