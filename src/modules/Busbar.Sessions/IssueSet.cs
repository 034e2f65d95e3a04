using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Busbar.Sessions;

/// <summary>
/// The issues of a session, each once, in ordinal order: the same on every machine whatever its culture, equal by content, so that a change that changes
/// nothing is none.
/// </summary>
[JsonConverter(typeof(IssueSetJson))]
internal sealed class IssueSet : IReadOnlyList<string>, IEquatable<IssueSet>
{
    private readonly string[] _codes;

    private IssueSet(string[] codes) => _codes = codes;

    public static IssueSet Empty { get; } = new([]);

    public static IssueSet Of(IEnumerable<string> codes)
    {
        string[] sorted = [.. codes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return sorted.Length == 0 ? Empty : new IssueSet(sorted);
    }

    public int Count => _codes.Length;

    public string this[int index] => _codes[index];

    public bool Contains(string code) => Array.BinarySearch(_codes, code, StringComparer.Ordinal) >= 0;

    public IssueSet With(string code) => Contains(code) ? this : Of(_codes.Append(code));

    public bool Equals(IssueSet? other) => other is not null && (ReferenceEquals(this, other) || _codes.AsSpan().SequenceEqual(other._codes));

    public override bool Equals(object? obj) => Equals(obj as IssueSet);

    public override int GetHashCode() => _codes.Length == 0 ? 0 : StringComparer.Ordinal.GetHashCode(_codes[0]) + _codes.Length;

    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)_codes).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _codes.GetEnumerator();
}

internal sealed class IssueSetJson : JsonConverter<IssueSet>
{
    public override IssueSet Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var codes = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("Issues are an array.");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) codes.Add(reader.GetString() ?? throw new JsonException("An issue is a text."));
        return IssueSet.Of(codes);
    }

    public override void Write(Utf8JsonWriter writer, IssueSet value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var code in value) writer.WriteStringValue(code);
        writer.WriteEndArray();
    }
}
