using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Busbar.Ocpp.V2;

/// <summary>
/// Reads and writes the messages of 2.0.1 and 2.1. Reading is one for both: a 2.0.1 station that sends a member of 2.1 is understood. Writing is not: members
/// that 2.1 added are left out for a 2.0.1 station. Unknown members are passed over, a member that is there twice is a fault, null members are not written.
/// </summary>
public static class Ocpp2Json
{
    private static readonly JsonSerializerOptions V21 = WireJson.Freeze(new JsonSerializerOptions(Ocpp2JsonContext.Default.Options)
    {
        TypeInfoResolver = Ocpp2JsonContext.Default,
    });

    private static readonly JsonSerializerOptions V201 = WireJson.Freeze(new JsonSerializerOptions(Ocpp2JsonContext.Default.Options)
    {
        TypeInfoResolver = Ocpp2JsonContext.Default.WithAddedModifier(LeaveOutWhatIsNewIn21),
    });

    public static JsonSerializerOptions Options(OcppVersion version) => version switch
    {
        OcppVersion.V21 => V21,
        OcppVersion.V201 => V201,
        _ => throw new ArgumentOutOfRangeException(nameof(version)),
    };

    /// <summary>For reading; and for writing to a 2.1 station.</summary>
    public static JsonTypeInfo<T> TypeInfo<T>() => TypeInfo<T>(OcppVersion.V21);

    public static JsonTypeInfo<T> TypeInfo<T>(OcppVersion version) => (JsonTypeInfo<T>)Options(version).GetTypeInfo(typeof(T));

    /// <summary>Never throws on what the wire may bring.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out T? message, out WireReadError error)
        where T : class =>
        WireJson.TryRead(payload, TypeInfo<T>(), out message, out error);

    /// <exception cref="JsonException">The payload is no <typeparamref name="T"/>.</exception>
    public static T Read<T>(ReadOnlySpan<byte> payload)
        where T : class =>
        WireJson.Read(payload, TypeInfo<T>());

    public static byte[] Write<T>(T message, OcppVersion version)
        where T : class =>
        JsonSerializer.SerializeToUtf8Bytes(message, TypeInfo<T>(version));

    public static void Write<T>(IBufferWriter<byte> output, T message, OcppVersion version)
        where T : class =>
        WireJson.Write(output, message, TypeInfo<T>(version));

    private static void LeaveOutWhatIsNewIn21(JsonTypeInfo type)
    {
        if (NewIn21.Members.TryGetValue(type.Type, out var names))
        {
            foreach (var property in type.Properties)
            {
                if (names.Contains(property.Name))
                {
                    property.ShouldSerialize = static (_, _) => false;
                }
            }
        }
    }
}
