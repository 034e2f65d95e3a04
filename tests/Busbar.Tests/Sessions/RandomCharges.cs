using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>Random days of a station: charges in both families of versions, told twice, late, out of order, with senseless ids, gaps and bad readings.</summary>
internal static class RandomCharges
{
    private static readonly Instant Begun = Instant.FromUtc(2026, 5, 30, 4, 0);

    public static IEnumerable<(Frame Frame, Instant ReceivedAt)> Of(Random random, int charges)
    {
        var told = new List<(Frame Frame, Instant At)>();
        var at = Begun;
        var register = 1_000_000L + random.Next(5_000_000);
        var starts = new int[3];
        for (var charge = 0; charge < charges; charge++)
        {
            at += Duration.FromMinutes(random.Next(5, 90));
            var connector = random.Next(1, 3);
            var frames = random.Next(2) == 0 ? Charge16(random, connector, starts[connector]++, at, ref register) : Charge2(random, charge, connector, at, ref register);
            told.AddRange(frames);
            at = frames[^1].At;
        }
        return Disturbed(random, told);
    }

    private static List<(Frame, Instant At)> Charge16(Random random, int connector, int start, Instant at, ref long register)
    {
        var tag = $"TAG-{random.Next(9)}";
        var id = random.Next(8) switch { 0 => "-1", 1 => "9223372036854775807", _ => Journal.IdOf(connector, start) };
        var frames = new List<(Frame, Instant)> { (Frames.Status(connector, "Preparing", at - Duration.FromMinutes(1)), at), (Frames.Start(connector, tag, at, register), at) };
        frames.Add((Frames.Status(connector, "Charging", at + Duration.FromSeconds(7)), at + Duration.FromSeconds(7)));
        for (var i = random.Next(6); i > 0; i--)
        {
            at += Duration.FromMinutes(random.Next(2, 20));
            register += random.Next(700);
            frames.Add((Frames.Meter(connector, random.Next(5) == 0 ? null : id, at, random.Next(12) == 0 ? 7 : register), at));
            if (random.Next(4) == 0) frames.Add((Frames.Status(connector, random.Next(2) == 0 ? "SuspendedEV" : "SuspendedEVSE", at), at));
        }
        at += Duration.FromMinutes(random.Next(2, 20));
        register += random.Next(700);
        if (random.Next(12) != 0) frames.Add((Frames.Stop(id, at, register, random.Next(3) == 0 ? null : tag), at));
        return frames;
    }

    private static List<(Frame, Instant At)> Charge2(Random random, int charge, int evse, Instant at, ref long register)
    {
        var id = random.Next(5) == 0 ? "again" : $"tx-{charge}";
        var seq = 0;
        var frames = new List<(Frame, Instant)> { (Frames.Event("Started", id, seq++, at, register, "Charging", random.Next(3) == 0 ? null : $"TAG-{random.Next(9)}", evse: evse, receivedAt: at), at) };
        for (var i = random.Next(6); i > 0; i--)
        {
            at += Duration.FromMinutes(random.Next(2, 20));
            register += random.Next(700);
            frames.Add((Frames.Event("Updated", id, seq++, at, register, random.Next(4) == 0 ? "SuspendedEV" : null, random.Next(6) == 0 ? "TAG-X" : null, evse: evse, receivedAt: at), at));
        }
        at += Duration.FromMinutes(random.Next(2, 20));
        register += random.Next(700);
        frames.Add((Frames.Event("Ended", id, seq, at, register, evse: evse, receivedAt: at), at));
        // Some numbers never come.
        if (random.Next(8) == 0 && frames.Count > 2) frames.RemoveAt(1);
        return frames;
    }

    private static IEnumerable<(Frame, Instant)> Disturbed(Random random, List<(Frame Frame, Instant At)> told)
    {
        var waiting = new List<(Frame Frame, Instant At)>();
        foreach (var (frame, at) in told)
        {
            if (random.Next(30) == 0) yield return (Frames.Boot(), at);
            if (random.Next(6) == 0)
            {
                waiting.Add((frame, at));
                continue;
            }
            yield return (frame, at + Duration.FromSeconds(1));
            if (random.Next(10) == 0) yield return (frame, at + Duration.FromSeconds(3));
            if (waiting.Count <= random.Next(6)) continue;
            foreach (var (late, _) in waiting) yield return (late, at + Duration.FromSeconds(5));
            waiting.Clear();
        }
        foreach (var (late, at) in waiting) yield return (late, at + Duration.FromDays(1));
    }
}
