using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace Busbar.Identity.Operators;

/// <summary>
/// The operator's own list of leaked passwords: a file as Pwned Passwords' downloader writes it, some forty gigabytes of lines <c>SHA1:count</c> in the order of the hashes. It is looked up by halving, some thirty
/// small reads for one password, is never read whole, and asks nobody outside.
/// </summary>
internal sealed class LeakedPasswords(IOptions<OperatorOptions> options, IMeterFactory meters, ILogger<LeakedPasswords> log)
{
    // A hash, a colon, a count, and the end of a line.
    private const int LongestLine = 80;
    private const int HashDigits = 2 * SHA1.HashSizeInBytes;

    // Where a file is looked at when the server starts.
    private const int Samples = 256;

    private readonly string _path = options.Value.LeakedPasswords;

    private readonly Counter<long> _lookups = meters.Create("Busbar.Identity").CreateCounter<long>("busbar.leaked_passwords", "{password}", "Passwords that were looked up in the list of leaked ones, by what came of it.");

    /// <summary>False too where nothing could be looked up: a file that went away keeps nobody from setting a password, and is told in the log and the figures.</summary>
    public async Task<bool> HasAsync(string password, CancellationToken ct)
    {
        if (_path.Length == 0) return false;
        try
        {
            using var file = Open(_path);
            // Off the caller's thread: a disk may take its time.
            var isThere = await Task.Run(() => Find(file, HashOf(password)), ct);
            Count(isThere ? "found" : "notFound");
            return isThere;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Count("failed");
            Log.LeakedPasswordsFailed(log, error, _path);
            return false;
        }
    }

    /// <summary>What is wrong with the file, in plain words; null: nothing, as far as some hundred looks into it tell.</summary>
    public static string? FaultOf(string path)
    {
        if (path.Length == 0) return null;
        if (Directory.Exists(path)) return $"{path} is a directory; let the downloader write one file.";
        try
        {
            using var file = Open(path);
            var length = RandomAccess.GetLength(file);
            if (length == 0) return $"{path} is empty.";
            byte[] before = [];
            for (var i = 0; i <= Samples; i++)
            {
                var line = LineAt(file, (long)((UInt128)(length - 1) * (uint)i / Samples), 0, length);
                if (before.Length > 0 && before.AsSpan().SequenceCompareTo(line.Hash) > 0) return $"{path} is not in the order of the hashes: at byte {line.Begin} there is one that is less than one before it.";
                before = line.Hash;
            }
            return null;
        }
        catch (InvalidDataException error) { return error.Message; }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException) { return $"{path} cannot be read: {error.Message}"; }
    }

    /// <exception cref="InvalidDataException">What is there is no such list.</exception>
    internal static bool Find(SafeFileHandle file, byte[] hash)
    {
        // The line, if it is there, begins within these.
        var (from, until) = (0L, RandomAccess.GetLength(file));
        while (from < until)
        {
            var line = LineAt(file, from + ((until - from) / 2), from, until);
            switch (hash.AsSpan().SequenceCompareTo(line.Hash))
            {
                case 0: return true;
                case < 0: until = line.Begin; break;
                default: from = line.End; break;
            }
        }
        return false;
    }

    internal static byte[] HashOf(string password)
    {
#pragma warning disable CA5350 // What the list is made of: nothing is protected by it.
        return SHA1.HashData(Encoding.UTF8.GetBytes(password));
#pragma warning restore CA5350
    }

    private static SafeFileHandle Open(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);

    /// <summary>The line that the byte at <paramref name="place"/> is of, between two beginnings of lines.</summary>
    /// <exception cref="InvalidDataException">It is not <c>SHA1:count</c>.</exception>
    private static (long Begin, long End, byte[] Hash) LineAt(SafeFileHandle file, long place, long from, long until)
    {
        var begin = Math.Max(from, place - LongestLine);
        Span<byte> window = stackalloc byte[2 * LongestLine];
        window = window[..ReadAll(file, window[..(int)Math.Min(window.Length, until - begin)], begin)];
        var here = checked((int)(place - begin));
        if (here >= window.Length) throw new InvalidDataException($"The list ends at byte {begin + window.Length}, before it did a moment ago.");
        var first = window[..here].LastIndexOf((byte)'\n') + 1;
        var end = window[here..].IndexOf((byte)'\n');
        var line = end < 0 ? window[first..] : window[first..(here + end)];
        // A window that shows no end of it is longer than any line.
        var isWhole = (first > 0 || begin == from) && (end >= 0 || begin + window.Length == until);
        if (!isWhole || !TryRead(line, out var hash))
            throw new InvalidDataException($"At byte {begin + first} there is no line of 40 hexadecimal digits, a colon and a count: {Encoding.ASCII.GetString(line[..Math.Min(line.Length, HashDigits)]).Trim()}");
        return (begin + first, begin + (end < 0 ? window.Length : here + end + 1), hash);
    }

    private static bool TryRead(ReadOnlySpan<byte> line, out byte[] hash)
    {
        hash = new byte[SHA1.HashSizeInBytes];
        if (line is [.. var bare, (byte)'\r']) line = bare;
        return line.Length >= HashDigits && Convert.FromHexString(line[..HashDigits], hash, out _, out _) == OperationStatus.Done
            && (line.Length == HashDigits || (line[HashDigits] == ':' && Utf8Parser.TryParse(line[(HashDigits + 1)..], out long count, out var read) && count >= 0 && read == line.Length - HashDigits - 1));
    }

    private static int ReadAll(SafeFileHandle file, Span<byte> into, long place)
    {
        var all = 0;
        while (all < into.Length && RandomAccess.Read(file, into[all..], place + all) is > 0 and var some) all += some;
        return all;
    }

    private void Count(string outcome) => _lookups.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
