using Busbar.Kernel;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>An end as it was told; never written over. Which one counts does not depend on which came first.</summary>
/// <param name="At">Corrected, and maybe before the start.</param>
/// <param name="Register">1.6 meterStop; null in 2.x, where the readings say it.</param>
internal sealed record EndMark(Instant At, Energy? Register, string Reason)
{
    /// <summary>The station's own price; it decides nothing.</summary>
    public StationCost? Cost { get; init; }

    public static IComparer<EndMark> Order { get; } = Comparer<EndMark>.Create(Compare);

    /// <summary>The earliest first: what a station tells of a session after its end adds nothing to it.</summary>
    public static int Compare(EndMark a, EndMark b)
    {
        var time = a.At.CompareTo(b.At);
        if (time != 0) return time;
        var register = Nullable.Compare(a.Register, b.Register);
        if (register != 0) return register;
        var reason = string.CompareOrdinal(a.Reason, b.Reason);
        if (reason != 0) return reason;
        // An end that names a price before one that does not.
        var priced = (a.Cost is null).CompareTo(b.Cost is null);
        return priced != 0 ? priced : Nullable.Compare(a.Cost?.InclTax ?? a.Cost?.ExclTax, b.Cost?.InclTax ?? b.Cost?.ExclTax);
    }
}

/// <summary>A token that was shown, and what was thought of it then. Who starts counts before who comes later, and both before who stops.</summary>
internal sealed record TokenClaim(TokenMoment Moment, Instant At, PresentedToken Token, string Status)
{
    /// <summary>The token's group then; null where it had none.</summary>
    public string? Group { get; init; }

    public static int Compare(TokenClaim a, TokenClaim b)
    {
        var moment = a.Moment.CompareTo(b.Moment);
        if (moment != 0) return moment;
        var time = a.At.CompareTo(b.At);
        if (time != 0) return time;
        var token = string.CompareOrdinal(a.Token.Folded, b.Token.Folded);
        if (token != 0) return token;
        var status = string.CompareOrdinal(a.Status, b.Status);
        return status != 0 ? status : string.CompareOrdinal(a.Group, b.Group);
    }
}

/// <summary>Time in which we gave no energy.</summary>
internal sealed record HeldBack(Instant From, Instant To);

internal enum TokenMoment
{
    Start,
    Between,
    End,
}

/// <summary>A fact that was given to a session by evidence. It can be taken back when other facts say more.</summary>
/// <param name="Readings">What it alone added to the session's timeline.</param>
internal sealed record Adoption(JournalPlace Place, Fit Fit, EndMark? End, AppendList<Reading> Readings, string? Issue);
