using Busbar.Kernel;
using NodaTime;

namespace Busbar.Storage.Audit;

/// <summary>An entry of the audit.</summary>
public readonly record struct AuditId(Guid Value) : ITypedId<AuditId>
{
    public static string Prefix => "aud";
    public static AuditId From(Guid value) => new(value);
    public int CompareTo(AuditId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}

/// <summary>Who did what to which thing, as it is written with the change itself.</summary>
public sealed record AuditEntry
{
    public required TenantId Tenant { get; init; }
    public required AuditId Id { get; init; }
    public required Instant At { get; init; }

    /// <summary>See <see cref="Author.Actor"/>.</summary>
    public required string Actor { get; init; }

    /// <summary><c>console</c>, <c>api</c> or <c>system</c>.</summary>
    public required string Way { get; init; }
    public string? Source { get; init; }

    /// <summary>The kind and a verb: <c>tariff.published</c>.</summary>
    public required string Action { get; init; }
    public required string Kind { get; init; }
    public required string Thing { get; init; }

    /// <summary>What it was called at that time.</summary>
    public string? Name { get; init; }

    /// <summary><c>done</c>, <c>given</c> (a command: what the station answered is told by the command), <c>refused</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The members that changed, as JSON; null: it was made.</summary>
    public string? Before { get; init; }

    /// <summary>Null: it was removed.</summary>
    public string? After { get; init; }

    public static AuditEntry Of(Author author, TenantId tenant, Instant at, string action, string kind, string thing) => new()
    {
        Tenant = tenant, Id = AuditIds.Next(at), At = at, Actor = author.Actor, Way = WayOf(author.Way), Source = author.Source is { Length: > 0 } source ? source : null, Action = action, Kind = kind, Thing = thing, Outcome = "done",
    };

    /// <summary>For units of rows without EF (<see cref="Rooms.RowWriter"/>).</summary>
    public Commits.RowWrite ToWrite() => AuditTables.Inbox.Row(
        Tenant.Value, Id.Value, At.ToUnixTimeMilliseconds(), Actor, Way, Source, Action, Kind, Thing, Name, Outcome, Before, After);

    private static string WayOf(AuditWay way) => way switch
    {
        AuditWay.Console => "console",
        AuditWay.Api => "api",
        _ => "system",
    };
}

/// <summary>An entry in its place of the tenant's chain.</summary>
/// <param name="Sequence">From 1, without gaps.</param>
/// <param name="Previous">The hash of the entry before; 32 zero bytes before the first.</param>
/// <param name="Hash">See <see cref="AuditChain"/>.</param>
public sealed record SealedEntry(AuditEntry Entry, long Sequence, byte[] Previous, byte[] Hash);

/// <summary>Ids that grow with every entry of this process, also within a millisecond: their order is the order in which entries are sealed.</summary>
internal static class AuditIds
{
    private const int CountBits = 12;
    private static long _last;

    public static AuditId Next(Instant at)
    {
        var wanted = at.ToUnixTimeMilliseconds() << CountBits;
        long last, next;
        do
        {
            last = Interlocked.Read(ref _last);
            next = Math.Max(wanted, last + 1);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);
        Span<byte> bytes = stackalloc byte[16];
        System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, (next >> CountBits) << 16 | 0x7000 | (next & ((1 << CountBits) - 1)));
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new AuditId(new Guid(bytes, bigEndian: true));
    }
}
