using Busbar.Gateway.Contracts;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Stations.Screens;

/// <summary>What a station says that it can show.</summary>
/// <param name="ShowsPrice">It takes a price for its screen.</param>
/// <param name="ShowsCost">It takes the price of a session that goes on.</param>
/// <param name="TakesTariffs">2.1: it reads tariffs.</param>
/// <param name="Calculates">2.1: and comes to the price of a session by itself; of one that it says it calculates by our tariff it is told none.</param>
/// <param name="Decimals">Of its amounts; null: the currency's.</param>
/// <param name="TakesConditions">2.1: a tariff's prices may have conditions.</param>
/// <param name="MostPrices">2.1: in each dimension of a tariff; null: it did not say.</param>
/// <param name="LeavesCost">2.1: for a driver whose tariff it cannot process it calculates nothing (HandleFailedTariff is CentralCost).</param>
internal sealed record ScreenFacts(bool ShowsPrice, bool ShowsCost, bool TakesTariffs = false, bool Calculates = false, int? Decimals = null, bool TakesConditions = false, int? MostPrices = null, bool LeavesCost = false)
{
    public static ScreenFacts None { get; } = new(false, false);
}

/// <summary>How a version says prices to a station. The frames are the dialect's.</summary>
internal interface IScreenDialect
{
    /// <summary>Asks what the station can show.</summary>
    StationCall Question { get; }

    ScreenFacts Read(ReadOnlySpan<byte> answer);

    /// <summary>The station's own prices, as a text for its screen; null where there is nothing to show.</summary>
    /// <param name="hasShown">It shows an earlier one, which must not stay where these have no text.</param>
    StationCall? Price(StationPrices prices, ScreenFacts facts, bool hasShown);

    /// <summary>Gives the station a tariff to calculate with; null where the version knows none, or the station would come to another price than we do.</summary>
    /// <param name="evse">0: at each EVSE.</param>
    StationCall? GiveTariff(DisplayPrice price, int evse, ScreenFacts facts);

    /// <summary>Takes a tariff back; null where the version knows none.</summary>
    /// <param name="evse">0: wherever it stands.</param>
    StationCall? TakeBack(string tariff, int evse);

    /// <summary>The station says that it has the tariff already; where, it does not say.</summary>
    bool HasAlready(string action, ReadOnlySpan<byte> answer);

    /// <summary>The price of the driver whose token was accepted; null where the version says it in the answer to the token.</summary>
    StationCall? DriverPrice(string token, StationPrices prices);

    /// <summary>The price of a session; null where the version says it in an answer.</summary>
    /// <param name="cost">With as many decimals as the station shows.</param>
    /// <param name="register">The meter's, at the same moment; null where it is not known.</param>
    /// <param name="idle">The vehicle takes nothing.</param>
    StationCall? Cost(CostSoFar cost, decimal amount, Kernel.Energy? register, bool idle);

    /// <summary>The station did what the CALL said.</summary>
    bool IsYes(string action, ReadOnlySpan<byte> answer);

    /// <summary>The station does not know such a message, whatever it would tell of. In all versions by the same words.</summary>
    static bool IsUnable(CallAnswer answer) => answer switch
    {
        CallAnswer.Error error => error.Code is "NotImplemented" or "NotSupported",
        CallAnswer.Result result => Salvage.Text(result.Payload.Span, "status") is "UnknownMessageId" or "UnknownVendorId" or "NotSupported",
        _ => false,
    };
}

/// <summary>What became of something for a screen.</summary>
internal enum Said
{
    /// <summary>The station said yes.</summary>
    Shown,

    /// <summary>It has that tariff already, at one EVSE or another.</summary>
    Had,

    /// <summary>It said no, now or before.</summary>
    Refused,

    /// <summary>It was sent, and not answered.</summary>
    Unknown,

    /// <summary>It never left.</summary>
    NotSent,
}

/// <summary>One station's screen, from one boot to the next: what it can show, what it was shown, and what it refused.</summary>
internal sealed class PriceScreen
{
    private const int MostQuestions = 3;
    private const int MostUnanswered = 2;

    // Of a station that refuses one after the other the oldest need not be known for ever.
    private const int MostRefused = 64;

    // A corrupt station may begin transactions without end.
    private const int MostTransactions = 64;
    private static readonly Duration AskEvery = Duration.FromHours(1);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _unable = new(StringComparer.Ordinal);
    private readonly HashSet<(string Kind, string About)> _refused = [];
    private readonly Dictionary<string, int> _unanswered = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _calculated = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, string?> _apart = [];
    private ScreenFacts? _facts;
    private int _asked;
    private (Instant At, Instant Connection)? _lastAsked;
    private string? _shown;
    private string? _tariff;
    private Instant? _pushedAt;

    /// <summary>Null: not known yet.</summary>
    public ScreenFacts? Facts
    {
        get { lock (_gate) return _facts; }
        set { lock (_gate) _facts = value; }
    }

    /// <summary>The name of the price that it shows.</summary>
    public string? Shown
    {
        get { lock (_gate) return _shown; }
        set { lock (_gate) _shown = value; }
    }

    /// <summary>EVSEs at which something else stands than at the others.</summary>
    public IReadOnlyList<int> Apart
    {
        get { lock (_gate) return [.. _apart.Keys]; }
    }

    /// <summary>The tariff that the station said yes to, and was not taken back since; null: none.</summary>
    /// <param name="evse">0: of each EVSE that does not stand apart.</param>
    public string? TariffAt(int evse)
    {
        lock (_gate) return _apart.TryGetValue(evse, out var own) ? own : _tariff;
    }

    /// <summary>What stands there now. A new tariff at EVSE 0 takes the place of all others (2.1 I07.FR.12, I07.FR.22).</summary>
    public void Stands(int evse, string? tariff)
    {
        lock (_gate)
        {
            if (evse > 0)
            {
                _apart[evse] = tariff;
                return;
            }
            _tariff = tariff;
            if (tariff is not null) _apart.Clear();
        }
    }

    /// <summary>By which tariff the station says that it calculates a transaction (2.1 I07.FR.32, I08.FR.22). What it was given says less: the driver's may have come too late, or not at all.</summary>
    public void Calculates(string transaction, string tariff)
    {
        lock (_gate)
        {
            // Of those that are forgotten the cost is told, which is never wrong.
            if (_calculated.Count >= MostTransactions && !_calculated.ContainsKey(transaction)) _calculated.Clear();
            _calculated[transaction] = tariff;
        }
    }

    /// <summary>Null: the station did not say that it calculates it.</summary>
    public string? CalculatedBy(string transaction)
    {
        lock (_gate) return _calculated.GetValueOrDefault(transaction);
    }

    /// <summary>Takes the right to ask: over one connection not again within an hour, and three times at most, since some stations drop the connection at such a question.</summary>
    public bool TryAsk(Instant now, Instant connectedAt)
    {
        lock (_gate)
        {
            if (_asked >= MostQuestions || (_lastAsked is { } last && last.Connection == connectedAt && now - last.At < AskEvery)) return false;
            _asked++;
            _lastAsked = (now, connectedAt);
            return true;
        }
    }

    /// <summary>The question never left.</summary>
    public void AskAgain()
    {
        lock (_gate)
        {
            _asked--;
            _lastAsked = null;
        }
    }

    /// <summary>Takes the right to change what is shown; not more often than this.</summary>
    public bool TryPush(Instant now, Duration every)
    {
        lock (_gate)
        {
            if (_pushedAt is { } last && now - last < every) return false;
            _pushedAt = now;
            return true;
        }
    }

    public bool Refuses(StationCall call)
    {
        lock (_gate) return _unable.Contains(call.Kind) || (call.About is { } about && _refused.Contains((call.Kind, about)));
    }

    /// <param name="call">What it said no to.</param>
    /// <param name="isUnable">To all of its kind; otherwise to this transaction or price.</param>
    public void Refused(StationCall call, bool isUnable)
    {
        lock (_gate)
        {
            if (isUnable || call.About is not { } about)
            {
                _unable.Add(call.Kind);
                return;
            }
            if (_refused.Count >= MostRefused) _refused.Clear();
            _refused.Add((call.Kind, about));
        }
    }

    /// <summary>True: the second time in a row, and it is not told such things again.</summary>
    public bool Unanswered(StationCall call)
    {
        lock (_gate)
        {
            var times = _unanswered[call.Kind] = _unanswered.GetValueOrDefault(call.Kind) + 1;
            return times >= MostUnanswered && _unable.Add(call.Kind);
        }
    }

    public void Answered(StationCall call)
    {
        lock (_gate) _unanswered.Remove(call.Kind);
    }
}
