using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>What of a <see cref="StationBook"/> is stored: open and recent sessions by id, orphans by their place in the journal.</summary>
internal sealed record StoredBook
{
    public int BootSession { get; init; }
    public ImmutableArray<SessionId> Open { get; init; } = [];
    public ImmutableArray<SessionId> Recent { get; init; } = [];
    public ImmutableArray<JournalPlace> Orphans { get; init; } = [];
    public ImmutableList<ConnectorHistory> Connectors { get; init; } = [];

    public static StoredBook Of(StationBook book) => new()
    {
        BootSession = book.BootSession,
        Open = [.. book.Open.Select(session => session.Id).OrderBy(id => id.Value)],
        Recent = [.. book.Recent.Select(session => session.Id)],
        Orphans = [.. book.Orphans.Select(orphan => orphan.Place)],
        Connectors = book.Connectors,
    };
}

/// <summary>Sessions, books and decisions as stored bytes. Instants are Unix milliseconds, energy milliwatt-hours; the same state gives the same bytes.</summary>
internal static class SessionsJson
{
    public static byte[] Write(Session session) => JsonSerializer.SerializeToUtf8Bytes(session, StateJson.Default.Session);

    public static Session ReadSession(ReadOnlySpan<byte> bytes) => Required(JsonSerializer.Deserialize(bytes, StateJson.Default.Session));

    public static byte[] Write(StoredBook book) => JsonSerializer.SerializeToUtf8Bytes(book, StateJson.Default.StoredBook);

    public static StoredBook ReadBook(ReadOnlySpan<byte> bytes) => Required(JsonSerializer.Deserialize(bytes, StateJson.Default.StoredBook));

    public static byte[] Write(Decided decided) => ReferenceEquals(decided, Decided.Nothing) ? [] : JsonSerializer.SerializeToUtf8Bytes(decided, StateJson.Default.Decided);

    public static Decided ReadDecided(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? Decided.Nothing : Required(JsonSerializer.Deserialize(bytes, StateJson.Default.Decided));

    private static T Required<T>(T? value) where T : class => value ?? throw new InvalidOperationException($"A stored {typeof(T).Name} is empty.");
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    Converters =
    [
        typeof(InstantJson), typeof(EnergyJson), typeof(PowerJson), typeof(ByteTextJson), typeof(IdJson<SessionId>), typeof(IdJson<CdrId>),
        typeof(ReadingsJson), typeof(MarksJson), typeof(AppendListJson<Heard>), typeof(AppendListJson<TokenClaim>),
        typeof(AppendListJson<EndMark>), typeof(AppendListJson<Adoption>), typeof(AppendListJson<HeldBack>),
    ])]
[JsonSerializable(typeof(Session))]
[JsonSerializable(typeof(ArchivedState))]
[JsonSerializable(typeof(StoredBook))]
[JsonSerializable(typeof(Decided))]
[JsonSerializable(typeof(Heard[]))]
[JsonSerializable(typeof(TokenClaim[]))]
[JsonSerializable(typeof(EndMark[]))]
[JsonSerializable(typeof(Adoption[]))]
[JsonSerializable(typeof(HeldBack[]))]
internal sealed partial class StateJson : JsonSerializerContext;

internal sealed class InstantJson : JsonConverter<Instant>
{
    public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Instant.FromUnixTimeMilliseconds(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) => writer.WriteNumberValue(value.ToUnixTimeMilliseconds());
}

internal sealed class EnergyJson : JsonConverter<Energy>
{
    public override Energy Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Energy value, JsonSerializerOptions options) => writer.WriteNumberValue(value.MilliwattHours);
}

internal sealed class PowerJson : JsonConverter<Power>
{
    public override Power Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Power value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Milliwatts);
}

internal sealed class ByteTextJson : JsonConverter<ByteText>
{
    // A document of ours, in the very bytes: what was written compactly is read as it stands.
    public override ByteText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new ByteText(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(document.RootElement).ToArray());
    }

    public override void Write(Utf8JsonWriter writer, ByteText value, JsonSerializerOptions options) => writer.WriteRawValue(value.Bytes.Span, skipInputValidation: true);
}

internal sealed class IdJson<T> : JsonConverter<T> where T : struct, ITypedId<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TypedId.TryParse<T>(reader.GetString(), out var id) ? id : throw new JsonException("Not an id.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(TypedId.Format(value));
}

internal sealed class AppendListJson<T> : JsonConverter<AppendList<T>>
{
    public override AppendList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        AppendList<T>.Of(JsonSerializer.Deserialize(ref reader, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<T[]>)options.GetTypeInfo(typeof(T[]))) ?? []);

    public override void Write(Utf8JsonWriter writer, AppendList<T> value, JsonSerializerOptions options)
    {
        var item = (System.Text.Json.Serialization.Metadata.JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        writer.WriteStartArray();
        foreach (var element in value) JsonSerializer.Serialize(writer, element, item);
        writer.WriteEndArray();
    }
}

/// <summary>Readings as rows of numbers, absent ones as null: a long session has thousands.</summary>
internal sealed class ReadingsJson : JsonConverter<AppendList<Reading>>
{
    public override AppendList<Reading> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var readings = new List<Reading>();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            var at = Instant.FromUnixTimeMilliseconds(Next(ref reader)!.Value);
            var kind = (ReadingKind)Next(ref reader)!.Value;
            Energy? register = Next(ref reader) is { } total ? new Energy(total) : null;
            Energy? interval = Next(ref reader) is { } part ? new Energy(part) : null;
            Power? power = Next(ref reader) is { } milliwatts ? new Power(milliwatts) : null;
            var (current, charge, isOfConnector) = (NextDecimal(ref reader), NextDecimal(ref reader), Next(ref reader) == 1);
            reader.Read();
            Energy? exported = null;
            if (reader.TokenType == JsonTokenType.Number)
            {
                exported = new Energy(reader.GetInt64());
                reader.Read();
            }
            readings.Add(new Reading(at, kind, register, interval, power, current, charge) { IsOfConnector = isOfConnector, ExportRegister = exported });
        }
        return readings.Count == 0 ? AppendList<Reading>.Empty : AppendList<Reading>.Of(readings);
    }

    public override void Write(Utf8JsonWriter writer, AppendList<Reading> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        for (var i = 0; i < value.Count; i++)
        {
            var reading = value[i];
            writer.WriteStartArray();
            writer.WriteNumberValue(reading.At.ToUnixTimeMilliseconds());
            writer.WriteNumberValue((int)reading.Kind);
            Write(writer, reading.Register?.MilliwattHours);
            Write(writer, reading.Interval?.MilliwattHours);
            Write(writer, reading.Power?.Milliwatts);
            Write(writer, reading.CurrentA);
            Write(writer, reading.SocPercent);
            writer.WriteNumberValue(reading.IsOfConnector ? 1 : 0);
            // The few that have one.
            if (reading.ExportRegister is { } exported) writer.WriteNumberValue(exported.MilliwattHours);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }

    private static long? Next(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.Null ? reader.GetInt64() : null;

    private static decimal? NextDecimal(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType != JsonTokenType.Null ? reader.GetDecimal() : null;

    private static void Write(Utf8JsonWriter writer, long? value)
    {
        if (value is { } number) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }

    private static void Write(Utf8JsonWriter writer, decimal? value)
    {
        if (value is { } number) writer.WriteNumberValue(number);
        else writer.WriteNullValue();
    }
}

/// <summary>States as one row of numbers, each after its time.</summary>
internal sealed class MarksJson : JsonConverter<AppendList<StateMark>>
{
    public override AppendList<StateMark> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var marks = new List<StateMark>();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            var from = Instant.FromUnixTimeMilliseconds(reader.GetInt64());
            reader.Read();
            marks.Add(new StateMark(from, (ChargingState)reader.GetInt32()));
        }
        return marks.Count == 0 ? AppendList<StateMark>.Empty : AppendList<StateMark>.Of(marks);
    }

    public override void Write(Utf8JsonWriter writer, AppendList<StateMark> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        for (var i = 0; i < value.Count; i++)
        {
            writer.WriteNumberValue(value[i].From.ToUnixTimeMilliseconds());
            writer.WriteNumberValue((int)value[i].State);
        }
        writer.WriteEndArray();
    }
}
