using System.Buffers.Binary;

namespace Busbar.Simulator.Wire;

/// <summary>RFC 6455 opcodes.</summary>
public enum WebSocketOpcode
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// <summary>The header of a frame that a server sent.</summary>
/// <param name="HeaderLength">Bytes before the payload.</param>
public readonly record struct WebSocketFrameHeader(bool Final, WebSocketOpcode Opcode, bool Masked, long PayloadLength, int HeaderLength);

/// <summary>RFC 6455 framing by hand, as a client does it: what is written is masked, what is read must not be.</summary>
public static class WebSocketFrames
{
    /// <summary>The longest header that a client writes: 2 bytes, 8 of length, 4 of mask.</summary>
    public const int MaxHeader = 14;

    /// <summary>Writes a masked frame; <paramref name="output"/> needs <see cref="MaxHeader"/> bytes more than the payload.</summary>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> output, WebSocketOpcode opcode, bool final, ReadOnlySpan<byte> payload, uint mask)
    {
        output[0] = (byte)((final ? 0x80 : 0) | (int)opcode);
        int at;
        if (payload.Length < 126)
        {
            output[1] = (byte)(0x80 | payload.Length);
            at = 2;
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            output[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(output[2..], (ushort)payload.Length);
            at = 4;
        }
        else
        {
            output[1] = 0x80 | 127;
            BinaryPrimitives.WriteUInt64BigEndian(output[2..], (ulong)payload.Length);
            at = 10;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(output[at..], mask);
        at += 4;
        var body = output.Slice(at, payload.Length);
        payload.CopyTo(body);
        Mask(body, mask);
        return at + payload.Length;
    }

    /// <summary>Reads a header; false while there are too few bytes for it.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> input, out WebSocketFrameHeader header)
    {
        header = default;
        if (input.Length < 2)
        {
            return false;
        }

        var masked = (input[1] & 0x80) != 0;
        long length = input[1] & 0x7F;
        var at = 2;
        if (length == 126)
        {
            if (input.Length < 4)
            {
                return false;
            }

            length = BinaryPrimitives.ReadUInt16BigEndian(input[2..]);
            at = 4;
        }
        else if (length == 127)
        {
            if (input.Length < 10)
            {
                return false;
            }

            length = BinaryPrimitives.ReadInt64BigEndian(input[2..]);
            at = 10;
        }

        if (masked)
        {
            at += 4;
        }

        header = new((input[0] & 0x80) != 0, (WebSocketOpcode)(input[0] & 0x0F), masked, length, at);
        return true;
    }

    /// <summary>XORs with the mask, whose first byte is the lowest; doing it twice undoes it.</summary>
    public static void Mask(Span<byte> bytes, uint mask)
    {
        var wide = ((ulong)mask << 32) | mask;
        while (bytes.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ wide);
            bytes = bytes[8..];
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= (byte)(mask >> (8 * (i & 3)) & 0xFF);
        }
    }
}
