using Busbar.Stations.Commands;

namespace Busbar.Stations.Cluster;

/// <summary>
/// One per station in the cluster, with the station's internal id and its tenant as key: where commands to a station that is connected to another
/// process come together, and the way to that process.
/// </summary>
[Alias("busbar.station-router")]
internal interface IStationRouterGrain : IGrainWithGuidCompoundKey
{
    [Alias("call")]
    Task<ForwardedAnswer> CallAsync(ForwardedCall call);
}

/// <summary>A CALL on its way between processes. Not an instant but what is left of the time: their clocks may differ.</summary>
/// <param name="Protocol">What it was written for; a connection that speaks another is not sent it.</param>
[GenerateSerializer, Immutable, Alias("busbar.forwarded-call")]
internal sealed record ForwardedCall(int Protocol, string Action, byte[] Payload, TimeSpan Left);

/// <summary>How it ended, as <see cref="StationAnswer"/> tells it.</summary>
[GenerateSerializer, Immutable, Alias("busbar.forwarded-answer")]
internal sealed record ForwardedAnswer(int Kind, string Code, string Text, byte[] Payload)
{
    public static ForwardedAnswer Of(StationAnswer answer) => new((int)answer.Kind, answer.Code, answer.Text, answer.Payload.ToArray());

    public StationAnswer ToAnswer() => new((StationAnswerKind)Kind, Code, Text, Payload);
}
