using System.Text.Json.Serialization;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Retention;

/// <summary>For how many days a tenant keeps what.</summary>
public sealed record RetentionInput
{
    /// <summary>By the rule's name. What is not named is kept for as long as the rule says by itself.</summary>
    public IReadOnlyDictionary<string, int> Days { get; init; } = new Dictionary<string, int>();
}

/// <summary>A rule, as a tenant has it, and what it did last.</summary>
/// <param name="Days">That the tenant keeps it for.</param>
/// <param name="IsOwn">The tenant said so; false: it is the default.</param>
/// <param name="Least">The tenant cannot say less.</param>
/// <param name="RanAt">Null: it did not run yet.</param>
/// <param name="Taken">Things, by the last turn.</param>
/// <param name="TakenInAll">By all turns.</param>
/// <param name="OldestAt">When the oldest thing was over that the last turn left; null: there was none.</param>
/// <param name="IsUnfinished">There is more to take: the next turn comes at once.</param>
/// <param name="FailingSince">Since when turns go wrong; null: the last one did not.</param>
public sealed record RetentionRuleView(
    string Name, string What, string Why, int Days, bool IsOwn, int Default, int Least, int Most, Instant? RanAt, long Taken, long TakenInAll, Instant? OldestAt, bool IsUnfinished, Instant? FailingSince);

/// <summary>For how long a tenant keeps what.</summary>
/// <param name="Days">What the tenant says itself, by the rule's name.</param>
public sealed record RetentionView(IReadOnlyDictionary<string, int> Days, IReadOnlyList<RetentionRuleView> Rules)
{
    /// <summary>The revision of what the tenant says, for who changes it; 0: it says nothing yet.</summary>
    [JsonIgnore] public long Version { get; init; }
}

/// <summary>What came of a change.</summary>
public abstract record RetentionChange
{
    public sealed record Done(RetentionView Now) : RetentionChange;

    /// <summary>It was changed meanwhile.</summary>
    public sealed record Stale : RetentionChange;

    public sealed record Wrong(Check Check) : RetentionChange;
}

/// <summary>The rules and what tenants say of them, for the API, the console and the keeper.</summary>
public sealed class RetentionBook
{
    private readonly RoomDbFactory<IdentityDb> _rooms;

    internal RetentionBook(RoomDbFactory<IdentityDb> rooms, IEnumerable<IRetention> kinds)
    {
        _rooms = rooms;
        Kinds = [.. kinds.OrderBy(kind => kind.Rule.Name, StringComparer.Ordinal)];
    }

    internal IReadOnlyList<IRetention> Kinds { get; }

    public async Task<RetentionView> ViewAsync(Caller caller, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.Of(caller.Tenant), ct);
        return await ViewAsync(db, ct);
    }

    /// <param name="allows">Whether the revision is the one that was looked at.</param>
    /// <param name="input">What is wanted in place of what is there.</param>
    public async Task<RetentionChange> ChangeAsync(Caller caller, Func<long, bool> allows, Func<RetentionInput, RetentionInput> input, CancellationToken ct)
    {
        await using (var db = await _rooms.OpenAsync(caller.Rows, ct))
        {
            var row = await db.Retention.SingleOrDefaultAsync(ct);
            if (!allows(row?.Revision ?? 0)) return new RetentionChange.Stale();
            var wanted = input(new RetentionInput { Days = RetentionText.Read(row?.Days ?? "") });
            var check = Examine(wanted);
            if (!check.Ok) return new RetentionChange.Wrong(check);
            var text = RetentionText.Write(wanted.Days);
            if (row is not null) row.Days = text;
            else if (text.Length > 0) db.Add(new RetentionRow { TenantId = caller.Tenant, Days = text });
            try { await db.CommitAsync(ct); }
            catch (DbUpdateConcurrencyException) { return new RetentionChange.Stale(); }
            catch (DbUpdateException error) when (error.IsDuplicateKey()) { return new RetentionChange.Stale(); }
        }
        return new RetentionChange.Done(await ViewAsync(caller, ct));
    }

    /// <summary>What all tenants say.</summary>
    internal async Task<IReadOnlyDictionary<TenantId, Dictionary<string, int>>> SaidAsync(CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.System, ct);
        return (await db.Retention.AsNoTracking().ToListAsync(ct)).ToDictionary(row => row.TenantId, row => RetentionText.Read(row.Days));
    }

    private async Task<RetentionView> ViewAsync(IdentityDb db, CancellationToken ct)
    {
        var row = await db.Retention.AsNoTracking().SingleOrDefaultAsync(ct);
        var runs = await db.RetentionRuns.AsNoTracking().ToDictionaryAsync(run => run.Rule, ct);
        var said = RetentionText.Read(row?.Days ?? "");
        return new RetentionView(said, [.. Kinds.Select(kind => View(kind.Rule, said, runs.GetValueOrDefault(kind.Rule.Name)))]) { Version = row?.Revision ?? 0 };
    }

    private static RetentionRuleView View(RetentionRule rule, Dictionary<string, int> said, RetentionRunRow? run)
    {
        var isOwn = said.TryGetValue(rule.Name, out var days);
        return new RetentionRuleView(
            rule.Name, rule.What, rule.Why, isOwn ? days : rule.Days, isOwn, rule.Days, rule.Least, rule.Most, run?.RanAt, run?.Taken ?? 0, run?.TakenInAll ?? 0, run?.OldestAt, run?.IsUnfinished ?? false, run?.FailingSince);
    }

    private Check Examine(RetentionInput wanted)
    {
        var check = new Check();
        foreach (var (name, days) in wanted.Days)
        {
            // RFC 6901.
            var pointer = "/days/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
            if (Kinds.FirstOrDefault(kind => kind.Rule.Name == name)?.Rule is not { } rule) check.Fail(pointer, "unknownRule", "There is no such rule.");
            else if (days < rule.Least) check.Fail(pointer, "tooShort", $"Must be kept for at least {rule.Least} days.");
            else if (days > rule.Most) check.Fail(pointer, "tooLong", $"May be kept for at most {rule.Most} days.");
        }
        return check;
    }
}
