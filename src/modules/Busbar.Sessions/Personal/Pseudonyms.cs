using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Kernel;

namespace Busbar.Sessions.Personal;

/// <summary>
/// What stands in place of a driver's uids: a random text that a token's member of every version of OCPP has room for, the same for one uid wherever it stands, so that a replay of the journal
/// comes to the same sessions. Nothing keeps which uid it stands for.
/// </summary>
internal sealed class Pseudonyms
{
    public const string Begin = "ERASED-";

    /// <summary>In place of what people wrote.</summary>
    public const string Text = "(erased)";

    // With the beginning the 20 characters of a 1.6 idTag.
    private const int Random = 13;
    private const string Letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>A shorter one may be a part of any text; as a token's whole value it is replaced all the same.</summary>
    private const int ShortestPart = 8;

    /// <summary>A number is shorter.</summary>
    private const int ShortestSigned = 64;

    private static readonly HashSet<string> Tokens = new(StringComparer.Ordinal) { "idTag", "parentIdTag", "idToken", "additionalIdToken" };
    private static readonly HashSet<string> Notes = new(StringComparer.OrdinalIgnoreCase) { "note" };
    private static readonly HashSet<string> Signed = new(StringComparer.Ordinal) { "signedMeterData" };

    /// <summary>
    /// Members that a fact is made of, in every version and in our own: their words are the standard's, and name nobody though somebody may be called like one. A replay reads them again.
    /// </summary>
    private static readonly HashSet<string> Words = new(StringComparer.Ordinal)
    {
        "timestamp", "eventType", "triggerReason", "chargingState", "stoppedReason", "reason", "measurand", "context", "unit", "phase", "location", "format", "type", "status", "connectorStatus", "errorCode",
        "currency", "typeOfCost", "session", "seen", "actor",
    };

    /// <summary>The same where what stands there is a number, though it is written as a text: a uid of eight digits may be a part of a register.</summary>
    private static readonly HashSet<string> Numbers = new(StringComparer.Ordinal)
    {
        Value, TransactionId, "id", "evseId", "connectorId", "seqNo", "meterStart", "meterStop", "multiplier", "reservationId", "remoteStartId", "exclTax", "inclTax",
    };

    private const string TransactionId = "transactionId", Value = "value";

    private readonly Dictionary<string, string> _byUid;
    private readonly PersonalSubject _subject;
    private readonly byte[][] _needles;

    public Pseudonyms(PersonalSubject subject)
    {
        _subject = subject;
        _byUid = subject.Uids.Select(Fold).Distinct().ToDictionary(uid => uid, _ => Begin + RandomNumberGenerator.GetString(Letters, Random));
        _needles = [.. subject.Uids.Concat(subject.Words).Distinct(StringComparer.OrdinalIgnoreCase).Select(Encoding.UTF8.GetBytes)];
    }

    public static string Fold(string uid) => uid.ToUpperInvariant();

    public IEnumerable<string> Uids => _byUid.Keys;

    /// <summary>Null: it is somebody else's.</summary>
    public string? Of(string? uid) => uid is null ? null : _byUid.GetValueOrDefault(Fold(uid));

    /// <summary>A note that names the person is taken away whole: what is left of it could name them still.</summary>
    public string? Note(string? note) => _subject.IsIn(note) ? Text : note;

    /// <summary>A station may make a transaction's id of the uid; a number is one that we gave.</summary>
    public string Transaction(string id) => IsNumber(id) ? id : Parts(id);

    /// <summary>These bytes may name the person; false: they do not.</summary>
    public bool MayBeIn(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf("\\u"u8) >= 0) return true;
        foreach (var needle in _needles)
            if (AsciiText.IndexOf(bytes, needle) >= 0) return true;
        return false;
    }

    /// <summary>A payload without the person: all else in it stays to the byte.</summary>
    /// <param name="kept">Names them still: it is a part of a signed reading.</param>
    /// <returns>The very bytes where it does not name them.</returns>
    public byte[] Rewrite(byte[] payload, out bool kept)
    {
        kept = false;
        if (!MayBeIn(payload) && payload.AsSpan().IndexOf("signedMeterData"u8) < 0) return payload;
        var output = new ArrayBufferWriter<byte>(payload.Length + 64);
        try
        {
            var reader = new Utf8JsonReader(payload);
            var (copied, member, isChanged) = (0, "", false);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName) member = reader.GetString()!;
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number)) continue;
                var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
                if (Instead(member, text, reader.TokenType == JsonTokenType.Number, ref kept) is not { } other) continue;
                var at = (int)reader.TokenStartIndex;
                output.Write(payload.AsSpan(copied, at - copied));
                output.Write(JsonSerializer.SerializeToUtf8Bytes(other, PlainJson.Default.String));
                (copied, isChanged) = ((int)reader.BytesConsumed, true);
            }
            if (!isChanged) return payload;
            output.Write(payload.AsSpan(copied));
            return output.WrittenSpan.ToArray();
        }
        catch (JsonException)
        {
            // Whatever the station sent, it is no JSON: there is nothing in it but the text.
            return Encoding.UTF8.GetBytes(Parts(Encoding.UTF8.GetString(payload)));
        }
    }

    /// <summary>What stands there instead; null: it stays.</summary>
    private string? Instead(string member, string text, bool isNumber, ref bool kept)
    {
        if (Tokens.Contains(member)) return Of(text);
        if (isNumber || Words.Contains(member) || (Numbers.Contains(member) && IsNumber(text))) return null;
        if (Notes.Contains(member)) return _subject.IsIn(text) ? Text : null;
        if (Signed.Contains(member))
        {
            kept |= IsInSigned(text);
            return null;
        }
        if (!MayBeIn(Encoding.UTF8.GetBytes(text))) return null;
        // JSON in a text, as a DataTransfer has it.
        if (text.AsSpan().TrimStart().StartsWith('{'))
        {
            var inner = Encoding.UTF8.GetBytes(text);
            var rewritten = Rewrite(inner, out var isKept);
            kept |= isKept;
            return ReferenceEquals(inner, rewritten) ? null : Encoding.UTF8.GetString(rewritten);
        }
        var changed = Parts(text);
        if (changed == text) return null;
        // A reading that its meter signed is the value itself in 1.6.
        if (member != Value || text.Length < ShortestSigned) return changed;
        kept = true;
        return null;
    }

    private static bool IsNumber(string text) => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>As it stands, or as base 64.</summary>
    private bool IsInSigned(string text)
    {
        var bytes = new byte[text.Length];
        return Parts(text) != text
            || (Convert.TryFromBase64String(text, bytes, out var length) && Array.Exists(_needles, needle => needle.Length >= ShortestPart && AsciiText.IndexOf(bytes.AsSpan(0, length), needle) >= 0));
    }

    private string Parts(string text)
    {
        foreach (var (uid, pseudonym) in _byUid.Where(pair => pair.Key.Length >= ShortestPart)) text = text.Replace(uid, pseudonym, StringComparison.OrdinalIgnoreCase);
        foreach (var word in _subject.Words) text = text.Replace(word, Text, StringComparison.OrdinalIgnoreCase);
        return text;
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string))]
internal sealed partial class PlainJson : System.Text.Json.Serialization.JsonSerializerContext;
