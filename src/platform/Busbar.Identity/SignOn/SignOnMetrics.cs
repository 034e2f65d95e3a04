using System.Diagnostics.Metrics;

namespace Busbar.Identity.SignOn;

/// <summary>What came of single sign-ons, under the meter <c>Busbar.Identity</c>.</summary>
internal sealed class SignOnMetrics
{
    private readonly Counter<long> _ended, _loggedOut;

    public SignOnMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Busbar.Identity");
        _ended = meter.CreateCounter<long>("busbar.signon", "{sign-on}", "Single sign-ons by what came of them.");
        _loggedOut = meter.CreateCounter<long>("busbar.signon.logouts", "{logout}", "What providers told of sessions that are over there, by what came of it.");
    }

    /// <param name="outcome"><c>entered</c>, or why not.</param>
    public void Ended(string outcome) => _ended.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <param name="outcome"><c>ended</c>, <c>nothing</c> where there was no session, or <c>refused</c>.</param>
    public void LoggedOut(string outcome) => _loggedOut.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
