using Busbar.Kernel;
using NodaTime;

namespace Busbar.Identity;

/// <summary>
/// An operator on this installation. Tenants form a tree: who may act for one may act for those below it, as far as those share (<see cref="TenantSharing"/>).
/// The time zone and the currency are those of a station without a location of its own.
/// </summary>
public sealed record Tenant(TenantId Id, TenantId? Parent, string Slug, string Name, Currency Currency, string TimeZone)
{
    public TenantKind Kind { get; init; } = TenantKind.Operator;

    public TenantSharing Sharing { get; init; } = TenantSharing.Full;

    /// <summary>Its people set up a second factor before they see anything.</summary>
    public bool RequiresSecondFactor { get; init; }

    /// <summary>Those that its drivers and partners are addressed in, the first one first: <c>de</c>, <c>fr-CH</c>.</summary>
    public IReadOnlyList<string> Languages { get; init; } = ["en"];

    public Branding Branding { get; init; } = new();

    /// <summary>What takes two people here.</summary>
    public IReadOnlyList<FourEyes> FourEyes { get; init; } = [];

    /// <summary>When it was closed; null: it is open, or one above it is what is closed.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary>It, or one above it, is closed: nobody of it comes in and no station of it, and nothing of it leaves.</summary>
    public bool IsClosed { get; init; }

    /// <summary>What it calls itself to others.</summary>
    public string ShownName => Branding.Name ?? Name;
}

/// <summary>What a tenant is in the tree. Each stands below one of an earlier kind; a partner and a site host have nobody below them.</summary>
public enum TenantKind
{
    /// <summary>Runs the installation for operators.</summary>
    Platform,
    Operator,
    SubOperator,

    /// <summary>Sells or serves beside the operator: an installer, a fleet, a reseller.</summary>
    Partner,

    /// <summary>Owns the ground that stations stand on.</summary>
    SiteHost,
}

/// <summary>Who may stand below whom.</summary>
public static class TenantKinds
{
    /// <summary>What may stand below one of a kind, what comes next first; empty: nobody.</summary>
    public static IReadOnlyList<TenantKind> Below(TenantKind kind) => [.. Enum.GetValues<TenantKind>().Where(below => TenantRules.MayStandBelow(below, kind)).OrderBy(below => below == TenantKind.Partner)];
}

/// <summary>What a tenant lets those above it do here. Only its own people say it.</summary>
public enum TenantSharing
{
    /// <summary>All that they may do at home in the whole tenant.</summary>
    Full,

    /// <summary>Of that, to look.</summary>
    Read,

    /// <summary>Nothing; in need they break the glass, which everybody here is told.</summary>
    None,
}

/// <summary>A tenant and how deep it stands below the first one.</summary>
public readonly record struct TenantInTree(Tenant Tenant, int Depth);

/// <summary>Looks down the tree.</summary>
public static class TenantTree
{
    /// <summary>A tenant and all below it, each before those below it, by name.</summary>
    public static IReadOnlyList<TenantInTree> TreeOf(this ITenants tenants, TenantId top)
    {
        ArgumentNullException.ThrowIfNull(tenants);
        var below = tenants.All.Where(tenant => tenant.Parent is not null).ToLookup(tenant => tenant.Parent!.Value);
        var tree = new List<TenantInTree>();
        if (tenants.Find(top) is { } first) Add(first, 0);
        return tree;

        void Add(Tenant tenant, int depth)
        {
            tree.Add(new TenantInTree(tenant, depth));
            foreach (var child in below[tenant.Id].OrderBy(child => child.Name, StringComparer.CurrentCultureIgnoreCase)) Add(child, depth + 1);
        }
    }
}

/// <summary>All tenants, in memory: a look-up costs no database. Another process's change is seen within seconds.</summary>
public interface ITenants
{
    Tenant? Find(TenantId id);

    /// <summary>By its name in URLs and in <c>Busbar-Tenant</c>; lower case.</summary>
    Tenant? Find(string slug);

    IReadOnlyCollection<Tenant> All { get; }
}
