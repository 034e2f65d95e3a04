using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Simulator.Wire;
using NodaTime;

namespace Busbar.Simulator.Crowds;

/// <summary>One station of a crowd: a loop of sessions, and no more behaviour than the delivery of a message until it is acknowledged.</summary>
internal sealed class CrowdStation
{
    private static readonly Duration Pause = Duration.FromSeconds(5);

    private readonly CrowdShared _shared;
    private readonly CrowdOptions _options;
    private readonly string _stationId;
    private readonly string _idTag;
    private readonly Xorshift _random;
    private readonly int _number;
    private StationClient? _client;
    private Instant _day;
    private long _register;
    private int _sessions;
    private int _connects;

    public CrowdStation(CrowdShared shared, int number)
    {
        _shared = shared;
        _options = shared.Options;
        _number = number;
        _stationId = _options.StationId(number);
        _idTag = _options.IdTag(number);
        _random = new Xorshift(unchecked((_options.Seed * 1_000_003) + number));
        _day = _options.Clock.GetInstant() - Duration.FromTimeSpan(_options.Backdate);
        _register = _random.Next(1_000_000);
    }

    /// <param name="finishing">Begin no more sessions.</param>
    /// <param name="ending">Leave everything as it is.</param>
    public async Task RunAsync(CancellationToken finishing, CancellationToken ending)
    {
        try
        {
            while (!finishing.IsCancellationRequested)
            {
                if (await ChargeAsync(ending))
                {
                    _shared.Counters.Session();
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // What was under way is unknown; the log says so.
        }
        finally
        {
            await DropAsync();
        }
    }

    private async Task<bool> ChargeAsync(CancellationToken ct)
    {
        var truth = Plan();
        if (_options.Authorizes && !await AuthorizeAsync(ct))
        {
            return false;
        }

        _shared.Log.Write(truth);
        var number = (int?)null;
        var started = new StartTransactionRequest { ConnectorId = truth.Connector, IdTag = truth.IdTag, MeterStart = truth.MeterStart, Timestamp = truth.StartedAt };
        var start = await DeliverAsync(truth, TransactionStep.Start, 0, "StartTransaction", Ocpp16Json.Write(started), null, ct);
        if (start is { IsResult: true } answer && Ocpp16Json.TryRead<StartTransactionResponse>(answer.Payload.Span, out var response, out _))
        {
            number = response.TransactionId;
        }

        if (number is not { } transaction)
        {
            return false;
        }

        var step = Duration.FromTimeSpan(_options.SessionLength) / (_options.Readings + 1);
        for (var i = 0; i < truth.Readings.Count; i++)
        {
            var reading = new MeterValuesRequest
            {
                ConnectorId = truth.Connector,
                TransactionId = transaction,
                MeterValues =
                [
                    new MeterValue
                    {
                        Timestamp = (truth.StartedAt + (step * (i + 1))).TruncateToMilliseconds(),
                        SampledValues = [new SampledValue { Value = WireDecimal.FromText(truth.Readings[i].ToString(CultureInfo.InvariantCulture)), Measurand = Measurand.EnergyActiveImportRegister, Unit = UnitOfMeasure.WattHour, Context = ReadingContext.SamplePeriodic }],
                    },
                ],
            };
            if (await DeliverAsync(truth, TransactionStep.Meter, i, "MeterValues", Ocpp16Json.Write(reading), transaction, ct) is null)
            {
                return false;
            }
        }

        var stop = new StopTransactionRequest
        {
            IdTag = truth.IdTag,
            MeterStop = truth.MeterStop,
            Timestamp = truth.StartedAt + Duration.FromTimeSpan(_options.SessionLength),
            TransactionId = transaction,
            Reason = StopReason.Local,
        };
        return await DeliverAsync(truth, TransactionStep.Stop, 0, "StopTransaction", Ocpp16Json.Write(stop), transaction, ct) is not null;
    }

    private SessionTruth Plan()
    {
        var least = Math.Max(1, _options.MaxEnergyWh / 10);
        var energy = least + _random.Next(_options.MaxEnergyWh - least + 1);
        var truth = new SessionTruth(
            string.Create(CultureInfo.InvariantCulture, $"{_stationId}#{++_sessions}"),
            _stationId,
            1,
            _idTag,
            _day.ToUnixTimeMilliseconds(),
            _register,
            _register + energy,
            [.. Enumerable.Range(1, _options.Readings).Select(i => _register + ((long)energy * i / (_options.Readings + 1)))]);
        _register += energy;
        _day += Duration.FromTimeSpan(_options.SessionLength) + Pause;
        return truth;
    }

    private async Task<bool> AuthorizeAsync(CancellationToken ct)
    {
        var client = await ConnectedAsync(ct);
        var outcome = await client.CallAsync(Ocpp16Actions.Authorize, new AuthorizeRequest { IdTag = _idTag }, null, ct);
        return outcome.IsResult;
    }

    /// <summary>Sends a message until it is acknowledged.</summary>
    /// <returns>Null if the server refused it too often.</returns>
    private async Task<CallOutcome?> DeliverAsync(SessionTruth truth, TransactionStep step, int index, string action, byte[] payload, int? transaction, CancellationToken ct)
    {
        var transactionId = transaction?.ToString(CultureInfo.InvariantCulture);
        string? messageId = null;
        var errors = 0;
        for (var attempt = 0; ; attempt++)
        {
            var client = await ConnectedAsync(ct);
            await _shared.Pacer.WaitAsync(ct);
            messageId = _options.KeepsMessageIds && messageId is not null ? messageId : client.NewMessageId();
            _shared.Log.Write(truth.Session, step, index, DeliveryState.Invoke, messageId, transactionId);
            var sent = _options.Clock.GetTimestamp();
            var outcome = await client.CallAsync(action, payload, messageId, ct);
            switch (outcome.Verdict)
            {
                case CallVerdict.Result:
                    if (step == TransactionStep.Start)
                    {
                        transactionId = Ocpp16Json.TryRead<StartTransactionResponse>(outcome.Payload.Span, out var started, out _) ? started.TransactionId.ToString(CultureInfo.InvariantCulture) : null;
                    }

                    _shared.Log.Write(truth.Session, step, index, DeliveryState.Ok, messageId, transactionId);
                    _shared.Counters.Acknowledge(_options.Clock.GetElapsedTime(sent));
                    return outcome;
                case CallVerdict.Error:
                    _shared.Log.Write(truth.Session, step, index, DeliveryState.Error, messageId, transactionId, outcome.ToString());
                    _shared.Counters.Error($"{action}: {outcome}");
                    if (++errors >= _options.Attempts)
                    {
                        return null;
                    }

                    break;
                default:
                    _shared.Log.Write(truth.Session, step, index, DeliveryState.Unknown, messageId, transactionId);
                    _shared.Counters.Unknown();
                    break;
            }

            await Task.Delay(_options.Resend.Wait(attempt, _random.NextFraction()), _options.Clock, ct);
        }
    }

    private async Task<StationClient> ConnectedAsync(CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (_client is { Ended.IsCancellationRequested: false } open)
            {
                return open;
            }

            await DropAsync();
            try
            {
                return _client = await ConnectAsync(ct);
            }
            catch (Exception exception) when (exception is IOException or SocketException or TimeoutException)
            {
                _shared.Counters.FailedConnect(exception);
                var wait = _options.Reconnect.Wait(attempt, _random.NextFraction());
                var asked = (exception as HandshakeRefusedException)?.RetryAfter ?? TimeSpan.Zero;
                await Task.Delay(asked > wait ? asked : wait, _options.Clock, ct);
            }
        }
    }

    private async Task<StationClient> ConnectAsync(CancellationToken ct)
    {
        if (_options.BeforeConnect is { } gate) await gate(ct);
        await _shared.Connecting.WaitAsync(ct);
        try
        {
            var password = _options.Password(_number);
            var client = await StationClient.ConnectAsync(
                new StationClientOptions
                {
                    Socket = new StationSocketOptions
                    {
                        Url = _options.Url,
                        StationId = _stationId,
                        Password = password is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(password),
                        Versions = [OcppVersion.V16],
                        Source = _options.Sources.Count > 0 ? _options.Sources[_number % _options.Sources.Count] : null,
                        Clock = _options.Clock,
                        Seed = unchecked((_options.Seed * 31) + (_number * 7) + _connects),
                    },
                    CallTimeout = _options.CallTimeout,
                    MessageIdPrefix = string.Create(CultureInfo.InvariantCulture, $"{_options.Clock.GetUtcNow().ToUnixTimeMilliseconds():x}-"),
                },
                _options.Handler is { } handler ? (call, token) => handler(_number, call, token) : null,
                ct);
            _connects++;
            var boot = await client.CallAsync(Ocpp16Actions.BootNotification, new BootNotificationRequest { ChargePointVendor = "Busbar", ChargePointModel = "Crowd" }, null, ct);
            if (boot.IsResult && Ocpp16Json.TryRead<BootNotificationResponse>(boot.Payload.Span, out var answer, out _) && answer.Status == RegistrationStatus.Accepted)
            {
                _shared.Counters.Connect();
                return client;
            }

            await client.DisposeAsync();
            throw new IOException($"The boot was not accepted: {boot}.");
        }
        finally
        {
            _shared.Connecting.Release();
        }
    }

    private async Task DropAsync()
    {
        if (_client is { } client)
        {
            _client = null;
            _shared.Counters.Overlap(client.Overlaps);
            await client.DisposeAsync();
        }
    }
}
