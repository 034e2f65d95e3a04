using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Stations.Reconciliation;

/// <summary>What is to be done about an open session of a station that is there.</summary>
internal enum ReconcileStep
{
    /// <summary>Nothing now.</summary>
    Wait,

    /// <summary>Ask about the transaction (2.x GetTransactionStatus).</summary>
    Ask,

    /// <summary>Ask its connector for a reading and its status: all that 1.6 has.</summary>
    Trigger,

    /// <summary>The connector has shown long enough that no transaction runs there.</summary>
    ConnectorFree,

    /// <summary>Another session began on the connector, long enough ago for the end to have come.</summary>
    Superseded,
}

/// <summary>
/// When a station is asked about a session, and when its silence is an answer. Pure. A boot alone ends nothing, and neither does a connection that is lost:
/// the station may come back with the rest.
/// </summary>
internal static class ReconcileRules
{
    /// <param name="canAsk">The version has a question about transactions, and the station has not refused it.</param>
    public static ReconcileStep Next(OpenSession session, Hearing hearing, bool canAsk, Instant now, ReconcileOptions options)
    {
        if (!MayAsk(hearing, now, options) || hearing.StableSince is not { } stableSince) return ReconcileStep.Wait;
        var known = hearing.Of(session.TransactionId);
        var connector = ConnectorOf(session, hearing);
        if (session.IsSuperseded && known.Superseded is { } superseded && HasPassed(superseded, options.Grace)) return ReconcileStep.Superseded;
        // A word about the transaction that came after the connector's counts more.
        if (!canAsk && connector is { Use: ConnectorUse.NoTransaction } free && !(known.Told >= free.At))
            return HasPassed(Instant.Max(free.At, stableSince), options.Grace) ? ReconcileStep.ConnectorFree : ReconcileStep.Wait;
        if (!IsSilent(session, hearing, now, options)) return ReconcileStep.Wait;
        if (known.Asked is { } asked && !HasPassed(asked, options.AskAgain)) return ReconcileStep.Wait;
        return canAsk ? ReconcileStep.Ask : ReconcileStep.Trigger;

        bool HasPassed(Instant from, TimeSpan time) => now - from >= Duration.FromTimeSpan(time);
    }

    /// <summary>Whether the connection has been up and booted for long enough that a CALL of ours does no harm.</summary>
    public static bool MayAsk(Hearing hearing, Instant now, ReconcileOptions options) =>
        hearing.StableSince is { } since && now - since >= Duration.FromTimeSpan(options.Settle);

    /// <summary>Nothing was heard of it over this connection, or not for longer than a session may be silent. Of one that has ended, the rest should be here at once.</summary>
    public static bool IsSilent(OpenSession session, Hearing hearing, Instant now, ReconcileOptions options)
    {
        var last = hearing.Of(session.TransactionId).Told;
        if (ConnectorOf(session, hearing) is { Use: ConnectorUse.Transaction, At: var at } && !(last > at)) last = at;
        return last is not { } heard || now - heard >= Duration.FromTimeSpan(session.HasEnd ? options.Settle : options.Silence);
    }

    public static (ConnectorUse Use, Instant At)? ConnectorOf(OpenSession session, Hearing hearing) =>
        session is { Evse: { } evse, Connector: { } connector } ? hearing.Of(evse, connector) : null;
}
