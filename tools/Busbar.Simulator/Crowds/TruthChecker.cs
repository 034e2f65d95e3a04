using System.Globalization;
using NodaTime;

namespace Busbar.Simulator.Crowds;

/// <summary>A session as a server shows it, with how many CDRs it has.</summary>
/// <param name="TransactionId">As OCPP knows it; null if the server does not say.</param>
/// <param name="EnergyWh">Of the CDR where there is one, else of the session so far.</param>
public sealed record ObservedSession(string StationId, string? TransactionId, Instant StartedAt, decimal EnergyWh, int CdrCount);

public enum ViolationKind
{
    /// <summary>A start was acknowledged and there is no session.</summary>
    LostSession,

    /// <summary>A stop was acknowledged and there is no CDR.</summary>
    LostCdr,

    /// <summary>One physical session, several of the server's.</summary>
    DoubledSession,

    /// <summary>One session, several CDRs.</summary>
    DoubledCdr,

    /// <summary>A CDR with another energy than the meter's.</summary>
    WrongEnergy,

    /// <summary>A session without a CDR has less energy than an acknowledged reading says.</summary>
    LostReading,

    /// <summary>A session that nobody told.</summary>
    UntoldSession,

    /// <summary>A CDR although no stop was ever sent.</summary>
    UntoldCdr,

    /// <summary>One start was answered with two transaction ids.</summary>
    ChangedTransactionId,

    /// <summary>Two starts were answered with one transaction id.</summary>
    SharedTransactionId,

    /// <summary>A session begins at another moment than it was told.</summary>
    WrongStart,

    /// <summary>A transaction message was refused with a CALLERROR.</summary>
    Refused,
}

/// <param name="Session">Of the client log; null for what nobody told.</param>
public sealed record Violation(ViolationKind Kind, string StationId, string? Session, string? TransactionId, string Detail)
{
    public override string ToString() => $"{Kind}: {StationId} {Session} transaction {TransactionId}: {Detail}";
}

/// <summary>What a comparison came to, with the counts that show that it compared something.</summary>
public sealed record TruthReport(
    IReadOnlyList<Violation> Violations, int Sessions, int AcknowledgedStarts, int AcknowledgedStops, int UnknownStarts, int UnknownStops, int Observed)
{
    public bool IsClean => Violations.Count == 0;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Sessions} told ({AcknowledgedStarts} starts and {AcknowledgedStops} stops acknowledged, {UnknownStarts} and {UnknownStops} unknown), {Observed} observed, {Violations.Count} violations{string.Concat(Violations.Take(10).Select(violation => "\n  " + violation))}");
}

/// <summary>
/// Compares what a server shows with what its clients know. It knows nothing of how a server works: an acknowledged message must be there once, one without an
/// answer at most once, and nothing else may be.
/// </summary>
public static class TruthChecker
{
    /// <param name="tolerance">Between a told and an observed start; null: none.</param>
    public static TruthReport Check(ClientLog log, IEnumerable<ObservedSession> observed, Duration? tolerance = null)
    {
        var violations = new List<Violation>();
        var seen = observed.Select(session => session with { }).ToList();      // copies: a list may name one object twice
        var byTransaction = seen.Where(session => session.TransactionId is not null).ToLookup(session => (session.StationId, session.TransactionId));
        var byStart = seen.ToLookup(session => (session.StationId, session.StartedAt));
        var claimed = new HashSet<ObservedSession>(ReferenceEqualityComparer.Instance);

        foreach (var shared in log.Sessions.SelectMany(told => told.TransactionIds.Select(id => (told, id))).GroupBy(pair => (pair.told.Truth.StationId, pair.id)).Where(group => group.Count() > 1))
        {
            violations.Add(new(ViolationKind.SharedTransactionId, shared.Key.StationId, null, shared.Key.id, string.Join(", ", shared.Select(pair => pair.told.Truth.Session))));
        }

        foreach (var told in log.Sessions)
        {
            // By both keys: a double may carry another transaction id, or none, and then only its start gives it away.
            var mine = told.TransactionIds.SelectMany(id => byTransaction[(told.Truth.StationId, id)])
                .Concat(byStart[(told.Truth.StationId, told.Truth.StartedAt)])
                .Distinct<ObservedSession>(ReferenceEqualityComparer.Instance)
                .ToList();
            claimed.UnionWith(mine);
            Judge(told, mine, tolerance ?? Duration.Zero, violations);
        }

        violations.AddRange(seen.Where(session => !claimed.Contains(session))
            .Select(session => new Violation(ViolationKind.UntoldSession, session.StationId, null, session.TransactionId, $"started {session.StartedAt}, {session.EnergyWh} Wh")));
        return new TruthReport(
            violations,
            log.Sessions.Count,
            log.Sessions.Count(told => told.Start == DeliveryState.Ok),
            log.Sessions.Count(told => told.Stop == DeliveryState.Ok),
            log.Sessions.Count(told => told.Start is DeliveryState.Unknown or DeliveryState.Invoke),
            log.Sessions.Count(told => told.Stop is DeliveryState.Unknown or DeliveryState.Invoke),
            seen.Count);
    }

    private static void Judge(ToldSession told, List<ObservedSession> mine, Duration tolerance, List<Violation> violations)
    {
        var truth = told.Truth;
        void Say(ViolationKind kind, string detail) => violations.Add(new(kind, truth.StationId, truth.Session, told.TransactionIds.FirstOrDefault(), detail));

        if (told.TransactionIds.Count > 1)
        {
            Say(ViolationKind.ChangedTransactionId, string.Join(", ", told.TransactionIds));
        }

        if (told.Start == DeliveryState.Error || told.Stop == DeliveryState.Error)
        {
            Say(ViolationKind.Refused, $"start {told.Start}, stop {told.Stop}");
        }

        if (mine.Count > 1)
        {
            Say(ViolationKind.DoubledSession, $"{mine.Count} sessions: {string.Join(", ", mine.Select(session => session.TransactionId))}");
        }

        if (mine.Count == 0)
        {
            if (told.Start == DeliveryState.Ok)
            {
                Say(ViolationKind.LostSession, $"start acknowledged, stop {told.Stop?.ToString() ?? "never sent"}");
            }

            if (told.Stop == DeliveryState.Ok)
            {
                Say(ViolationKind.LostCdr, $"{truth.EnergyWh} Wh");
            }

            return;
        }

        if (mine.Exists(session => session.StartedAt - truth.StartedAt > tolerance || truth.StartedAt - session.StartedAt > tolerance))
        {
            Say(ViolationKind.WrongStart, $"told {truth.StartedAt}, observed {string.Join(", ", mine.Select(session => session.StartedAt))}");
        }

        var cdrs = mine.Sum(session => session.CdrCount);
        switch (cdrs)
        {
            case 0 when told.Stop == DeliveryState.Ok:
                Say(ViolationKind.LostCdr, $"{truth.EnergyWh} Wh");
                break;
            case > 0 when told.Stop is null:
                Say(ViolationKind.UntoldCdr, $"{cdrs} CDRs");
                break;
            case > 1:
                Say(ViolationKind.DoubledCdr, $"{cdrs} CDRs");
                break;
        }

        foreach (var session in mine)
        {
            if (session.CdrCount > 0 && session.EnergyWh != truth.EnergyWh)
            {
                Say(ViolationKind.WrongEnergy, $"told {truth.EnergyWh} Wh, observed {session.EnergyWh} Wh");
            }
        }

        // Without an end the energy so far is what counts: at least what was acknowledged, at most all.
        var acknowledged = told.AcknowledgedReadings.Select(index => truth.Readings[index] - truth.MeterStart).DefaultIfEmpty(0).Max();
        if (cdrs == 0 && told.Stop != DeliveryState.Ok && mine.TrueForAll(session => session.EnergyWh < acknowledged))
        {
            Say(ViolationKind.LostReading, $"{acknowledged} Wh acknowledged, observed {mine[0].EnergyWh} Wh");
        }
        else if (cdrs == 0 && mine.Exists(session => session.EnergyWh > truth.EnergyWh))
        {
            Say(ViolationKind.WrongEnergy, $"told at most {truth.EnergyWh} Wh, observed {mine[0].EnergyWh} Wh");
        }
    }
}
