using Busbar.Stations.Contracts;
using Busbar.Stations.Commands;
using NodaTime;

namespace Busbar.Stations.Screens;

/// <summary>What a station says that it can show.</summary>
/// <param name="ShowsPrice">It takes a price for its screen.</param>
/// <param name="ShowsCost">It takes the price of a session that goes on.</param>
/// <param name="TakesTariffs">2.1: it reads tariffs.</param>
/// <param name="Calculates">2.1: and comes to the price of a session by itself; it is told none.</param>
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
    IReadOnlyList<StationCall> Price(DisplayPrice price, ScreenFacts facts);

    /// <summary>The price of the driver whose token was accepted; null where the version says it in the answer to the token.</summary>
    StationCall? DriverPrice(string token, DisplayPrice price);

    /// <summary>The price of a session; null where the version says it in an answer.</summary>
    /// <param name="cost">With as many decimals as the station shows.</param>
    /// <param name="register">The meter's, at the same moment; null where it is not known.</param>
    /// <param name="idle">The vehicle takes nothing.</param>
    StationCall? Cost(CostSoFar cost, decimal amount, Kernel.Energy? register, bool idle);

    /// <summary>The station did what the CALL said.</summary>
    bool IsYes(string action, ReadOnlySpan<byte> answer);
}

/// <summary>One station's screen, from one boot to the next: what it can show, what it was shown, and what it refused.</summary>
internal sealed class PriceScreen
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private ScreenFacts? _facts;
    private bool _asked;
    private string? _shown;
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

    /// <summary>Takes the right to ask, once.</summary>
    public bool TryAsk()
    {
        lock (_gate) return !_asked && (_asked = true);
    }

    /// <summary>The question never left.</summary>
    public void AskAgain()
    {
        lock (_gate) _asked = false;
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

    public bool Refuses(string what)
    {
        lock (_gate) return _refused.Contains(what);
    }

    public void Refused(string what)
    {
        lock (_gate) _refused.Add(what);
    }
}
