using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Busbar.Ocpp.V16;
using Busbar.Ocpp.V2;

namespace Busbar.Ocpp;

/// <summary>Who may send the request.</summary>
[Flags]
public enum OcppSender
{
    Nobody = 0,
    Station = 1,
    Csms = 2,
    Both = Station | Csms,
}

/// <summary>A row of a version family's table of actions.</summary>
/// <param name="Name">As in the frame, without Request or Response.</param>
/// <param name="Block">1.6: the feature profile. 2.x: the letter and name of the functional block.</param>
/// <param name="Since">The first version that has it.</param>
/// <remarks>What is known of a message's members is looked up when it is asked for: a table that held it would read the types of all messages at the first.</remarks>
public abstract record OcppAction(string Name, string Block, OcppSender Sender, OcppVersion Since)
{
    /// <summary>How the request is read, and written for a station of the family's newest version.</summary>
    public abstract JsonTypeInfo RequestInfo { get; }

    /// <summary>Likewise; null for a SEND, which nobody answers.</summary>
    public abstract JsonTypeInfo? ResponseInfo { get; }

    public abstract bool IsSend { get; }

    public bool MayBeSentBy(OcppSender sender) => (Sender & sender) != 0;

    /// <summary>Reads a request without knowing its type at compile time; never throws on what the wire may bring.</summary>
    public bool TryReadRequest(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out object? message, out WireReadError error) =>
        WireJson.TryRead(payload, RequestInfo, out message, out error);

    /// <summary>Writes any message of the version's family as that version wants it.</summary>
    public static byte[] Write<T>(T message, OcppVersion version)
        where T : class =>
        version == OcppVersion.V16 ? Ocpp16Json.Write(message) : Ocpp2Json.Write(message, version);

    public sealed override string ToString() => Name;
}

/// <summary>An action with its messages, so that who sends a request knows the type of the answer.</summary>
/// <param name="Family">How the messages of its version family are read.</param>
public sealed record OcppAction<TRequest, TResponse>(string Name, string Block, OcppSender Sender, OcppVersion Since, JsonSerializerOptions Family)
    : OcppAction(Name, Block, Sender, Since)
    where TRequest : class
    where TResponse : class
{
    public JsonTypeInfo<TRequest> Request => (JsonTypeInfo<TRequest>)Family.GetTypeInfo(typeof(TRequest));

    public JsonTypeInfo<TResponse> Response => (JsonTypeInfo<TResponse>)Family.GetTypeInfo(typeof(TResponse));

    public override JsonTypeInfo RequestInfo => Request;

    public override JsonTypeInfo ResponseInfo => Response;

    public override bool IsSend => false;

    public bool TryReadRequest(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out TRequest? message, out WireReadError error) =>
        WireJson.TryRead(payload, Request, out message, out error);

    public byte[] WriteRequest(TRequest message, OcppVersion version) => Write(message, version);

    public byte[] WriteResponse(TResponse message, OcppVersion version) => Write(message, version);
}

/// <summary>2.1: a message that is sent and never answered.</summary>
/// <param name="Family">How the messages of its version family are read.</param>
public sealed record OcppSend<TMessage>(string Name, string Block, OcppSender Sender, OcppVersion Since, JsonSerializerOptions Family)
    : OcppAction(Name, Block, Sender, Since)
    where TMessage : class
{
    public JsonTypeInfo<TMessage> Message => (JsonTypeInfo<TMessage>)Family.GetTypeInfo(typeof(TMessage));

    public override JsonTypeInfo RequestInfo => Message;

    public override JsonTypeInfo? ResponseInfo => null;

    public override bool IsSend => true;
}
