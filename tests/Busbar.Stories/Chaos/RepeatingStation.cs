using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Simulator;
using Busbar.Simulator.Crowds;
using Busbar.Simulator.Wire;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Stories.Chaos;

/// <summary>What a run of repeating stations has done.</summary>
internal sealed class RepeatStats
{
    public int Acknowledged;
    public int Kept;
    public int Unknown;
    public int Errors;
    public int OldId;
    public int Connects;
    public int Races;
    public int RacesAnsweredTwice;
    public int OtherAnswers;
    public string? LastError;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Acknowledged} deliveries acknowledged, {Unknown} without an answer, {Errors} errors, {OldId} under an old id, {Connects} sockets, {Races} races ({RacesAnsweredTwice} answered twice), {OtherAnswers} answers unlike the first");
}

/// <summary>
/// A 1.6 station that tells each transaction message one to five times: under its old message id or a new one, at once or many messages later, over the
/// same socket or another one, to any of the servers, and sometimes to two of them at the same time. Its message ids begin anew with each socket, as those
/// of real stations do with each boot.
/// </summary>
internal sealed class RepeatingStation(int number, IReadOnlyList<Uri> servers, ClientLogWriter log, RepeatStats stats, int seed) : IAsyncDisposable
{
    private const int Readings = 2;
    private static readonly Duration SessionLength = Duration.FromSeconds(60);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(20);

    private readonly Xorshift _random = new((seed * 1_000_003) + number);
    private readonly List<Telling> _repeats = [];
    private readonly string _station = ApiTruth.StationId(number);
    private StationClient? _client;
    private int _at;
    private Instant _day = TimeProvider.System.GetInstant() - Duration.FromHours(20);
    private long _register;
    private int _sessions;

    /// <summary>Charges until enough was told, with what is kept to be repeated, and then repeats that.</summary>
    public async Task RunAsync(int deliveries, CancellationToken ct)
    {
        while (Volatile.Read(ref stats.Acknowledged) + Volatile.Read(ref stats.Kept) < deliveries && await ChargeAsync(ct))
        {
        }
        while (_repeats.Count > 0) await RepeatAsync(ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null) await _client.DisposeAsync();
    }

    private async Task<bool> ChargeAsync(CancellationToken ct)
    {
        var truth = Plan();
        log.Write(truth);
        var start = new { connectorId = 1, idTag = truth.IdTag, meterStart = truth.MeterStart, timestamp = Text(truth.StartedAt) };
        if (TransactionOf(await TellAsync(new Telling(truth, TransactionStep.Start, 0, "StartTransaction", Json(start), null), ct)) is not { } transaction) return false;
        for (var i = 0; i < Readings; i++)
        {
            var sampled = new { value = truth.Readings[i].ToString(CultureInfo.InvariantCulture), measurand = "Energy.Active.Import.Register", unit = "Wh" };
            var meter = new
            {
                connectorId = 1, transactionId = transaction,
                meterValue = new[] { new { timestamp = Text(truth.StartedAt + (SessionLength * (i + 1) / (Readings + 1))), sampledValue = new[] { sampled } } },
            };
            await TellAsync(new Telling(truth, TransactionStep.Meter, i, "MeterValues", Json(meter), transaction), ct);
        }
        var stop = new { transactionId = transaction, idTag = truth.IdTag, meterStop = truth.MeterStop, timestamp = Text(truth.StartedAt + SessionLength), reason = "Local" };
        await TellAsync(new Telling(truth, TransactionStep.Stop, 0, "StopTransaction", Json(stop), transaction), ct);
        return true;
    }

    private SessionTruth Plan()
    {
        var energy = 30 + _random.Next(150);
        var truth = new SessionTruth($"{_station}#{++_sessions}", _station, 1, ApiTruth.IdTag(number), _day.ToUnixTimeMilliseconds(), _register, _register + energy,
            [.. Enumerable.Range(1, Readings).Select(i => _register + (energy * i / (Readings + 1)))]);
        _register += energy;
        _day += SessionLength + Duration.FromSeconds(5);
        return truth;
    }

    /// <summary>Tells a message for the first time, keeps up to four repeats of it for later, and tells some that were kept.</summary>
    private async Task<Telling> TellAsync(Telling telling, CancellationToken ct)
    {
        if (_random.Next(32) == 0) await RaceAsync(telling, ct);
        await DeliverAsync(telling, ct);
        for (var more = _random.Next(5); more > 0; more--)
        {
            _repeats.Add(telling);
            Interlocked.Increment(ref stats.Kept);
        }
        while (_repeats.Count > 0 && _random.Next(3) != 0) await RepeatAsync(ct);
        return telling;
    }

    private async Task RepeatAsync(CancellationToken ct)
    {
        // The latest ones more often, so that a message also comes again while its session is young.
        var index = _random.Next(2) == 0 ? _repeats.Count - 1 : _random.Next(_repeats.Count);
        var telling = _repeats[index];
        _repeats.RemoveAt(index);
        Interlocked.Decrement(ref stats.Kept);
        if (_random.Next(96) == 0) await RaceAsync(telling, ct);
        await DeliverAsync(telling, ct);
    }

    /// <summary>Sends until it is acknowledged, over the present socket or a new one to any of the servers.</summary>
    private async Task DeliverAsync(Telling telling, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (_random.Next(40) == 0) await DropAsync();
            try
            {
                _client ??= await ConnectAsync(_at = _random.Next(servers.Count), ct);
                if (await SendAsync(_client, telling, IdOf(telling, _client), ct)) return;
            }
            catch (Exception error) when (error is IOException or SocketException or TimeoutException)
            {
                stats.LastError = error.Message;
            }
            await DropAsync();
            if (attempt > 100) throw new TimeoutException($"{telling.Action} of {telling.Truth.Session} is not acknowledged: {stats.LastError}; {telling.Answer}; {stats}");
            await Task.Delay(20 + _random.Next(50), ct);
        }
    }

    /// <summary>The same message to two servers at the same time, each over a socket that believes to be the station's only one.</summary>
    private async Task RaceAsync(Telling telling, CancellationToken ct)
    {
        StationClient? rival = null;
        try
        {
            _client ??= await ConnectAsync(_at = _random.Next(servers.Count), ct);
            rival = await ConnectAsync(_at = (_at + 1) % servers.Count, ct);
            Interlocked.Increment(ref stats.Races);
            var both = await Task.WhenAll(SendAsync(_client, telling, IdOf(telling, _client), ct), SendAsync(rival, telling, IdOf(telling, rival), ct));
            if (both is [true, true]) Interlocked.Increment(ref stats.RacesAnsweredTwice);
        }
        catch (Exception error) when (error is IOException or SocketException or TimeoutException)
        {
            stats.LastError = error.Message;
        }
        await DropAsync();
        _client = rival;
    }

    private string IdOf(Telling telling, StationClient client)
    {
        if (telling.MessageId is not { } old || _random.Next(2) == 0) return client.NewMessageId();
        Interlocked.Increment(ref stats.OldId);
        return old;
    }

    private async Task<bool> SendAsync(StationClient client, Telling telling, string messageId, CancellationToken ct)
    {
        telling.MessageId ??= messageId;
        var (session, transaction) = (telling.Truth.Session, telling.Transaction?.ToString(CultureInfo.InvariantCulture));
        log.Write(session, telling.Step, telling.Index, DeliveryState.Invoke, messageId, transaction);
        var outcome = await client.CallAsync(telling.Action, telling.Payload, messageId, ct);
        switch (outcome.Verdict)
        {
            case CallVerdict.Result:
                var answer = Encoding.UTF8.GetString(outcome.Payload.Span);
                if (telling.Step == TransactionStep.Start) transaction = TransactionIn(answer)?.ToString(CultureInfo.InvariantCulture);
                log.Write(session, telling.Step, telling.Index, DeliveryState.Ok, messageId, transaction);
                if (Interlocked.CompareExchange(ref telling.Answer, answer, null) is { } first && first != answer) Interlocked.Increment(ref stats.OtherAnswers);
                Interlocked.Increment(ref stats.Acknowledged);
                return true;
            case CallVerdict.Error:
                log.Write(session, telling.Step, telling.Index, DeliveryState.Error, messageId, transaction, outcome.ToString());
                stats.LastError = $"{telling.Action}: {outcome}";
                Interlocked.Increment(ref stats.Errors);
                return true;
            default:
                log.Write(session, telling.Step, telling.Index, DeliveryState.Unknown, messageId, transaction);
                Interlocked.Increment(ref stats.Unknown);
                return false;
        }
    }

    private async Task<StationClient> ConnectAsync(int server, CancellationToken ct)
    {
        var connect = Interlocked.Increment(ref stats.Connects);
        var client = await StationClient.ConnectAsync(new StationClientOptions
        {
            Socket = new StationSocketOptions { Url = servers[server], StationId = _station, Password = Encoding.UTF8.GetBytes(ApiTruth.Password), Seed = connect },
            CallTimeout = CallTimeout,
            FirstMessageId = 1_000_000,
        }, ct: ct);
        // A station that only lost its connection does not boot.
        if (_random.Next(4) == 0) await client.CallAsync("BootNotification", Json(new { chargePointVendor = "Busbar", chargePointModel = "Repeater" }), null, ct);
        return client;
    }

    private async Task DropAsync()
    {
        if (_client is { } client) await client.DisposeAsync();
        _client = null;
    }

    private static int? TransactionOf(Telling start) => start.Answer is { } answer ? TransactionIn(answer) : null;

    private static int? TransactionIn(string answer) =>
        JsonElement.Parse(answer).TryGetProperty("transactionId", out var id) ? id.GetInt32() : null;

    private static byte[] Json(object message) => JsonSerializer.SerializeToUtf8Bytes(message);

    private static string Text(Instant instant) => InstantPattern.ExtendedIso.Format(instant);

    /// <summary>A message that is told several times.</summary>
    private sealed class Telling(SessionTruth truth, TransactionStep step, int index, string action, byte[] payload, int? transaction)
    {
        public string? Answer;

        public SessionTruth Truth => truth;
        public TransactionStep Step => step;
        public int Index => index;
        public string Action => action;
        public byte[] Payload => payload;
        public int? Transaction => transaction;
        public string? MessageId { get; set; }
    }
}
