using System.Globalization;
using Busbar.Simulator.Dialects;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Wire;
using NodaTime;

namespace Busbar.Simulator.Stations;

/// <summary>
/// A charging station that behaves: a script of what happens at its outlets, told to a server in one version of OCPP. What must not get lost waits in its
/// memory until the server has acknowledged it. This file is the script; Charge.cs plays
/// a whole charge; Link.cs keeps the connection, Breaks.cs breaks it; Controls.cs does what the server wants.
/// </summary>
public sealed partial class SimulatedStation : IAsyncDisposable
{
    private readonly Dialect _dialect;
    private readonly StationMemory _memory;
    private readonly StationClock _clock;
    private readonly Xorshift _random;
    private readonly OutletMeter[] _meters;
    private readonly OutletState[] _states;
    private readonly StationTransaction?[] _running;
    private readonly decimal[] _registerErrors;
    private readonly Lock _gate = new();

    public SimulatedStation(StationOptions options)
    {
        Options = options;
        _dialect = Dialect.For(options);
        _clock = new StationClock(options);
        _random = new Xorshift(options.Seed);
        _memory = new StationMemory(options.MemoryFile);
        _meters = [.. Enumerable.Range(0, options.Connectors).Select(_ => new OutletMeter(options.Outlet, options.RegisterWh))];
        _states = new OutletState[options.Connectors];
        _running = new StationTransaction?[options.Connectors];
        _registerErrors = new decimal[options.Connectors];
        _settings = InitialSettings(options);
        MeterInterval = options.MeterInterval;
        Recover();
    }

    public StationOptions Options { get; }

    /// <summary>What it shows; empty without <see cref="StationOptions.ShowsPrices"/>.</summary>
    public StationScreen Screen { get; } = new();

    /// <summary>Between periodic readings; the server may change it.</summary>
    public TimeSpan MeterInterval { get; private set; }

    /// <summary>Every transaction that the station remembers, the oldest first.</summary>
    public IReadOnlyList<StationTransaction> Transactions => _memory.Transactions;

    /// <summary>Messages that wait for an acknowledgement.</summary>
    public int Waiting => _memory.Count;

    /// <summary>Transaction messages that the server refused so often that they were given up.</summary>
    public int GivenUp { get; private set; }

    public OutletState StateOf(int connector) => _states[connector - 1];

    /// <summary>The absolute import register in Wh, as the meter has it.</summary>
    public decimal Register(int connector = 1)
    {
        lock (_gate)
        {
            _meters[connector - 1].Advance(_clock.Truth);
            return _meters[connector - 1].Read();
        }
    }

    /// <summary>Ends when every message of the memory has been acknowledged or given up.</summary>
    public Task DrainedAsync(CancellationToken ct = default) => _memory.DrainedAsync(ct);

    public void PlugIn(int connector = 1, Vehicle? vehicle = null)
    {
        lock (_gate)
        {
            _meters[connector - 1].PlugIn(vehicle ?? new Vehicle());
        }

        Happen(connector, Happening.PlugIn);
    }

    /// <summary>Shows a token to the server; offline the station lets everyone charge.</summary>
    /// <returns>The server's verdict, <c>Accepted</c> offline and without an answer.</returns>
    public async Task<string> AuthorizeAsync(string token, CancellationToken ct = default)
    {
        if (_client is not { } client || !IsOnline)
        {
            return "Accepted";
        }

        var message = _dialect.Authorize(token);
        var outcome = await client.CallAsync(message.Action, message.Payload, null, ct);
        if (Options.ShowsPrices && outcome.Verdict == CallVerdict.Result) Screen.HearAuthorized(outcome.Payload);
        return outcome.Verdict switch
        {
            CallVerdict.Result => _dialect.ReadAuthorize(outcome.Payload.Span),
            CallVerdict.Error => "Invalid",
            _ => "Accepted",
        };
    }

    /// <summary>Energy begins to flow. The transaction's server id and the verdict on the token come with the acknowledgement.</summary>
    public StationTransaction Start(string token, int connector = 1, int? remoteStartId = null)
    {
        if (Options.Has(Misbehaviours.OfflineStart))
        {
            GoOffline();
        }

        StationTransaction transaction;
        lock (_gate)
        {
            transaction = _running[connector - 1] ?? Open(connector);
            transaction.Token = token;
            transaction.RemoteStartId = remoteStartId;
            _meters[connector - 1].Flow(_clock.Truth);
        }

        Happen(connector, Happening.Start);
        return transaction;
    }

    /// <summary>A periodic reading.</summary>
    public void Meter(int connector = 1) => Happen(connector, Happening.Meter);

    public void Suspend(bool byVehicle = true, int connector = 1)
    {
        lock (_gate)
        {
            _meters[connector - 1].Halt(_clock.Truth);
        }

        Happen(connector, byVehicle ? Happening.SuspendedByVehicle : Happening.SuspendedByStation);
    }

    public void Resume(int connector = 1)
    {
        lock (_gate)
        {
            _meters[connector - 1].Flow(_clock.Truth);
        }

        Happen(connector, Happening.Resumed);
    }

    /// <summary>Ends the transaction; nothing if there is none.</summary>
    /// <param name="reason">As 1.6 spells it.</param>
    public void Stop(string reason = "Local", int connector = 1) => Stop(connector, reason);

    public void Unplug(int connector = 1)
    {
        Stop(connector, "EVDisconnected");
        lock (_gate)
        {
            _meters[connector - 1].Unplug();
        }

        Happen(connector, Happening.Unplug);
    }

    /// <summary>Tells a physical session as data, with its own timestamps and registers.</summary>
    /// <param name="speed">Null: at once. Else as it happened, so many times as fast, by the life clock.</param>
    /// <returns>The transaction, with all its messages acknowledged.</returns>
    public async Task<StationTransaction> TellAsync(PhysicalSession session, decimal? speed = null, CancellationToken ct = default)
    {
        StationTransaction? transaction = null;
        Instant? before = null;
        foreach (var happened in session.Events)
        {
            if (speed is { } factor && before is { } earlier)
            {
                await Task.Delay((happened.At - earlier).ToTimeSpan() / (double)factor, _clock.Life, ct);
            }

            before = happened.At;
            if (happened.Happening == Happening.Authorize)
            {
                await AuthorizeAsync(session.Token, ct);
                continue;
            }

            if (happened.Happening == Happening.Start && Options.Has(Misbehaviours.OfflineStart))
            {
                GoOffline();
            }

            lock (_gate)
            {
                _meters[session.Connector - 1].Set(happened.RegisterWh);
                if (_dialect.BeginsWith(happened.Happening))
                {
                    transaction = Open(session.Connector);
                    transaction.IsTold = true;
                }

                if (happened.Happening == Happening.Start)
                {
                    transaction!.Token = session.Token;
                }
            }

            Record(session.Connector, happened);
        }

        await DrainedAsync(ct);
        return transaction ?? throw new ArgumentException("The session has no start.", nameof(session));
    }

    public async ValueTask DisposeAsync()
    {
        await EndLinkAsync();
        _memory.Dispose();
    }

    /// <summary>Something happens now, with what the meter shows.</summary>
    private void Happen(int connector, Happening happening, string reason = "Local")
    {
        PhysicalEvent happened;
        lock (_gate)
        {
            var meter = _meters[connector - 1];
            meter.Advance(_clock.Truth);
            if (_dialect.BeginsWith(happening) && _running[connector - 1] is null)
            {
                Open(connector);
            }

            happened = new PhysicalEvent(_clock.Truth, happening, meter.Read())
            {
                PowerW = meter.PowerW,
                SocPercent = Options.Outlet.IsDc ? meter.Vehicle?.SocPercent : null,
                Reason = reason,
            };
        }

        Record(connector, happened);
    }

    /// <summary>Turns a happening into what the server must learn, and misbehaves on the way.</summary>
    private void Record(int connector, PhysicalEvent happened)
    {
        StationTransaction? transaction;
        lock (_gate)
        {
            transaction = _running[connector - 1];
            var isCharging = happened.Happening is not (Happening.PlugIn or Happening.Unplug or Happening.Authorize);
            if (isCharging && transaction is null)
            {
                return;         // the transaction has ended another way: a power cut, the server, a refused token
            }

            _states[connector - 1] = Next(happened.Happening, _states[connector - 1]);
            var template = Note(connector, happened, transaction);
            // Before its facts are there to be sent: or their answers may have been read already.
            if (happened.Happening == Happening.Start && Options.Has(Misbehaviours.SlowReader))
            {
                _ = ReadSlowlyAsync();
            }

            foreach (var fact in _dialect.Tell(happened, template, transaction))
            {
                _memory.Add(fact);
            }

            if (happened.Happening == Happening.Stop)
            {
                transaction!.End();
                _running[connector - 1] = null;
            }
        }

        Misbehave(connector, happened.Happening, transaction);
    }

    private StationFact Note(int connector, PhysicalEvent happened, StationTransaction? transaction)
    {
        if (transaction is not null && happened.Happening == Happening.Meter && ++transaction.Readings == 3 && Options.Has(Misbehaviours.MeterResets))
        {
            _registerErrors[connector - 1] = -happened.RegisterWh;
        }

        var register = happened.RegisterWh + _registerErrors[connector - 1];
        if (transaction is not null)
        {
            transaction.LastRegisterWh = happened.RegisterWh;
            if (happened.Happening == Happening.Start)
            {
                transaction.StartRegisterWh = happened.RegisterWh;
            }
        }

        return new StationFact
        {
            Number = 0,
            Kind = FactKind.Status,
            Connector = connector,
            Transaction = transaction?.Id,
            Stamp = _clock.Stamp(happened.At),
            RegisterWh = register,
            PowerW = happened.PowerW,
            SocPercent = happened.SocPercent,
            Context = happened.Happening switch
            {
                Happening.Start or Happening.PlugIn => "Transaction.Begin",
                Happening.Stop => "Transaction.End",
                _ => "Sample.Periodic",
            },
            State = _states[connector - 1],
            Offline = !IsOnline,
            IsNaN = Options.Has(Misbehaviours.NaNValues) && happened.Happening == Happening.Meter && transaction?.Readings % 2 == 0,
        };
    }

    private void Misbehave(int connector, Happening happening, StationTransaction? transaction)
    {
        if (happening == Happening.Stop && Options.Has(Misbehaviours.OfflineStart))
        {
            GoOnline();
        }

        if (happening != Happening.Meter || transaction is null)
        {
            return;
        }

        if (transaction.Readings == 2 && Options.Has(Misbehaviours.ZombieSocket))
        {
            LeaveZombie();
        }

        if (transaction.Readings == 3 && Options.Has(Misbehaviours.RebootMidCharge))
        {
            GoOffline();
            Stop(connector, "PowerLoss");
            Reboot("PowerUp");
        }
    }

    private static OutletState Next(Happening happening, OutletState state) => happening switch
    {
        Happening.PlugIn => OutletState.Preparing,
        Happening.Start or Happening.Resumed => OutletState.Charging,
        Happening.SuspendedByVehicle => OutletState.SuspendedByVehicle,
        Happening.SuspendedByStation => OutletState.SuspendedByStation,
        Happening.Stop => OutletState.Finishing,
        Happening.Unplug => OutletState.Available,
        _ => state,
    };

    private void Stop(int connector, string reason)
    {
        lock (_gate)
        {
            if (_running[connector - 1] is null)
            {
                return;
            }

            if (_running[connector - 1] is { IsTold: false })
            {
                _meters[connector - 1].Halt(_clock.Truth);
            }
        }

        Happen(connector, Happening.Stop, reason);
    }

    private StationTransaction Open(int connector)
    {
        // 2.x wants an id that the station never uses again, not even after a power cut: the time, and random bits for two at once.
        var id = string.Create(CultureInfo.InvariantCulture, $"{Options.Clock.GetUtcNow().ToUnixTimeMilliseconds():x}-{_random.Next():x16}");
        var transaction = _memory.Open(id, connector);
        transaction.IsRunning = true;
        if (Options.Version != Ocpp.OcppVersion.V16)
        {
            transaction.ServerId = id;
        }

        return _running[connector - 1] = transaction;
    }

    /// <summary>What was running when the process ended is ended now, with the last register that was remembered: nobody measured since.</summary>
    private void Recover()
    {
        foreach (var (connector, register) in _memory.Registers)
        {
            if (connector >= 1 && connector <= _meters.Length)
            {
                _meters[connector - 1].Set(register);
            }
        }

        foreach (var transaction in _memory.Transactions.Where(transaction => transaction.IsRunning && transaction.Connector <= _running.Length))
        {
            transaction.ServerId ??= Options.Version == Ocpp.OcppVersion.V16 ? null : transaction.Id;
            _running[transaction.Connector - 1] = transaction;
            Stop(transaction.Connector, "PowerLoss");
        }
    }
}
