using Busbar.Identity.Http;

namespace Busbar.Shell;

/// <summary>A page that filters by place (<see cref="ConsolePage.WithinReach"/>): whatever it reads, it reads within its <see cref="Reach"/>.</summary>
public abstract class ReachPage : LivePage
{
    /// <summary>Where the one who looks now holds the page's scope.</summary>
    protected Reach Reach => Visit.ReachOf(GetType());
}
