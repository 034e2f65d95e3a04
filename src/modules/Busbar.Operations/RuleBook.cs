using Busbar.Identity.Http;
using Busbar.Operations.Api;
using Busbar.Operations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Operations;

/// <summary>A rule as a tenant has it.</summary>
/// <param name="Revision">0: the tenant has not changed it.</param>
internal sealed record TenantRule(RuleSettings Settings, long Revision)
{
    public AlertRuleView View => AlertRuleView.Of(Settings, Revision == 0);
}

/// <summary>The tenants' rules, for the API and the page.</summary>
internal sealed class RuleBook(RoomDbFactory<OperationsDb> rooms)
{
    public async Task<IReadOnlyList<TenantRule>> AllAsync(TenantScope scope, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(scope, ct);
        var changed = await db.Rules.AsNoTracking().ToDictionaryAsync(row => row.Rule, ct);
        return [.. new RuleSet(changed.Values.Select(row => row.ToSettings())).All.Select(rule => new TenantRule(rule, changed.GetValueOrDefault(rule.Rule)?.Revision ?? 0))];
    }

    /// <param name="input">It has been examined.</param>
    /// <returns>Null: somebody else changed it.</returns>
    public async Task<TenantRule?> SaveAsync(Caller caller, AlertRule rule, AlertRuleInput input, IfMatch ifMatch, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var row = await db.Rules.SingleOrDefaultAsync(row => row.Rule == rule, ct);
        if (!ifMatch.Allows(row?.Revision ?? 0)) return null;
        if (row is null) db.Add(row = new RuleRow { TenantId = caller.Tenant, Rule = rule });
        row.Enabled = input.Enabled;
        (row.AfterMinutes, row.RecoverMinutes) = (input.AfterMinutes, input.RecoverMinutes);
        row.Amount = input.SiteStations ?? input.OpenHours ?? input.ExpectedSessions ?? input.ByHour ?? RuleSettings.Default(rule).Amount;
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.IsDuplicateKey()) { return null; }
        return new TenantRule(row.ToSettings(), row.Revision);
    }

    /// <summary>Back to what it was at first.</summary>
    public async Task ResetAsync(Caller caller, AlertRule rule, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Rules.AsNoTracking().SingleOrDefaultAsync(row => row.Rule == rule, ct) is not { } row) return;
        await db.CommitAsync(async ct =>
        {
            if (await db.Rules.Where(row => row.Rule == rule).ExecuteDeleteAsync(ct) > 0) db.TellRemoved([row]);
            else db.LeaveUntold("it is as it was at first already");
        }, ct);
    }
}
