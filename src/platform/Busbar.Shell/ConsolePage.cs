using Busbar.Identity.Http;
using Microsoft.AspNetCore.Components;

namespace Busbar.Shell;

/// <summary>A page of the console, as its room registers it.</summary>
/// <param name="Path">Below <c>/console</c>, such as <c>/stations/{stationId}</c>; what the route names is set as a parameter of the page.</param>
/// <param name="Component">A <see cref="LivePage"/>.</param>
/// <param name="Scope">What its operator must hold, in the whole tenant unless it is <see cref="WithinReach"/>; null: every operator may see it.</param>
/// <param name="Query">Parameters of the page that come from the query.</param>
public sealed record ConsolePage(string Path, Type Component, string? Scope, params string[] Query)
{
    /// <summary>It filters by place: who holds its scope at some places only may see it, and sees what lies there. Its component is a <see cref="ReachPage"/>.</summary>
    public bool WithinReach { get; init; }

    /// <summary>Its entry in the navigation; null: one comes to it from another page.</summary>
    public NavigationEntry? Entry { get; init; }

    /// <summary>Its list as a file, for who may see the page, narrowed by the same <paramref name="Query"/>; the page shows an <c>ExportMenu</c>.</summary>
    public FileOfList? Export { get; init; }

    /// <summary>What the window is called where neither the navigation nor the address names it.</summary>
    public Func<string>? Title { get; init; }

    /// <summary>It is about who looks, and of their own tenant whichever they have chosen.</summary>
    public bool AtHome { get; init; }

    public bool IsOpenTo(Caller caller) => Scope is not { } scope || caller.May(scope) || (WithinReach && !caller.Within(scope).IsNowhere);
}

/// <param name="Icon">A name that <c>Icon.razor</c> knows.</param>
/// <param name="Title">In the language of the moment.</param>
public sealed record NavigationEntry(string Icon, Func<string> Title)
{
    /// <summary>A letter that leads there after <c>g</c>; null: none does.</summary>
    public string? Key { get; init; }
}

/// <summary>What a room shows on another room's page, without that room knowing it.</summary>
/// <typeparam name="TKey">What the page is about; <see cref="Home"/> for the first page.</typeparam>
public interface IPanel<in TKey>
{
    /// <summary>What its operator must hold to see it, in the whole tenant unless it is an <see cref="IReachPanel{TKey}"/>.</summary>
    string Scope { get; }

    /// <summary>Read and drawn in one: a page appears whole, or not at all, and so nothing on it jumps.</summary>
    ValueTask<RenderFragment> ReadAsync(Visit visit, TKey key, CancellationToken ct);
}

/// <summary>A panel that filters by place: it shows what lies within the reach of who looks, and is shown to who holds its scope at some places only.</summary>
public interface IReachPanel<in TKey> : IPanel<TKey>
{
    ValueTask<RenderFragment> ReadAsync(Visit visit, TKey key, Reach reach, CancellationToken ct);

    ValueTask<RenderFragment> IPanel<TKey>.ReadAsync(Visit visit, TKey key, CancellationToken ct) => ReadAsync(visit, key, visit.Caller.Within(Scope), ct);
}

/// <summary>Reads the panels that who looks may see.</summary>
public static class PanelReading
{
    public static async Task<List<RenderFragment>> ReadAsync<TKey>(this IEnumerable<IPanel<TKey>> panels, Visit visit, TKey key, CancellationToken ct)
    {
        var read = new List<RenderFragment>();
        foreach (var panel in panels.Where(panel => visit.Caller.May(panel.Scope) || (panel is IReachPanel<TKey> && !visit.Caller.Within(panel.Scope).IsNowhere))) read.Add(await panel.ReadAsync(visit, key, ct));
        return read;
    }
}

/// <summary>The key of the first page's panels.</summary>
public readonly record struct Home;

/// <summary>The console's pages, in the navigation's order.</summary>
public sealed class ConsoleMap(IReadOnlyList<ConsolePage> pages)
{
    public const string Root = "/console";

    public IReadOnlyList<ConsolePage> Pages { get; } = pages;

    public ConsolePage? Of(Type component) => Pages.FirstOrDefault(page => page.Component == component);
}
