using System.Text;

namespace Busbar.Kernel;

/// <summary>Looks for words in bytes that are a text, without making one of them.</summary>
public static class AsciiText
{
    /// <summary>Where a word first stands, in any case of ASCII's letters; −1: nowhere. All other letters are compared as they are.</summary>
    public static int IndexOf(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> word)
    {
        if (word.IsEmpty) return 0;
        var (lower, upper) = (Cased(word[0], lower: true), Cased(word[0], lower: false));
        for (var from = 0; from + word.Length <= bytes.Length;)
        {
            var next = bytes[from..^(word.Length - 1)].IndexOfAny(lower, upper);
            if (next < 0) return -1;
            from += next;
            var here = bytes.Slice(from, word.Length);
            if (Ascii.EqualsIgnoreCase(here, word) || here.SequenceEqual(word)) return from;
            from++;
        }
        return -1;
    }

    private static byte Cased(byte letter, bool lower) => !char.IsAsciiLetter((char)letter) ? letter : (byte)(lower ? letter | 0x20 : letter & ~0x20);
}
