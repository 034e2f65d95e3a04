using Busbar.Kernel;

namespace Busbar.Storage.Audit;

public enum AuditBreakKind
{
    /// <summary>An entry is not as it was sealed.</summary>
    Altered,

    /// <summary>An entry is gone, and those behind it are there.</summary>
    Missing,

    /// <summary>An entry stands there that was never sealed.</summary>
    Inserted,

    /// <summary>Entries are there, and not in their places.</summary>
    Reordered,

    /// <summary>The end is gone: an anchor knows more.</summary>
    Truncated,
}

/// <param name="Sequence">The first place at which the chain is not what it was.</param>
/// <param name="Detail">In words.</param>
public sealed record AuditBreak(long Sequence, AuditBreakKind Kind, string Detail);

/// <summary>A place of a chain and its hash, as they were written outside the database.</summary>
public sealed record AuditAnchor(TenantId Tenant, long Sequence, byte[] Hash);

/// <summary>What came of looking at one tenant's chain.</summary>
/// <param name="First">0: there is no entry.</param>
/// <param name="Last">The last place that was found to be right.</param>
/// <param name="Head">Its hash.</param>
/// <param name="Entries">That were looked at.</param>
/// <param name="Anchors">That were compared and agree.</param>
/// <param name="Break">Null: the chain is whole.</param>
public sealed record AuditVerdict(TenantId Tenant, long First, long Last, byte[] Head, long Entries, int Anchors, AuditBreak? Break);

/// <summary>
/// Looks at one chain, entry by entry, and holds none of them. At the first that does not fit it says what kind of break it is; where that is not clear from the entry itself, the entries
/// behind it tell: the one that names the last good hash as its previous is the true successor.
/// </summary>
/// <param name="anchors">The tenant's, by their places.</param>
/// <param name="isStretch">It is a part of a chain: that it does not begin at 1 proves nothing.</param>
internal sealed class ChainCheck(TenantId tenant, IReadOnlyList<AuditAnchor> anchors, bool isStretch)
{
    // Entries that were removed at one place while those behind it got new numbers.
    private const int MostRemoved = 16;

    private readonly byte[] _computed = new byte[AuditChain.HashSize];
    private byte[] _running = new byte[AuditChain.HashSize];
    private byte[] _before = new byte[AuditChain.HashSize];
    private long _first;
    private long _last;
    private long _entries;
    private int _anchor;
    private int _agreed;
    private long _lastAgreed;
    private string? _unprovenCut;
    private byte[]? _cutPlace;
    private AuditBreak? _break;
    private Suspect? _suspect;

    /// <summary>The entry that does not fit, while the ones behind it are asked.</summary>
    private sealed class Suspect(long expected, long sequence, byte[] previous, byte[] hash, byte[] content)
    {
        private readonly ChainBytes _bytes = Filled(content);

        public long Expected => expected;
        public long Sequence => sequence;
        public bool IsFirstBehind { get; set; } = true;

        /// <summary>Nothing but the hash speaks against it.</summary>
        public bool NamesTheLast { get; init; }

        public bool IsGenuineAt(Guid tenant, long place)
        {
            var computed = new byte[AuditChain.HashSize];
            if (previous.Length != AuditChain.HashSize) return false;
            _bytes.Hash(previous, tenant, place, computed);
            return computed.AsSpan().SequenceEqual(hash);
        }

        private static ChainBytes Filled(byte[] content)
        {
            var bytes = new ChainBytes();
            bytes.Begin();
            bytes.AddRaw(content);
            return bytes;
        }
    }

    public void Next(ChainRow row)
    {
        _entries++;
        if (_break is not null) return;
        if (_suspect is not null)
        {
            Ask(_suspect, row);
            return;
        }
        if (_entries == 1) Begin(row);
        var expected = _last + 1;
        if (row.Sequence == expected && row.Previous.AsSpan().SequenceEqual(_running) && IsHashed(row, expected))
        {
            Advance(row);
            return;
        }
        var namesTheLast = row.Previous.AsSpan().SequenceEqual(_running);
        if (!namesTheLast && expected > _first && row.Previous.AsSpan().SequenceEqual(_before)) Break(expected - 1, AuditBreakKind.Inserted, "an entry was put before the next one, which follows the one before it");
        else if (!namesTheLast && IsHashed(row, expected)) Break(expected, AuditBreakKind.Altered, row.Sequence == expected ? "its previous hash was changed" : "its place and its previous hash were changed");
        else _suspect = new Suspect(expected, row.Sequence, [.. row.Previous], [.. row.Hash], row.Bytes.Content.ToArray()) { NamesTheLast = namesTheLast };
    }

    public AuditVerdict Finish()
    {
        if (_suspect is not null) _break = Judge(_suspect);
        if (_break is null && _unprovenCut is not null) _break = new AuditBreak(1, AuditBreakKind.Missing, _unprovenCut);
        if (_break is null && _anchor < anchors.Count && anchors[^1].Sequence > _last)
            _break = new AuditBreak(_last + 1, AuditBreakKind.Truncated, $"an anchor knows entry {anchors[^1].Sequence}");
        return new AuditVerdict(tenant, _first, _last, _running, _entries, _agreed, _break);
    }

    /// <summary>A chain whose oldest entries were cut begins later; the cut's own entry says where, and must come.</summary>
    private void Begin(ChainRow row)
    {
        _first = long.Max(row.Sequence, 1);
        if (_first == 1) return;
        _last = _first - 1;
        if (row.Previous.Length == AuditChain.HashSize) row.Previous.CopyTo(_running, 0);
        if (isStretch) return;
        _unprovenCut = $"the chain begins at {_first}, and no cut is told";
        _cutPlace = System.Text.Encoding.ASCII.GetBytes(AuditCutter.PlaceOf(_last, row.Previous));
    }

    private void Advance(ChainRow row)
    {
        // The two take turns, so that nothing is allocated.
        (_before, _running) = (_running, _before);
        row.Hash.CopyTo(_running, 0);
        _last = row.Sequence;
        if (_cutPlace is not null && row.Bytes.Content.IndexOf(_cutPlace) >= 0 && row.Bytes.Content.IndexOf("audit.cut"u8) >= 0) (_cutPlace, _unprovenCut) = (null, null);
        while (_anchor < anchors.Count && anchors[_anchor].Sequence <= _last && _break is null) Compare(anchors[_anchor++]);
    }

    private void Compare(AuditAnchor anchor)
    {
        // What was cut away can be compared with nothing.
        if (anchor.Sequence < _last) return;
        if (anchor.Hash.AsSpan().SequenceEqual(_running)) (_agreed, _lastAgreed) = (_agreed + 1, _last);
        else Break(long.Max(_lastAgreed + 1, _first), AuditBreakKind.Altered, $"from there to {_last} the chain was written anew: an anchor has another hash");
    }

    private void Ask(Suspect suspect, ChainRow row)
    {
        var isFirst = suspect.IsFirstBehind;
        suspect.IsFirstBehind = false;
        if (!row.Previous.AsSpan().SequenceEqual(_running) || !IsHashed(row, suspect.Expected)) return;
        // The true successor. Was the suspect put before it, or did the two change places? One whose place was before is there twice.
        if (!suspect.NamesTheLast && suspect.Sequence >= suspect.Expected && (suspect.IsGenuineAt(tenant.Value, suspect.Sequence) || suspect.IsGenuineAt(tenant.Value, row.Sequence)))
            Break(suspect.Expected, AuditBreakKind.Reordered, $"its entry stands at {(row.Sequence == suspect.Expected ? "another line" : row.Sequence)}");
        else Break(suspect.Expected, isFirst ? AuditBreakKind.Inserted : AuditBreakKind.Reordered, "the entry that belongs there comes behind it");
        _suspect = null;
    }

    private AuditBreak Judge(Suspect suspect)
    {
        var expected = suspect.Expected;
        if (suspect.NamesTheLast) return new(expected, AuditBreakKind.Altered, "its content, its place or its hash was changed");
        if (suspect.Sequence > expected && suspect.IsGenuineAt(tenant.Value, suspect.Sequence)) return new(expected, AuditBreakKind.Missing, $"the next that is there is {suspect.Sequence}");
        for (var removed = 1; removed <= MostRemoved; removed++)
            if (suspect.IsGenuineAt(tenant.Value, suspect.Sequence + removed)) return new(expected, AuditBreakKind.Missing, "those behind it were numbered anew");
        if (suspect.Sequence < expected) return new(expected, AuditBreakKind.Inserted, $"an entry says that its place is {suspect.Sequence}");
        return suspect.IsGenuineAt(tenant.Value, suspect.Sequence)
            ? new(expected - 1, AuditBreakKind.Altered, "it was changed and hashed anew; the entry behind it knows its former hash")
            : new(expected, AuditBreakKind.Altered, "its content and its previous hash were changed");
    }

    private bool IsHashed(ChainRow row, long place)
    {
        row.Bytes.Hash(_running, tenant.Value, place, _computed);
        return row.Hash.AsSpan().SequenceEqual(_computed);
    }

    private void Break(long sequence, AuditBreakKind kind, string detail) => _break = new AuditBreak(sequence, kind, detail);
}
