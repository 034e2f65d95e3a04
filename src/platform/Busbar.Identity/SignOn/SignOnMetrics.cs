using System.Diagnostics.Metrics;

namespace Busbar.Identity.SignOn;

/// <summary>What came of single sign-ons, under the meter <c>Busbar.Identity</c>.</summary>
internal sealed class SignOnMetrics
{
    private readonly Counter<long> _ended;

    public SignOnMetrics(IMeterFactory meters) => _ended = meters.Create("Busbar.Identity").CreateCounter<long>("busbar.signon", "{sign-on}", "Single sign-ons by what came of them.");

    /// <param name="outcome"><c>entered</c>, or why not.</param>
    public void Ended(string outcome) => _ended.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
