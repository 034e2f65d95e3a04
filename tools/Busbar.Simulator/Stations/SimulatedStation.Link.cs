using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Busbar.Simulator.Wire;

namespace Busbar.Simulator.Stations;

public sealed partial class SimulatedStation
{
    private readonly CancellationTokenSource _life = new();
    private readonly List<Task> _zombies = [];
    private volatile TaskCompletionSource _power = Done();
    private volatile TaskCompletionSource _online = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<Exception>? _refused;
    private volatile StationClient? _client;
    private Task? _link;
    private string _bootReason = "PowerUp";
    private long _messageIds;
    private volatile bool _countsAnew;

    /// <summary>Connected, and the server has accepted the boot.</summary>
    public bool IsOnline { get; private set; }

    /// <summary>Connections that reached the server.</summary>
    public int Connects { get; private set; }

    /// <summary>Why the last connection did not come about; null if it did.</summary>
    public Exception? LastFailure { get; private set; }

    /// <summary>The connection of the moment, to be counted on and to be broken.</summary>
    public StationClient? Client => _client;

    /// <summary>Connects, stays connected for as long as the station lives, and ends when the server has accepted it.</summary>
    /// <param name="patient">False: the first failure ends it, as an exception.</param>
    public async Task ConnectAsync(bool patient = true, CancellationToken ct = default)
    {
        lock (_gate)
        {
            _refused = patient ? null : new(TaskCreationOptions.RunContinuationsAsynchronously);
            _link ??= Task.Run(() => LiveAsync(_life.Token), CancellationToken.None);
        }

        GoOnline();
        var online = OnlineAsync(ct);
        if (_refused is { } refused && await Task.WhenAny(online, refused.Task) == refused.Task)
        {
            throw await refused.Task;
        }

        await online;
    }

    /// <summary>Ends as soon as the server has accepted the station.</summary>
    public Task OnlineAsync(CancellationToken ct = default) => _online.Task.WaitAsync(ct);

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        done.SetResult();
        return done;
    }

    private async Task LiveAsync(CancellationToken ct)
    {
        var failures = 0;
        while (!ct.IsCancellationRequested)
        {
            TimeSpan? atLeast = null;
            try
            {
                await _power.Task.WaitAsync(ct);
                var client = await StationClient.ConnectAsync(ClientOptions(), AnswerAsync, ct);
                Connects++;
                _client = client;
                try
                {
                    await ServeAsync(client, () => failures = 0, ct);
                }
                finally
                {
                    Interlocked.Exchange(ref _messageIds, client.LastMessageId);
                    _client = null;
                    lock (_gate)
                    {
                        Lost();
                    }

                    if (!client.IsSilent)
                    {
                        await client.DisposeAsync();
                    }
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (OperationCanceledException)
            {
                Options.Log?.Invoke("the connection is lost");
            }
            catch (Exception exception) when (exception is IOException or SocketException or TimeoutException or AuthenticationException)
            {
                LastFailure = exception;
                _refused?.TrySetResult(exception);
                atLeast = (exception as HandshakeRefusedException)?.RetryAfter;
                Options.Log?.Invoke($"no connection: {exception.Message}");
            }

            var wait = Options.Reconnect.Wait(failures++, Fraction());
            await Task.Delay(atLeast > wait ? atLeast.Value : wait, Options.Clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(StationClient client, Action settled, CancellationToken ct)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, client.Ended);
        if (await BootAsync(client, both.Token) is not { } heartbeat)
        {
            return;
        }

        settled();
        foreach (var connector in Enumerable.Range(0, Options.Connectors + 1))
        {
            await TellStatusAsync(client, connector, both.Token);
        }

        if (Options.Has(Misbehaviours.ReplaysQueue))
        {
            _memory.Replay();
        }

        lock (_gate)
        {
            IsOnline = true;
            LastFailure = null;
            _online.TrySetResult();
        }

        Options.Log?.Invoke($"online in {client.Version}");
        var attempts = 0;
        while (!both.IsCancellationRequested)
        {
            if (_memory.Next() is not { } fact)
            {
                await IdleAsync(client, heartbeat, both.Token);
                continue;
            }

            attempts = await SendAsync(client, fact, attempts, both.Token) ? 0 : attempts + 1;
        }
    }

    /// <summary>Waits for something to send; when nothing comes for the length of a heartbeat, beats.</summary>
    private async Task IdleAsync(StationClient client, TimeSpan heartbeat, CancellationToken ct)
    {
        try
        {
            await _memory.Changed.WaitToReadAsync(ct).AsTask().WaitAsync(heartbeat, Options.Clock, ct);
            _memory.Changed.TryRead(out _);
        }
        catch (TimeoutException)
        {
            await BeatAsync(client, ct);
        }
    }

    private async Task BeatAsync(StationClient client, CancellationToken ct)
    {
        var message = _dialect.Heartbeat();
        var outcome = await client.CallAsync(message.Action, message.Payload, null, ct);
        if (outcome.IsResult)
        {
            _clock.Sync(_dialect.ReadHeartbeat(outcome.Payload.Span));
        }
    }

    /// <returns>Between heartbeats; null when the connection ended before the server accepted.</returns>
    private async Task<TimeSpan?> BootAsync(StationClient client, CancellationToken ct)
    {
        for (var attempt = 0; !ct.IsCancellationRequested; attempt++)
        {
            var message = _dialect.Boot(_bootReason);
            var outcome = await client.CallAsync(message.Action, message.Payload, null, ct);
            var boot = outcome.IsResult ? _dialect.ReadBoot(outcome.Payload.Span) : default;
            if (boot.IsAccepted)
            {
                _clock.Sync(boot.Time);
                _bootReason = "Unknown";
                return boot.Interval > TimeSpan.Zero ? boot.Interval : TimeSpan.FromSeconds(300);
            }

            Options.Log?.Invoke($"boot not accepted: {outcome}");
            await Task.Delay(boot.Interval > TimeSpan.Zero ? boot.Interval : Options.Reconnect.Wait(attempt, Fraction()), Options.Clock, ct);
        }

        return null;
    }

    private async Task TellStatusAsync(StationClient client, int connector, CancellationToken ct)
    {
        var state = connector == 0 ? OutletState.Available : StateOf(connector);
        if (_dialect.Status(connector, state, _clock.Stamp(_clock.Truth)) is { } message)
        {
            await client.CallAsync(message.Action, message.Payload, null, ct);
        }
    }

    /// <returns>True if the fact is done with.</returns>
    private async Task<bool> SendAsync(StationClient client, StationFact fact, int attempts, CancellationToken ct)
    {
        var transaction = _memory.Find(fact.Transaction);
        var message = _dialect.Render(fact, transaction);
        var keeps = Options.KeepsMessageIds || Options.Has(Misbehaviours.ReusesMessageIds);
        var messageId = (keeps ? fact.MessageId : null) ?? client.NewMessageId();
        if (keeps && fact.MessageId is null)
        {
            _memory.Keep(fact, messageId);
        }

        var outcome = await client.CallAsync(message.Action, message.Payload, messageId, ct);
        switch (outcome.Verdict)
        {
            case CallVerdict.Result:
                Acknowledged(fact, transaction, outcome);
                return true;
            case CallVerdict.Error when !fact.IsTransactional || attempts + 1 >= Options.Attempts:
                Options.Log?.Invoke($"{message.Action} given up: {outcome}");
                GivenUp += fact.IsTransactional ? 1 : 0;
                _memory.Done(fact);
                return true;
            case CallVerdict.Error:
                Options.Log?.Invoke($"{message.Action} refused: {outcome}");
                break;
            default:
                ct.ThrowIfCancellationRequested();
                break;
        }

        await Task.Delay(Options.Resend.Wait(attempts, Fraction()), Options.Clock, ct);
        return false;
    }

    private void Acknowledged(StationFact fact, StationTransaction? transaction, CallOutcome outcome)
    {
        _dialect.Learn(fact, transaction, outcome.Payload.Span, _memory);
        if (transaction is not null)
        {
            transaction.IsStartAcknowledged |= fact.Kind == FactKind.Started;
            transaction.IsEndAcknowledged |= fact.Kind == FactKind.Ended;
            if (Options.ShowsPrices && Options.Version != Busbar.Ocpp.OcppVersion.V16) Screen.HearCost(transaction.TotalCost, fact.Kind == FactKind.Ended, (Connects, outcome.Frame));
        }

        _memory.Done(fact);
        if (transaction is { IsTold: false, IsRunning: true, TokenStatus: not (null or "Accepted") })
        {
            Options.Log?.Invoke($"the token is {transaction.TokenStatus}: stopping");
            Stop(transaction.Connector, "DeAuthorized");
        }

        if (fact is { Kind: FactKind.Ended, IsReplay: false } && Options.Has(Misbehaviours.ReplaysQueue))
        {
            _client?.Socket.Abort();        // it comes back and tells it all again
        }
    }

    /// <summary>Called with the gate held.</summary>
    private void Lost()
    {
        IsOnline = false;
        if (_online.Task.IsCompleted)
        {
            _online = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task EndLinkAsync()
    {
        await _life.CancelAsync();
        if (_client is { } client)
        {
            await client.DisposeAsync();
        }

        await (_link ?? Task.CompletedTask);
        Task[] zombies;
        lock (_gate)
        {
            zombies = [.. _zombies];
        }

        await Task.WhenAll(zombies);
        _life.Dispose();
    }

    private decimal Fraction()
    {
        lock (_gate)
        {
            return _random.NextFraction();
        }
    }

    private StationClientOptions ClientOptions()
    {
        var reuses = Options.Has(Misbehaviours.ReusesMessageIds);
        var first = _countsAnew ? 999_999 : Math.Max(999_999, Interlocked.Read(ref _messageIds));
        _countsAnew = false;
        return new StationClientOptions
        {
            Socket = new StationSocketOptions
            {
                Url = Options.Url,
                StationId = Options.StationId,
                Password = Options.Password is { } password ? Spell(password) : (ReadOnlyMemory<byte>?)null,
                Versions = [Options.Version],
                Source = Options.Source,
                ServerCertificate = Options.ServerCertificate,
                FragmentBytes = Options.FragmentBytes,
                Clock = Options.Clock,
                Seed = unchecked((Options.Seed * 31) + Connects),
            },
            CallTimeout = Options.CallTimeout,
            MessageIdPrefix = reuses ? "" : string.Create(CultureInfo.InvariantCulture, $"{Options.Clock.GetUtcNow().ToUnixTimeMilliseconds():x}-"),
            FirstMessageId = reuses ? first : 0,
            Trace = Options.Trace,
        };
    }

    private byte[] Spell(string password)
    {
        if (!Options.Has(Misbehaviours.HexPassword))
        {
            return Encoding.UTF8.GetBytes(password);
        }

        return password.Length % 2 == 0 && password.All(char.IsAsciiHexDigit) ? Convert.FromHexString(password) : Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(password)));
    }
}
