using System.Collections.Concurrent;
using System.Globalization;
using Busbar.Ocpp;
using Busbar.Simulator.Dialects;

namespace Busbar.Simulator.Stations;

public sealed partial class SimulatedStation : IStationControls
{
    private readonly ConcurrentDictionary<string, string> _settings;

    StationMemory IStationControls.Memory => _memory;

    IDictionary<string, string> IStationControls.Settings => _settings;

    int? IStationControls.FindFree(int? connector)
    {
        lock (_gate)
        {
            bool IsFree(int at) => _running[at] is null && _states[at] is OutletState.Available or OutletState.Preparing;

            if (connector is { } wanted)
            {
                return wanted >= 1 && wanted <= Options.Connectors && IsFree(wanted - 1) ? wanted : null;
            }

            // Where a cable is plugged someone waits.
            var at = Array.FindIndex(_states, state => state == OutletState.Preparing) is >= 0 and var plugged && IsFree(plugged) ? plugged : Enumerable.Range(0, Options.Connectors).FirstOrDefault(IsFree, -1);
            return at < 0 ? null : at + 1;
        }
    }

    StationTransaction? IStationControls.RunningOn(int connector)
    {
        lock (_gate)
        {
            return connector >= 1 && connector <= Options.Connectors ? _running[connector - 1] : null;
        }
    }

    bool IStationControls.IsConnector(int connector) => connector >= 1 && connector <= Options.Connectors;

    void IStationControls.Stop(int connector, string reason) => Stop(connector, reason);

    async Task IStationControls.ChargeRemotelyAsync(string token, int connector, int? remoteStartId)
    {
        try
        {
            await ChargeAsync(token, Options.RemotePlan with { Connector = connector, Authorizes = false }, remoteStartId ?? 0, _life.Token);
        }
        catch (OperationCanceledException)
        {
            // The station ends before the car is full.
        }
    }

    void IStationControls.SetAvailable(int? connector, bool available)
    {
        foreach (var one in connector is { } only ? [only] : Enumerable.Range(1, Options.Connectors))
        {
            lock (_gate)
            {
                if (_running[one - 1] is not null)
                {
                    continue;       // nothing is cut short; the simulator does not come back to it
                }

                _states[one - 1] = available ? OutletState.Available : OutletState.Unavailable;
            }

            _ = Trigger("StatusNotification", one);
        }
    }

    async Task IStationControls.RestartAsync(string stopReason, string bootReason)
    {
        for (var connector = 1; connector <= Options.Connectors; connector++)
        {
            Stop(connector, stopReason);
        }

        // A moment for the stop to leave; what does not leaves after the boot.
        await Task.Delay(TimeSpan.FromMilliseconds(200), Options.Clock);
        Reboot(bootReason);
    }

    Task IStationControls.TriggerAsync(string message, int? connector) => Trigger(message, connector);

    void IStationControls.Apply(string setting, string value)
    {
        _settings[setting] = value;
        if (setting is "MeterValueSampleInterval" or "SampledDataCtrlr.TxUpdatedInterval" && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0)
        {
            MeterInterval = TimeSpan.FromSeconds(seconds);
        }
    }

    private static ConcurrentDictionary<string, string> InitialSettings(StationOptions options)
    {
        var interval = ((int)options.MeterInterval.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        Dictionary<string, string> settings = options.Version == OcppVersion.V16
            ? new()
            {
                ["HeartbeatInterval"] = "300",
                ["MeterValueSampleInterval"] = interval,
                ["MeterValuesSampledData"] = "Energy.Active.Import.Register,Power.Active.Import",
                ["NumberOfConnectors"] = options.Connectors.ToString(CultureInfo.InvariantCulture),
                ["AuthorizeRemoteTxRequests"] = "false",
                ["LocalAuthorizeOffline"] = "true",
                ["StopTransactionOnInvalidId"] = "true",
                ["SupportedFeatureProfiles"] = "Core,RemoteTrigger",
            }
            : new()
            {
                ["OCPPCommCtrlr.HeartbeatInterval"] = "300",
                ["SampledDataCtrlr.TxUpdatedInterval"] = interval,
                ["TxCtrlr.StopTxOnInvalidId"] = "true",
                ["TxCtrlr.TxStartPoint"] = options.Has(Misbehaviours.CableFirst) ? "EVConnected" : "PowerPathClosed",
                ["TxCtrlr.TxStopPoint"] = "PowerPathClosed",
                ["AuthCtrlr.AuthorizeRemoteStart"] = "false",
            };
        if (options.ShowsPrices) AddScreen(settings, options.Version);
        return new(settings, StringComparer.Ordinal);
    }

    private static void AddScreen(Dictionary<string, string> settings, OcppVersion version)
    {
        if (version == OcppVersion.V16)
        {
            (settings["CustomDisplayCostAndPrice"], settings["NumberOfDecimalsForCostValues"], settings["DefaultPrice"]) = ("true", "2", "");
            return;
        }
        (settings["TariffCostCtrlr.Available[Tariff]"], settings["TariffCostCtrlr.Enabled[Tariff]"], settings["TariffCostCtrlr.TariffFallbackMessage"]) = ("true", "true", "");

        // In 2.1 that would be a cost that the station calculates by itself.
        settings["TariffCostCtrlr.Available[Cost]"] = version >= OcppVersion.V21 ? "false" : "true";
        if (version >= OcppVersion.V21) (settings["TariffCostCtrlr.ConditionsSupported[Tariff]"], settings["TariffCostCtrlr.MaxElements[Tariff]"]) = ("true", "20");
    }

    private async ValueTask<StationAnswer> AnswerAsync(ServerCall call, CancellationToken ct)
    {
        if (Options.Has(Misbehaviours.SlowAnswer))
        {
            await Task.Delay(Options.SlowAnswerDelay, Options.Clock, ct);
        }

        var answer = _dialect.Answer(call, this);
        if (Options.ShowsPrices && answer.ErrorCode is null) Screen.Hear(call.Action, call.Payload, (Connects, call.Frame));
        Options.Log?.Invoke($"the server asks {call.Action}: {answer.ErrorCode ?? System.Text.Encoding.UTF8.GetString(answer.Payload.Span)}");
        return answer;
    }

    private async Task Trigger(string message, int? connector)
    {
        if (_client is not { } client)
        {
            return;
        }

        switch (message)
        {
            case "BootNotification":
                var boot = _dialect.Boot("Triggered");
                await client.CallAsync(boot.Action, boot.Payload);
                return;
            case "Heartbeat":
                await BeatAsync(client, CancellationToken.None);
                return;
        }

        foreach (var one in connector is > 0 and var only && only <= Options.Connectors ? [only] : Enumerable.Range(1, Options.Connectors))
        {
            if (message == "StatusNotification")
            {
                await TellStatusAsync(client, one, CancellationToken.None);
            }
            else if (((IStationControls)this).RunningOn(one) is not null)
            {
                Meter(one);
            }
            else if (message == "MeterValues")
            {
                var fact = new StationFact { Number = 0, Kind = FactKind.Metered, Connector = one, Stamp = _clock.Stamp(_clock.Truth), RegisterWh = Register(one), Context = "Trigger" };
                var reading = _dialect.Reading(fact);
                await client.CallAsync(reading.Action, reading.Payload);
            }
        }
    }
}
