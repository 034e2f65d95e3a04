using Busbar.Sessions;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>
/// Bar R8: an OCPP 1.6 session of six messages in every order, each of them once or twice, with right and with senseless transaction ids, beside a
/// stranger's session on another connector.
/// </summary>
internal static class EventSoup
{
    private static readonly Instant Begun = Instant.FromUtc(2026, 5, 31, 19, 30);
    private static readonly Instant Received = Instant.FromUtc(2026, 6, 1, 0, 0);

    public enum Strangers { None, Before, After, Around }

    /// <param name="Id">What the station writes as the transaction's id; null: the right one.</param>
    public sealed record Soup(string? Id, bool StopHasToken, Strangers Strangers)
    {
        public Frame[] Own { get; } =
        [
            Frames.Start(1, "TAG-A", Begun, 1_000_000),
            Frames.Meter(1, Id ?? Journal.IdOf(1), Begun.Plus(Duration.FromMinutes(30)), 1_003_000),
            Frames.Meter(1, Id ?? Journal.IdOf(1), Begun.Plus(Duration.FromMinutes(45)), 1_006_000),
            Frames.Stop(Id ?? Journal.IdOf(1), Begun.Plus(Duration.FromMinutes(60)), 1_009_000, StopHasToken ? "tag-a" : null),
            Frames.Status(1, "Charging", Begun.Plus(Duration.FromSeconds(5))),
            Frames.Boot(),
        ];

        public Frame[] Foreign { get; } =
        [
            Frames.Start(2, "TAG-B", Begun.Plus(Duration.FromMinutes(10)), 5_000_000),
            Frames.Meter(2, Id ?? Journal.IdOf(2), Begun.Plus(Duration.FromMinutes(30)), 5_001_000),
            Frames.Stop(Id ?? Journal.IdOf(2), Begun.Plus(Duration.FromMinutes(50)), 5_004_000, "TAG-B"),
        ];

        public IEnumerable<Frame> Told(int[] order, int twice)
        {
            var own = new List<Frame>();
            var again = new List<Frame>();
            foreach (var index in order)
            {
                own.Add(Own[index]);
                if (index == 5 || (twice & (1 << index)) == 0) continue;
                // A repetition comes at once, or from a queue long after.
                if ((order[0] + index) % 2 == 0) own.Add(Own[index]);
                else again.Add(Own[index]);
            }
            own.AddRange(again);
            return Strangers switch
            {
                Strangers.Before => Foreign.Concat(own),
                Strangers.After => own.Concat(Foreign),
                Strangers.Around => [Foreign[0], .. own, .. Foreign[1..]],
                _ => own,
            };
        }
    }

    public static void Serve(Soup soup, bool isBilled)
    {
        var violations = Violations(soup, isBilled, Sabotage.None);
        Assert.True(violations.Count == 0, string.Join(Environment.NewLine, violations));
    }

    public static List<string> Violations(Soup soup, bool isBilled, Sabotage sabotage)
    {
        var violations = new List<string>();
        var bill = Canonical(soup.Own[0], Frames.Meter(1, Journal.IdOf(1), Begun.Plus(Duration.FromMinutes(30)), 1_003_000),
            Frames.Meter(1, Journal.IdOf(1), Begun.Plus(Duration.FromMinutes(45)), 1_006_000), Frames.Stop(Journal.IdOf(1), Begun.Plus(Duration.FromMinutes(60)), 1_009_000), soup.Own[4]);
        var foreignBill = Canonical(soup.Foreign[0], Frames.Meter(2, Journal.IdOf(2), Begun.Plus(Duration.FromMinutes(30)), 5_001_000),
            Frames.Stop(Journal.IdOf(2), Begun.Plus(Duration.FromMinutes(50)), 5_004_000));
        foreach (var order in Orders.Of(6))
        {
            // All repetitions of the two plainest soups; of the others an eighth, another one for each order.
            var step = soup.Strangers is Strangers.None or Strangers.Before ? 1 : 8;
            for (var twice = (order[0] + 3 * order[1]) % step; twice < 32 && violations.Count < 10; twice += step)
            {
                var journal = new Journal(sabotage);
                var answers = new Dictionary<Frame, string>(ReferenceEqualityComparer.Instance);
                var at = Received;
                var problem = "";
                foreach (var frame in soup.Told(order, twice))
                {
                    var answer = journal.Tell(frame, at += Duration.FromSeconds(1));
                    if (answers.TryGetValue(frame, out var first) && first != answer) problem = $"{frame.Action} was answered '{first}' and '{answer}'";
                    answers.TryAdd(frame, answer);
                }
                if (problem.Length == 0) problem = ProblemOf(journal, soup, isBilled, bill, foreignBill);
                if (problem.Length > 0) violations.Add($"order {string.Concat(order)}, twice {twice}: {problem}");
            }
        }
        return violations;
    }

    private static string ProblemOf(Journal journal, Soup soup, bool isBilled, string bill, string foreignBill)
    {
        var own = journal.Sessions.Where(session => session.Evse == 1).ToList();
        if (own.Count != 1) return $"{own.Count} sessions";
        if (own[0].Token?.Uid != "TAG-A") return $"token {own[0].Token?.Uid}";
        var live = journal.Live;
        var bills = live.Where(cdr => cdr.Evse == 1).ToList();
        if (isBilled)
        {
            if (bills.Count != 1) return $"{bills.Count} bills, session {own[0].Phase}: {string.Join(',', own[0].Issues)}; {journal.Orphans.Count} orphans";
            if (CdrContent.Of(bills[0]) != bill) return $"another bill: {bills[0].EnergyWh} Wh, {bills[0].StartedAt}-{bills[0].EndedAt}, {bills[0].TotalCost}";
            if (journal.Orphans.Count > 0) return $"{journal.Orphans.Count} orphans";
        }
        else
        {
            if (bills.Count != 0) return "billed";
            if (own[0].Phase != SessionPhase.Held && journal.Orphans.Count == 0) return $"{own[0].Phase}, neither held nor an orphan";
            if (own[0].Phase == SessionPhase.Held && MeterJudge.Judge(own[0]).Energy.WattHours != 9_000) return $"{MeterJudge.Judge(own[0]).Energy} held";
        }
        // Not even for a moment was anyone billed for what was not theirs.
        if (journal.Cdrs.Find(cdr => cdr.EnergyWh > (cdr.Evse == 1 ? 9_000 : 4_000) || cdr.TokenUid != (cdr.Evse == 1 ? "TAG-A" : "TAG-B")) is { } wrong)
            return $"{wrong.TokenUid} was billed {wrong.EnergyWh} Wh on connector {wrong.Evse}";
        if (soup.Strangers == Strangers.None) return "";
        var strangers = live.Where(cdr => cdr.Evse == 2).ToList();
        return strangers.Count == 1 && CdrContent.Of(strangers[0]) == foreignBill ? "" : $"the stranger has {strangers.Count} bills, or another one";
    }

    private static string Canonical(params Frame[] frames)
    {
        var journal = new Journal();
        foreach (var frame in frames) journal.Tell(frame, Received);
        return CdrContent.Of(Assert.Single(journal.Live));
    }
}
