using System.Buffers;
using System.Buffers.Binary;
using System.Data.Common;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Storage.Wire;

/// <summary>
/// What a station said and heard in a moment, as one row: a row for each frame costs the store many times more. One pack may be put behind another.
/// </summary>
/// <param name="Position">Of its first frame.</param>
/// <param name="At">Of its last frame.</param>
/// <param name="Frames">Each a head (position and milliseconds in 8 bytes each, protocol and direction in 1 each, length in 4; little-endian) and its bytes.</param>
/// <param name="Count">How many frames these are.</param>
internal sealed record FramePack(StationKey Station, long Position, Instant At, byte[] Frames, int Count)
{
    /// <summary>A position is a time in milliseconds, and so many bits of a count within it.</summary>
    public const int PositionBits = 12;

    private const int Head = 8 + 8 + 1 + 1 + 4;

    /// <summary>What a frame of so many bytes takes of a pack.</summary>
    public static int SizeOf(int bytes) => Head + bytes;

    public static void Write(IBufferWriter<byte> pack, long position, in WireFrame frame, ReadOnlySpan<byte> bytes)
    {
        var output = pack.GetSpan(SizeOf(bytes.Length));
        BinaryPrimitives.WriteInt64LittleEndian(output, position);
        BinaryPrimitives.WriteInt64LittleEndian(output[8..], frame.At.ToUnixTimeMilliseconds());
        output[16] = (byte)frame.Protocol;
        output[17] = frame.FromStation ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(output[18..], bytes.Length);
        bytes.CopyTo(output[Head..]);
        pack.Advance(SizeOf(bytes.Length));
    }

    /// <summary>Adds the frames from before a position, of packs that a query gives newest first, until there are enough.</summary>
    /// <returns>How many packs were read, and the last one's position.</returns>
    public static async Task<(int Packs, long Last)> ReadAsync(DbCommand query, long before, int limit, List<LoggedFrame> frames, CancellationToken ct)
    {
        await using var reader = await query.ExecuteReaderAsync(ct);
        var (packs, last) = (0, 0L);
        for (; frames.Count < limit && await reader.ReadAsync(ct); packs++)
        {
            var pack = (byte[])reader.GetValue(0);
            last = BinaryPrimitives.ReadInt64LittleEndian(pack);
            for (var next = 0; next < pack.Length;) next += Read(pack.AsSpan(next), before, frames);
        }
        return (packs, last);
    }

    /// <summary>Overwrites words in the frames of a pack, where they stand.</summary>
    /// <returns>In how many frames.</returns>
    public static long Erase(byte[] pack, IReadOnlyList<byte[]> words)
    {
        var count = 0L;
        for (var next = 0; next < pack.Length;)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(pack.AsSpan(next + 18));
            if (Erase(pack.AsSpan(next + Head, length), words)) count++;
            next += SizeOf(length);
        }
        return count;
    }

    private static bool Erase(Span<byte> frame, IReadOnlyList<byte[]> words)
    {
        var found = false;
        foreach (var word in words)
        {
            for (int at; (at = Kernel.AsciiText.IndexOf(frame, word)) >= 0; found = true) frame.Slice(at, word.Length).Fill((byte)'*');
        }
        return found;
    }

    /// <summary>The newest first: packs of processes that held a station one after the other may reach into each other.</summary>
    public static IReadOnlyList<LoggedFrame> Newest(List<LoggedFrame> frames, int limit) => [.. frames.OrderByDescending(frame => frame.Position).Take(limit)];

    private static int Read(ReadOnlySpan<byte> pack, long before, List<LoggedFrame> frames)
    {
        var position = BinaryPrimitives.ReadInt64LittleEndian(pack);
        var length = BinaryPrimitives.ReadInt32LittleEndian(pack[18..]);
        if (position < before)
        {
            var at = Instant.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(pack[8..]));
            frames.Add(new LoggedFrame(position, pack[17] == 1, pack[16], at, pack.Slice(Head, length).ToArray()));
        }
        return SizeOf(length);
    }
}
