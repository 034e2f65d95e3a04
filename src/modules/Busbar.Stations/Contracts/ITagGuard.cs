using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>Notices a station that tries tags. Implemented by Busbar.Stations itself.</summary>
public interface ITagGuard
{
    /// <summary>It has shown so many tags that nobody knows that a new one is refused without being looked up.</summary>
    /// <param name="late">Told later than it was shown: what comes from an offline queue has happened, so more of it is looked up.</param>
    bool IsClosed(StationSeat seat, Instant now, bool late);

    /// <summary>The station showed a tag that nobody knows.</summary>
    void Unknown(StationSeat seat, PresentedToken token, Instant now);
}
