namespace Busbar.Egress.Outbox;

/// <summary>How long to wait after a failure: full jitter, so that what failed together does not come back together.</summary>
internal static class BackOff
{
    /// <param name="failures">So far, this one included.</param>
    /// <param name="chance">From 0 to 1.</param>
    public static TimeSpan After(int failures, double chance, TimeSpan first, TimeSpan longest)
    {
        // Beyond this no first pause of a tick is shorter than the longest.
        var doublings = Math.Min(failures - 1, 40);
        var most = Math.Min(first.TotalMilliseconds * Math.Pow(2, doublings), longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(most * chance);
    }
}
