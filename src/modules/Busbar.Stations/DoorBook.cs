using System.Net;
using Busbar.Gateway.Contracts;
using Busbar.Identity;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Stations;

/// <summary>The last time that a name was refused at the door.</summary>
/// <param name="Slug">The tenant as the path named it.</param>
/// <param name="Reason">One of the constants of <see cref="StationRefusal"/> and <see cref="Gatekeeper"/>.</param>
/// <param name="Times">How often since it was first noted.</param>
internal sealed record RefusedKnock(string Slug, string Identity, string Reason, IPAddress Remote, bool IsTls, IReadOnlyList<string> Offered, Instant At, int Times);

/// <summary>
/// Who was refused lately, by name, in the memory of this process, so that who sets a charger up is told why it does not come in. Bounded: a flood of invented names
/// pushes out other invented names, never what is known of a station that is there. From outside nothing of it can be seen.
/// </summary>
internal sealed class DoorBook(TimeProvider clock) : IStationRefusals
{
    private const int MostStations = 5_000;
    private const int MostStrangers = 500;
    private const int MostOffered = 4;

    private readonly Lock _lock = new();
    private readonly Shelf _stations = new(MostStations);
    private readonly Shelf _strangers = new(MostStrangers);

    public void Refused(StationRefusal refusal)
    {
        if (!StationDirectory.IsIdentity(refusal.Identity) || refusal.TenantSlug?.Length > 64) return;
        // Only these are said of a station that exists.
        var shelf = refusal.Reason is StationRefusal.NoUpgrade or StationRefusal.NoProtocol or Gatekeeper.UnknownStation ? _strangers : _stations;
        var slug = refusal.TenantSlug ?? IdentityModule.DefaultSlug;
        string[] offered = [.. refusal.Offered.Take(MostOffered).Select(name => name.Length > 32 ? name[..32] : name)];
        lock (_lock)
            shelf.Put((slug, refusal.Identity), last => new RefusedKnock(slug, refusal.Identity, refusal.Reason, refusal.Remote, refusal.IsTls, offered, clock.GetInstant(), (last?.Times ?? 0) + 1));
    }

    /// <summary>The last refusal of this very name.</summary>
    public RefusedKnock? Of(string slug, string identity)
    {
        lock (_lock)
        {
            var (known, stranger) = (_stations.Find((slug, identity)), _strangers.Find((slug, identity)));
            return known is null || stranger?.At > known.At ? stranger : known;
        }
    }

    /// <summary>Names that no station of the tenant has, the last first.</summary>
    public IReadOnlyList<RefusedKnock> Strangers(string slug, Instant since)
    {
        lock (_lock) return [.. _strangers.All.Where(knock => knock.Slug == slug && knock.At >= since)];
    }

    // What was put there last stands first; the last one falls off.
    private sealed class Shelf(int most)
    {
        private readonly Dictionary<(string, string), LinkedListNode<RefusedKnock>> _byName = [];
        private readonly LinkedList<RefusedKnock> _inOrder = [];

        public IEnumerable<RefusedKnock> All => _inOrder;

        public RefusedKnock? Find((string, string) name) => _byName.GetValueOrDefault(name)?.Value;

        public void Put((string, string) name, Func<RefusedKnock?, RefusedKnock> make)
        {
            var last = _byName.GetValueOrDefault(name);
            if (last is not null) _inOrder.Remove(last);
            else if (_byName.Count >= most)
            {
                var oldest = _inOrder.Last!.Value;
                _inOrder.RemoveLast();
                _byName.Remove((oldest.Slug, oldest.Identity));
            }
            _byName[name] = _inOrder.AddFirst(make(last?.Value));
        }
    }
}
