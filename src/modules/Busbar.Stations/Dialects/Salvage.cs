using System.Globalization;
using System.Text;
using System.Text.Json;
using Busbar.Ocpp;

namespace Busbar.Stations.Dialects;

/// <summary>
/// Reads single members of a payload that is not the message it should be: enough of its natural key to acknowledge it. A member that is there
/// twice with different values is no key.
/// </summary>
internal static class Salvage
{
    /// <summary>The text of a member of the payload (or of an object within it), or null if it is not there, is not a scalar, or is ambiguous.</summary>
    public static string? Text(ReadOnlySpan<byte> payload, string member, string? within = null)
    {
        try
        {
            var reader = new Utf8JsonReader(payload);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject ? Find(ref reader, member, within) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public static int? Number(ReadOnlySpan<byte> payload, string member, string? within = null) =>
        int.TryParse(Text(payload, member, within), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Find(ref Utf8JsonReader reader, string member, string? within)
    {
        string? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isWanted = reader.ValueTextEquals(within ?? member);
            reader.Read();
            if (!isWanted)
            {
                reader.Skip();
                continue;
            }
            string? value;
            if (within is null) value = Scalar(ref reader);
            else if (reader.TokenType == JsonTokenType.StartObject) value = Find(ref reader, member, null);
            else
            {
                reader.Skip();
                value = null;
            }
            if (value is null || (found is not null && found != value)) return null;
            found = value;
        }
        return found;
    }

    private static string? Scalar(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString() is { Length: > 0 } text ? WireText.Storable(text) : null;
            case JsonTokenType.Number:
                return Encoding.UTF8.GetString(reader.ValueSpan);
            default:
                reader.Skip();
                return null;
        }
    }
}
