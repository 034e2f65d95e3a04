using System.Collections.Concurrent;
using Busbar.Kernel;
using Busbar.Stations.Contracts;

namespace Busbar.Sessions;

/// <param name="TransactionId">As the station knows it, or as we named it.</param>
internal readonly record struct StartUnderWay(StationId Station, string TransactionId);

/// <summary>
/// Starts between their judgement and their commit, by token: those of one token at the same moment are seen by each other, in the order of their arrival. In this process
/// only: of several processes each may let a start in that it would refuse if it saw the others' rows already.
/// </summary>
internal sealed class StartsUnderWay
{
    private readonly ConcurrentDictionary<StationSeat, Place> _seats = new();
    private readonly Dictionary<(TenantId, string), List<Place>> _tokens = [];
    private readonly Lock _gate = new();

    /// <param name="Ahead">Those that were under way when it came.</param>
    /// <param name="Behind">Those that came since: refused or not, they do not count for it, even where their rows are there before it has read them.</param>
    private sealed record Place((TenantId, string) Token, StationSeat Seat, StartUnderWay Start, IReadOnlyList<StartUnderWay> Ahead, HashSet<StartUnderWay> Behind);

    /// <summary>Takes its place, before the table is read: what is neither there nor here by then comes after it. A seat tells one thing at a time.</summary>
    public void Enter(StationSeat seat, string tokenKey, string transactionId)
    {
        var (token, start) = ((seat.Tenant, tokenKey), new StartUnderWay(seat.Station, transactionId));
        lock (_gate)
        {
            if (!_tokens.TryGetValue(token, out var starts)) _tokens[token] = starts = [];
            var others = starts.Where(it => it.Start.Station != seat.Station).ToList();
            foreach (var other in others) other.Behind.Add(start);
            starts.Add(_seats[seat] = new Place(token, seat, start, [.. others.Select(it => it.Start)], []));
        }
    }

    /// <summary>How many it finds before it.</summary>
    /// <param name="open">The rows of the token's sessions, as they were read since it entered.</param>
    public int CountBefore(StationSeat seat, IReadOnlyList<StartUnderWay> open)
    {
        lock (_gate)
        {
            var place = _seats[seat];
            return open.Except(place.Behind).Union(place.Ahead).Count();
        }
    }

    /// <summary>What the seat told is durable, or will not be.</summary>
    public void Leave(StationSeat seat)
    {
        if (!_seats.TryRemove(seat, out var place)) return;
        lock (_gate)
        {
            var starts = _tokens[place.Token];
            starts.Remove(place);
            if (starts.Count == 0) _tokens.Remove(place.Token);
        }
    }
}
