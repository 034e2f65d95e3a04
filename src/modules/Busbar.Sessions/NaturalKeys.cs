using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// What identifies a fact, whatever message id it came with: the time that it tells and a hash. A repeat has the same key and gets the stored answer. Domain rule per fact:
/// <list type="bullet">
/// <item>1.6 start: connector, token, time, register; and, where the clock was never set, the boot it happened in: that of the session which it began, if that
/// is open or of the same boot. A start that was told more than a day late may be of a clock that begins anew with each boot, and is treated so.</item>
/// <item>A boot, a connector's state without a time that can be believed, and what we conclude ourselves: each is its own fact, for nothing tells a repeat from a
/// recurrence. The same state told twice is no change of it, so a repeat costs nobody anything.</item>
/// <item>All others: the action and its payload, which in 2.x carries transaction id and sequence number.</item>
/// </list>
/// </summary>
internal static class NaturalKeys
{
    public static byte[] Of(FactFrame frame, long epoch, StationBook book)
    {
        var key = HashOf(frame, epoch, book);
        // The told time before it, which is as much a part of what was said: keys grow as time goes, and what the store does with them stays in one place.
        Span<byte> told = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(told, frame.Fact.Time.At is { } at ? Math.Max(0, at.ToUnixTimeMilliseconds()) : 0);
        told[^TimeBytes..].CopyTo(key);
        return key;
    }

    private const int TimeBytes = 6;

    private static byte[] HashOf(FactFrame frame, long epoch, StationBook book) => frame.Fact switch
    {
        ChargingFact.Started { TransactionId: null } start => Hash("start", StartKey(start, frame.ReceivedAt, book), default),
        ChargingFact.Started { Time.Quality: ClockQuality.Unset or ClockQuality.Unreadable or ClockQuality.Past } start =>
            Hash(frame.Action, BootText(start, frame.ReceivedAt, book), frame.Raw.Span),
        ChargingFact.Booted => Hash("boot", Place(frame, epoch), default),
        ChargingFact.StatusReported or ChargingFact.GapsAbandoned or ChargingFact.Withheld or ChargingFact.Reviewed => Hash(frame.Action, Place(frame, epoch), frame.Raw.Span),
        ChargingFact.ConnectorState { Time.Quality: ClockQuality.Unset or ClockQuality.Unreadable } => Hash("state", Place(frame, epoch), default),
        _ => Hash(frame.Action, "", frame.Raw.Span),
    };

    private static string StartKey(ChargingFact.Started start, Instant receivedAt, StationBook book) => string.Create(CultureInfo.InvariantCulture,
        $"{start.Evse}|{start.Connector}|{start.Token?.Folded}|{start.Time.Raw}|{start.Register?.MilliwattHours}|{BootText(start, receivedAt, book)}");

    private static string BootText(ChargingFact.Started start, Instant receivedAt, StationBook book)
    {
        if (NamesItsMoment(start.Time, receivedAt)) return "0";
        var begun = book.Sessions.FirstOrDefault(session => session.StartKnown && session.StartRaw == start.Time.Raw && (session.IsOpen || session.BootSession == book.BootSession)
            && (start.TransactionId is { } id ? session.TransactionId == id
                : session.Evse == (start.Evse ?? 0) && session.Connector == (start.Connector ?? 0) && session.Token?.Folded == start.Token?.Folded
                    && session.Timeline.Readings.Any(reading => reading.Kind == ReadingKind.Begin && reading.Register == start.Register)));
        // One that was told in time before has the key that it had then.
        if (begun?.StartReceivedAt is { } first && NamesItsMoment(start.Time, first)) return "0";
        return (begun?.BootSession ?? book.BootSession).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>No other start can have this time.</summary>
    private static bool NamesItsMoment(StationTime time, Instant receivedAt) =>
        time is { Quality: ClockQuality.Plausible or ClockQuality.ZoneMissing or ClockQuality.Future, At: { } at } && receivedAt - at <= Duration.FromDays(1);

    private static string Place(FactFrame frame, long epoch) => string.Create(CultureInfo.InvariantCulture, $"{epoch}|{frame.N}");

    private static byte[] Hash(string kind, string text, ReadOnlySpan<byte> payload)
    {
        var size = Encoding.UTF8.GetMaxByteCount(kind.Length + text.Length) + 2 + payload.Length;
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var length = Encoding.UTF8.GetBytes(kind, rented);
            rented[length++] = 0;
            length += Encoding.UTF8.GetBytes(text, rented.AsSpan(length));
            rented[length++] = 0;
            payload.CopyTo(rented.AsSpan(length));
            return SHA256.HashData(rented.AsSpan(0, length + payload.Length));
        }
        finally { ArrayPool<byte>.Shared.Return(rented); }
    }
}
