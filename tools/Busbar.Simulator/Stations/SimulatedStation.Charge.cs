namespace Busbar.Simulator.Stations;

/// <summary>What a charge came to, as the station has it.</summary>
/// <param name="Verdict">The server's on the token: <c>Accepted</c>, or why not.</param>
/// <param name="EnergyWh">By the register.</param>
public sealed record ChargeReport(string Verdict, StationTransaction? Transaction, decimal EnergyWh)
{
    /// <summary>The server accepted the token and acknowledged start and end.</summary>
    public bool IsAccepted => Verdict == "Accepted" && Transaction is { IsStartAcknowledged: true, IsEndAcknowledged: true };
}

public sealed partial class SimulatedStation
{
    /// <summary>Charges a car from plug to unplug, by the life clock, and waits until the server has it all.</summary>
    public Task<ChargeReport> ChargeAsync(string token, ChargePlan plan, CancellationToken ct = default) => ChargeAsync(token, plan, null, ct);

    private async Task<ChargeReport> ChargeAsync(string token, ChargePlan plan, int? remoteStartId, CancellationToken ct)
    {
        var connector = plan.Connector;
        var isPlugged = StateOf(connector) == OutletState.Preparing;
        var cableFirst = Options.Has(Misbehaviours.CableFirst) || isPlugged;
        if (cableFirst && !isPlugged)
        {
            PlugIn(connector, plan.Vehicle);
            await Pass(plan.Fumbling, ct);
        }

        var verdict = plan.Authorizes ? await AuthorizeAsync(token, ct) : "Accepted";
        Options.Log?.Invoke($"token {token}: {verdict}");
        if (verdict != "Accepted")
        {
            if (cableFirst)
            {
                Unplug(connector);
            }

            await DrainedAsync(ct);
            return new(verdict, null, 0);
        }

        if (!cableFirst)
        {
            await Pass(plan.Fumbling, ct);
            PlugIn(connector, plan.Vehicle);
        }

        var transaction = Start(token, connector, remoteStartId is > 0 ? remoteStartId : null);
        Options.Log?.Invoke($"charging on connector {connector}, register {transaction.StartRegisterWh} Wh");
        await FlowAsync(transaction, plan, ct);
        if (transaction.IsRunning)
        {
            Stop(connector, remoteStartId is null ? "Local" : "EVDisconnected");
        }

        Unplug(connector);
        await DrainedAsync(ct);
        var energy = transaction.LastRegisterWh - transaction.StartRegisterWh;
        Options.Log?.Invoke($"transaction {transaction.ServerId} ended with {energy:0.###} Wh{(transaction.TotalCost is { } cost ? $", cost {cost}" : "")}");
        return new(transaction.TokenStatus ?? verdict, transaction, energy);
    }

    /// <summary>Energy flows, with a reading now and then, until the plan is fulfilled, the car is full or someone ends the transaction.</summary>
    private async Task FlowAsync(StationTransaction transaction, ChargePlan plan, CancellationToken ct)
    {
        var meter = _meters[plan.Connector - 1];
        var target = transaction.StartRegisterWh + plan.EnergyWh;
        while (transaction.IsRunning)
        {
            await PassWhileAsync(transaction, TimeToNext(target - Register(plan.Connector), meter.PowerW), ct);
            var register = Register(plan.Connector);
            if (!transaction.IsRunning)
            {
                return;
            }

            if (register >= target || meter.Vehicle is null or { IsFull: true })
            {
                break;
            }

            Meter(plan.Connector);
            Options.Log?.Invoke($"{register - transaction.StartRegisterWh:0.#} Wh at {meter.PowerW:0} W");
        }

        if (plan.Idle > TimeSpan.Zero && transaction.IsRunning)
        {
            Suspend(byVehicle: true, plan.Connector);
            for (var left = plan.Idle; left > TimeSpan.Zero && transaction.IsRunning; left -= MeterInterval)
            {
                await PassWhileAsync(transaction, left < MeterInterval ? left : MeterInterval, ct);
                if (left > MeterInterval)
                {
                    Meter(plan.Connector);
                }
            }
        }
    }

    private TimeSpan TimeToNext(decimal leftWh, decimal powerW)
    {
        var untilTarget = powerW > 0 && leftWh > 0 ? TimeSpan.FromSeconds((double)decimal.Ceiling(leftWh * 3600 / powerW) + 1) : MeterInterval;
        return untilTarget < MeterInterval ? untilTarget : MeterInterval;
    }

    /// <summary>Time passes, or someone ends the transaction.</summary>
    private async Task PassWhileAsync(StationTransaction transaction, TimeSpan time, CancellationToken ct)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(Pass(time, enough.Token), transaction.Ended);
        await enough.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private Task Pass(TimeSpan time, CancellationToken ct) => Task.Delay(time, _clock.Life, ct);
}
