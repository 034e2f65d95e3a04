using Busbar.Gateway.Contracts;
using Busbar.Ocpp;
using Busbar.Stations.Dialects;
using Busbar.Stations.Screens;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Stations.Presence;

/// <summary>A connector as its station last reported it; EVSE 0 is the station as a whole.</summary>
/// <param name="Status">In OCPP's words.</param>
/// <param name="At">The station's time of the report, or that of its receipt.</param>
internal sealed record ConnectorPresence(int Evse, int Connector, string Status, string? ErrorCode, Instant At);

/// <summary>What is known of a station from what it said, at one moment.</summary>
internal sealed record PresenceSnapshot(
    StationKey Key, bool Online, string? Protocol, Instant? LastSeen, string? Vendor, string? Model, string? Serial, string? Firmware, Instant? BootedAt,
    IReadOnlyList<ConnectorPresence> Connectors)
{
    /// <summary>How far the station's clock is ahead of ours, in milliseconds; null where it told no time.</summary>
    public long? ClockOffsetMs { get; init; }
}

/// <summary>What of a station's presence the database does not know.</summary>
/// <param name="Row">What it says of itself.</param>
/// <param name="Connectors">Those of which it said something else.</param>
internal sealed record PresenceChange(PresenceEntry Entry, PresenceSnapshot Now, bool Row, IReadOnlyList<ConnectorPresence> Connectors);

/// <summary>One station's presence: written by its connection, read by everybody, kept over connections.</summary>
internal sealed class PresenceEntry(StationKey key, Action<PresenceEntry> changed)
{
    // A corrupt station may invent connectors without end.
    private const int MaxConnectors = 256;
    private const int MaxText = 255;

    // So many takeovers within this time are no accident, and are shown for so long.
    private const int TakeoversOfAnAlarm = 3;
    private static readonly Duration TakeoverWindow = Duration.FromMinutes(10);
    private static readonly Duration AlarmShown = Duration.FromDays(1);

    // A clock drifts, and may be set at any time.
    private static readonly Duration OffsetLife = Duration.FromHours(1);

    // Less than this is the network's.
    private const long OffsetStepMs = 1_000;

    // A sign of life, and a status that is told again, come far more often than anything new.
    private static readonly Duration SeenStep = Duration.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<(int Evse, int Connector), ConnectorPresence> _connectors = [];
    private readonly Queue<Instant> _takeovers = [];
    private Instant? _takenOverAt;
    private Instant? _tagsTriedAt;
    private IStationLink? _link;
    private Instant? _triggeredAt;
    private Instant? _offsetAt;
    private readonly Dictionary<(int Evse, int Connector), ConnectorPresence> _stored = [];
    private PresenceSnapshot? _described;
    private PresenceChange? _taken;
    private bool _isLast;
    private PresenceSnapshot _known = new(key, false, null, null, null, null, null, null, null, []);

    public StationKey Key { get; } = key;

    /// <summary>Its screen. Another one after each boot: it may be another station's software.</summary>
    public PriceScreen Screen { get; private set; } = new();

    /// <summary>The station was accepted by a BootNotification once, on this or an earlier connection.</summary>
    public bool HasBooted
    {
        get { lock (_gate) return _known.BootedAt is not null; }
    }

    public bool IsOnline
    {
        get { lock (_gate) return _link is not null; }
    }

    /// <summary>Takes the right to ask the station for its state; not more often than this, over all its connections.</summary>
    public bool TryTrigger(Instant now, Duration every)
    {
        lock (_gate)
        {
            if (_triggeredAt is { } last && now - last < every) return false;
            _triggeredAt = now;
            return true;
        }
    }

    public PresenceSnapshot Snapshot()
    {
        lock (_gate) return Now();
    }

    public StationPresence View()
    {
        lock (_gate)
        {
            var lastSeen = _link?.LastInbound ?? _known.LastSeen;
            return new StationPresence(_link?.IsOpen ?? false, _known.Protocol, lastSeen,
                _connectors.ToDictionary(pair => pair.Key, pair => new ConnectorNow(pair.Value.Status, pair.Value.At, pair.Value.ErrorCode)), _takenOverAt is { } at && lastSeen - at < AlarmShown ? at : null)
            {
                ClockOffsetMs = _known.ClockOffsetMs,
                Description = new StationDescription(_known.Vendor, _known.Model, _known.Serial, _known.Firmware),
                TagsTriedAt = _tagsTriedAt is { } tried && !(lastSeen - tried >= AlarmShown) ? tried : null,
            };
        }
    }

    /// <summary>The database knows of an earlier boot; one that was heard since then stays.</summary>
    public void Restore(Instant bootedAt)
    {
        lock (_gate) _known = _known with { BootedAt = _known.BootedAt ?? bootedAt };
    }

    /// <summary>True: it took over from an open connection, and such takeovers are so frequent that an operator is told, once in their window.</summary>
    public bool Connected(IStationLink link)
    {
        bool alarm;
        lock (_gate)
        {
            alarm = _link is { IsOpen: true } && IsAlarming(link.ConnectedAt);
            _link = link;
            // It may have been at another process meanwhile, which wrote the rows.
            (_described, _taken) = (null, null);
            _stored.Clear();
            _offsetAt = null;
            _known = _known with { Protocol = link.Version.SubProtocol, LastSeen = link.ConnectedAt };
        }
        changed(this);
        return alarm;
    }

    /// <summary>Only the connection that is the station's present one can end it.</summary>
    public void Disconnected(IStationLink link)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_link, link)) return;
            _known = _known with { LastSeen = link.LastInbound };
            _link = null;
        }
        changed(this);
    }

    public void Apply(StationNews news, Instant receivedAt)
    {
        lock (_gate)
        {
            switch (news)
            {
                case StationNews.Identified boot:
                    // The answer tells it the time.
                    _offsetAt = null;
                    Screen = new PriceScreen();
                    _known = _known with
                    {
                        Vendor = Cut(boot.Vendor), Model = Cut(boot.Model), Serial = Cut(boot.Serial), Firmware = Cut(boot.Firmware) ?? _known.Firmware,
                        BootedAt = receivedAt,
                    };
                    break;
                case StationNews.ConnectorReported report:
                    var place = (report.Evse, report.Connector);
                    if (!_connectors.ContainsKey(place) && _connectors.Count >= MaxConnectors) return;
                    _connectors[place] = new ConnectorPresence(report.Evse, report.Connector, Cut(report.Status)!, Cut(report.ErrorCode), report.At ?? receivedAt);
                    break;
                default:
                    return;
            }
        }
        changed(this);
    }

    /// <summary>
    /// A message told a time of its station. It was written before it came, and maybe long before: the one that makes the clock fastest is the freshest.
    /// </summary>
    public void ObserveClock(Instant told, Instant receivedAt)
    {
        lock (_gate)
        {
            var offset = (long)(told - receivedAt).TotalMilliseconds;
            if (_offsetAt is { } at && receivedAt - at < OffsetLife && offset <= _known.ClockOffsetMs) return;
            _offsetAt = receivedAt;
            if (_known.ClockOffsetMs is { } known && Math.Abs(known - offset) < OffsetStepMs) return;
            _known = _known with { ClockOffsetMs = offset };
        }
        changed(this);
    }

    /// <summary>It showed too many tags that nobody knows.</summary>
    public void TagsTried(Instant at)
    {
        lock (_gate) _tagsTriedAt = at;
    }

    private bool IsAlarming(Instant at)
    {
        _takeovers.Enqueue(at);
        if (_takeovers.Count > TakeoversOfAnAlarm) _takeovers.Dequeue();
        if (_takeovers.Count < TakeoversOfAnAlarm || at - _takeovers.Peek() > TakeoverWindow) return false;
        var isNew = !(at - _takenOverAt < TakeoverWindow);
        if (isNew) _takenOverAt = at;
        return isNew;
    }

    /// <summary>What should be written; null: the database knows all that matters.</summary>
    public PresenceChange? Take()
    {
        lock (_gate)
        {
            var now = Now();
            // The last word is stored as it is; a later one may do for a while.
            var isExact = _isLast || !now.Online;
            var connectors = now.Connectors.Where(connector => connector is { Evse: > 0, Connector: > 0 } && MustStore(connector, isExact)).ToList();
            var row = isExact || MustDescribe(now);
            return row || connectors.Count > 0 ? _taken = new PresenceChange(this, now, row, connectors) : null;
        }
    }

    /// <summary>What was taken is stored. Of a connection that began since then nothing is known.</summary>
    public void Stored(PresenceChange change)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_taken, change)) return;
            if (change.Row) _described = change.Now;
            foreach (var connector in change.Connectors) _stored[(connector.Evse, connector.Connector)] = connector;
        }
    }

    /// <summary>The process ends: what comes now is stored as it is.</summary>
    public void Last()
    {
        lock (_gate) _isLast = true;
    }

    private PresenceSnapshot Now() => _link is { } link
        ? _known with { Online = link.IsOpen, LastSeen = link.LastInbound, Connectors = [.. _connectors.Values] }
        : _known with { Connectors = [.. _connectors.Values] };

    // Something it says of itself is new, or its last sign of life is stored as too old.
    private bool MustDescribe(PresenceSnapshot now) =>
        _described is not { } last || !(now.LastSeen - last.LastSeen < SeenStep)
        || last with { Online = now.Online, LastSeen = now.LastSeen, Connectors = now.Connectors } != now;

    private bool MustStore(ConnectorPresence connector, bool isExact)
    {
        if (!_stored.TryGetValue((connector.Evse, connector.Connector), out var last)) return true;
        return isExact ? last != connector : last with { At = connector.At } != connector || connector.At - last.At >= SeenStep || connector.At < last.At;
    }

    private static string? Cut(string? text) => text?.Length > MaxText ? text[..MaxText] : text;
}
