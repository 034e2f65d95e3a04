using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Busbar.Stations.Contracts;

namespace Busbar.Sessions;

/// <summary>
/// What identifies a fact, whatever message id it came with. A repeat has the same key and gets the stored answer. Domain rule per fact:
/// <list type="bullet">
/// <item>1.6 start: connector, token, time, register; and, where the clock was never set, the boot it happened in: that of the open session which it
/// began, if it comes again after another boot.</item>
/// <item>A boot, a connector's state without a time, and what we conclude ourselves: each is its own fact, for nothing tells a repeat from a recurrence.</item>
/// <item>All others: the action and its payload, which in 2.x carries transaction id and sequence number.</item>
/// </list>
/// </summary>
internal static class NaturalKeys
{
    public static byte[] Of(FactFrame frame, long epoch, StationBook book) => frame.Fact switch
    {
        ChargingFact.Started { TransactionId: null } start => Hash("start", StartKey(start, book), default),
        ChargingFact.Started { Time.Quality: ClockQuality.Unset or ClockQuality.Unreadable } start => Hash(frame.Action, BootText(start, book), frame.Raw.Span),
        ChargingFact.Booted => Hash("boot", Place(frame, epoch), default),
        ChargingFact.StatusReported or ChargingFact.GapsAbandoned => Hash(frame.Action, Place(frame, epoch), frame.Raw.Span),
        ChargingFact.ConnectorState { Time.Quality: ClockQuality.Unreadable } => Hash("state", Place(frame, epoch), default),
        _ => Hash(frame.Action, "", frame.Raw.Span),
    };

    private static string StartKey(ChargingFact.Started start, StationBook book) => string.Create(CultureInfo.InvariantCulture,
        $"{start.Evse}|{start.Connector}|{start.Token?.Folded}|{start.Time.Raw}|{start.Register?.MilliwattHours}|{BootText(start, book)}");

    private static string BootText(ChargingFact.Started start, StationBook book)
    {
        if (start.Time.Quality is not (ClockQuality.Unset or ClockQuality.Unreadable)) return "0";
        var begun = book.Open.Values.FirstOrDefault(session => session.StartKnown && session.StartRaw == start.Time.Raw
            && (start.TransactionId is { } id ? session.TransactionId == id
                : session.Evse == (start.Evse ?? 0) && session.Connector == (start.Connector ?? 0) && session.Token?.Folded == start.Token?.Folded
                    && session.Timeline.Readings.Any(reading => reading.Kind == ReadingKind.Begin && reading.Register == start.Register)));
        return (begun?.BootSession ?? book.BootSession).ToString(CultureInfo.InvariantCulture);
    }

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
