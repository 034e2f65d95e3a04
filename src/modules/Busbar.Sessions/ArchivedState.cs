using System.Text.Json;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// What of a finished session's state its price comes from. The rest (the CDR's bytes, claims, sequence numbers) is most of it, and is skipped unread: a million are read at once.
/// </summary>
internal sealed record ArchivedState
{
    public required SessionId Id { get; init; }
    public required string TransactionId { get; init; }
    public SessionPhase Phase { get; init; }
    public int Evse { get; init; }
    public Instant StartedAt { get; init; }
    public Instant? EndedAt { get; init; }
    public SessionTimeline Timeline { get; init; } = SessionTimeline.Empty;
    public TariffPin? Tariff { get; init; }
    public string Zone { get; init; } = "Etc/UTC";
    public Power? RatedPower { get; init; }
    public PresentedToken? Token { get; init; }
    public EvseCurrent? Current { get; init; }
    public string? TokenGroup { get; init; }
    public AppendList<HeldBack>? Withheld { get; init; }
    public SessionCurves? Curves { get; init; }
    public AppendList<EndMark> Ends { get; init; } = AppendList<EndMark>.Empty;
    public AppendList<Adoption> Adopted { get; init; } = AppendList<Adoption>.Empty;

    /// <summary>A session that is rated as the whole one is, and good for nothing else.</summary>
    public static Session Read(ReadOnlySpan<byte> bytes)
    {
        var state = JsonSerializer.Deserialize(bytes, StateJson.Default.ArchivedState) ?? throw new InvalidOperationException("A stored session is empty.");
        return new Session
        {
            Id = state.Id, TransactionId = state.TransactionId, Phase = state.Phase, Evse = state.Evse, StartedAt = state.StartedAt, EndedAt = state.EndedAt, Timeline = state.Timeline,
            Tariff = state.Tariff, Zone = state.Zone, RatedPower = state.RatedPower, Ends = state.Ends, Adopted = state.Adopted,
            Token = state.Token, Current = state.Current, TokenGroup = state.TokenGroup, Withheld = state.Withheld, Curves = state.Curves,
        };
    }
}
