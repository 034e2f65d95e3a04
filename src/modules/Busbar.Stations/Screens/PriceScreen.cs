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
/// <param name="Calculates">2.1: and comes to the price of a session by itself; while it has a tariff of ours it is told none.</param>
/// <param name="Decimals">Of its amounts; null: the currency's.</param>
/// <param name="TakesConditions">2.1: a tariff's prices may have conditions.</param>
/// <param name="MostPrices">2.1: in each dimension of a tariff; null: it did not say.</param>
internal sealed record ScreenFacts(bool ShowsPrice, bool ShowsCost, bool TakesTariffs = false, bool Calculates = false, int? Decimals = null, bool TakesConditions = false, int? MostPrices = null)
{
    public static ScreenFacts None { get; } = new(false, false);
}

/// <summary>How a version says prices to a station. The frames are the dialect's.</summary>
internal interface IScreenDialect
{
    /// <summary>Asks what the station can show.</summary>
    StationCall Question { get; }

    ScreenFacts Read(ReadOnlySpan<byte> answer);

    /// <summary>The station's own price, for its screen.</summary>
    /// <param name="price">Null: none applies any more.</param>
    /// <param name="hasShown">It shows an earlier one, which must not stay where this one has no text.</param>
    IReadOnlyList<StationCall> Price(DisplayPrice? price, ScreenFacts facts, bool hasShown);

    /// <summary>The CALL gives the station the tariff that it is about.</summary>
    bool GivesTariff(StationCall call);

    /// <summary>Takes a tariff back; null where the version knows none.</summary>
    StationCall? TakeBack(string tariff);

    /// <summary>The price of the driver whose token was accepted; null where the version says it in the answer to the token.</summary>
    StationCall? DriverPrice(string token, DisplayPrice price);

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
    private static readonly Duration AskEvery = Duration.FromHours(1);

    private readonly Lock _gate = new();
    private readonly HashSet<string> _unable = new(StringComparer.Ordinal);
    private readonly HashSet<(string Kind, string About)> _refused = [];
    private readonly Dictionary<string, int> _unanswered = new(StringComparer.Ordinal);
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

    /// <summary>The tariff that the station said yes to, and was not taken back since; null: none.</summary>
    public string? Tariff
    {
        get { lock (_gate) return _tariff; }
        set { lock (_gate) _tariff = value; }
    }

    public bool HasTariff => Tariff is not null;

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
