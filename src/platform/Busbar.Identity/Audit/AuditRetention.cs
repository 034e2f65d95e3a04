using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Retention;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Identity.Audit;

/// <summary>The beginning of a tenant's chain, once it is old enough. A cut is an entry itself (<see cref="AuditCutter"/>).</summary>
internal sealed class AuditRetention(AuditCutter cutter, IOptions<AuditOptions> options) : IRetention
{
    public RetentionRule Rule { get; } = new("audit", options.Value.KeepDays, RetentionTimes.OfBooks, RetentionTimes.Longest,
        "Who did what: the oldest entries of the audit. What stays can still be verified.",
        "It shows who changed prices, people and bills, and belongs to the books: tax law asks for eight to ten years.");

    public IReadOnlyList<string> Tables { get; } = [AuditTables.ChainTable];

    public async Task<int> CutAsync(TenantId tenant, Instant before, int most, CancellationToken ct) => await cutter.CutAsync(tenant, before, most, ct) is { } cut ? cut.Count : 0;

    public Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct) => cutter.OldestAsync(tenant, ct);
}
