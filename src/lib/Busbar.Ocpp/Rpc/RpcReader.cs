using System.Text.Json;
using System.Text.Unicode;

namespace Busbar.Ocpp.Rpc;

/// <summary>
/// Reads OCPP-J frames without copying the payload. It never throws, whatever it is given, and looks into the payload only as far as to know that it is
/// well-formed JSON and an object: what the members mean, and whether one is there twice, is found when the payload is read as a message.
/// </summary>
public static class RpcReader
{
    /// <summary>The deepest nesting that a frame may have, the frame's own array included.</summary>
    public const int MaxDepth = 64;

    /// <summary>The standard allows 36 characters; stations exist that use more.</summary>
    public const int MaxMessageIdBytes = 255;

    public const int MaxActionBytes = 255;

    private static readonly ReadOnlyMemory<byte> EmptyObject = "{}"u8.ToArray();

    public static RpcReadOutcome Read(ReadOnlyMemory<byte> utf8, OcppVersion version, out RpcFrame frame)
    {
        frame = default;
        var span = utf8.Span;
        if (!Utf8.IsValid(span))
        {
            return new(RpcVerdict.NotUtf8);
        }

        var walk = new Walk(span);
        try
        {
            var verdict = walk.Run(utf8, version, ref frame);
            if (verdict == RpcVerdict.Ok)
            {
                return RpcReadOutcome.Ok;
            }

            frame = default;
            return new(verdict) { Kind = walk.Kind, MessageId = walk.MessageId };
        }
        catch (JsonException)
        {
            frame = default;
            return new(RpcVerdict.NotJson) { Kind = walk.Kind, MessageId = walk.MessageId };
        }
    }

    private ref struct Walk(ReadOnlySpan<byte> span)
    {
        // The reader's own limit is beyond ours, so that ours is what is met and can be told from other faults.
        private Utf8JsonReader _reader = new(span, new JsonReaderOptions { MaxDepth = MaxDepth + 1, CommentHandling = JsonCommentHandling.Disallow });

        public FrameKind? Kind;
        public string? MessageId;

        public RpcVerdict Run(ReadOnlyMemory<byte> utf8, OcppVersion version, ref RpcFrame frame)
        {
            if (!_reader.Read())
            {
                return RpcVerdict.NotJson;
            }

            if (_reader.TokenType != JsonTokenType.StartArray)
            {
                return RpcVerdict.NotAnArray;
            }

            _reader.Read();
            var known = _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out var number) && IsKnown((FrameKind)number, version);
            if (known)
            {
                _reader.TryGetInt32(out var value);
                Kind = (FrameKind)value;
            }
            else if (_reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject or JsonTokenType.EndArray)
            {
                return RpcVerdict.UnknownKind;
            }

            _reader.Read();
            if (!TryReadName(MaxMessageIdBytes, out var messageId))
            {
                return known ? RpcVerdict.BadMessageId : RpcVerdict.UnknownKind;
            }

            MessageId = messageId;
            if (!known)
            {
                return RpcVerdict.UnknownKind;
            }

            var action = "";
            var errorCode = "";
            var errorDescription = "";
            ReadOnlyMemory<byte> payload;
            RpcVerdict verdict;
            if (Kind is FrameKind.CallError or FrameKind.CallResultError)
            {
                verdict = ReadError(utf8, out errorCode, out errorDescription, out payload);
            }
            else
            {
                if (Kind is FrameKind.Call or FrameKind.Send)
                {
                    _reader.Read();
                    if (!TryReadName(MaxActionBytes, out var name))
                    {
                        return RpcVerdict.BadAction;
                    }

                    action = name;
                }

                _reader.Read();
                verdict = ReadPayload(utf8, out payload);
                if (verdict == RpcVerdict.Ok)
                {
                    _reader.Read();
                    verdict = _reader.TokenType == JsonTokenType.EndArray ? RpcVerdict.Ok : RpcVerdict.BadPayload;
                }
            }

            if (verdict != RpcVerdict.Ok)
            {
                return verdict;
            }

            _reader.Read();         // throws on anything but white space behind the end
            frame = new RpcFrame
            {
                Kind = Kind!.Value,
                MessageId = messageId,
                Action = action,
                Payload = payload,
                ErrorCode = errorCode,
                ErrorDescription = errorDescription,
            };
            return RpcVerdict.Ok;
        }

        private static bool IsKnown(FrameKind kind, OcppVersion version) => kind switch
        {
            FrameKind.Call or FrameKind.CallResult or FrameKind.CallError => true,
            FrameKind.CallResultError or FrameKind.Send => version == OcppVersion.V21,
            _ => false,
        };

        /// <summary>An error is the end of something that waits: its id is what counts, the rest is taken as it comes and may be missing.</summary>
        private RpcVerdict ReadError(ReadOnlyMemory<byte> utf8, out string code, out string description, out ReadOnlyMemory<byte> details)
        {
            code = RpcErrorCodes.GenericError;
            description = "";
            details = EmptyObject;
            for (var i = 0; ; i++)
            {
                _reader.Read();
                if (_reader.TokenType == JsonTokenType.EndArray)
                {
                    return RpcVerdict.Ok;
                }

                if (i == 0 && TryReadName(MaxActionBytes, out var name))
                {
                    code = name;
                }
                else if (i == 1 && _reader.TokenType == JsonTokenType.String && TryGetString(out var text))
                {
                    description = text;
                }
                else if (i == 2 && _reader.TokenType == JsonTokenType.StartObject)
                {
                    var verdict = ReadPayload(utf8, out details);
                    if (verdict != RpcVerdict.Ok)
                    {
                        return verdict;
                    }
                }
                else if (!TrySkip())
                {
                    return RpcVerdict.TooDeep;
                }
            }
        }

        private RpcVerdict ReadPayload(ReadOnlyMemory<byte> utf8, out ReadOnlyMemory<byte> payload)
        {
            payload = EmptyObject;
            if (_reader.TokenType == JsonTokenType.Null)
            {
                return RpcVerdict.Ok;       // 1.6-J 4.2.1, 2.0.1 part 4 4.1.5: null is one of two ways to say "nothing"
            }

            if (_reader.TokenType != JsonTokenType.StartObject)
            {
                return RpcVerdict.BadPayload;
            }

            var start = (int)_reader.TokenStartIndex;
            if (!TrySkip())
            {
                return RpcVerdict.TooDeep;
            }

            payload = utf8[start..(int)_reader.BytesConsumed];
            return RpcVerdict.Ok;
        }

        /// <summary>Walks over the current value. False if it is nested deeper than we go.</summary>
        private bool TrySkip()
        {
            if (_reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            {
                return true;
            }

            var depth = _reader.CurrentDepth;
            do
            {
                _reader.Read();
                if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && _reader.CurrentDepth >= MaxDepth)
                {
                    return false;
                }
            }
            while (_reader.CurrentDepth > depth);

            return true;
        }

        /// <summary>A short string without control characters: a message id, an action, an error code.</summary>
        private readonly bool TryReadName(int maxBytes, out string name)
        {
            name = "";
            if (_reader.TokenType != JsonTokenType.String || _reader.ValueSpan.Length == 0 || _reader.ValueSpan.Length > maxBytes)
            {
                return false;
            }

            Span<char> chars = stackalloc char[255];
            try
            {
                chars = chars[.._reader.CopyString(chars)];
            }
            catch (InvalidOperationException)
            {
                return false;               // an escaped half of a surrogate pair
            }

            foreach (var c in chars)
            {
                if (char.IsControl(c))
                {
                    return false;
                }
            }

            name = RpcNames.Intern(chars);
            return true;
        }

        private readonly bool TryGetString(out string text)
        {
            try
            {
                text = WireText.Storable(_reader.GetString() ?? "");
                return true;
            }
            catch (InvalidOperationException)
            {
                text = "";
                return false;
            }
        }
    }
}
