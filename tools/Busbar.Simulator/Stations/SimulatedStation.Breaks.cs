namespace Busbar.Simulator.Stations;

// What happens to a station's connection from the outside: the network, the power, a reader that does not read.
public sealed partial class SimulatedStation
{
    /// <summary>Loses the connection, without a word, and stays away until <see cref="GoOnline"/>.</summary>
    public void GoOffline()
    {
        lock (_gate)
        {
            if (_power.Task.IsCompleted)
            {
                _power = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            Lost();
        }

        _client?.Socket.Abort();
    }

    public void GoOnline() => _power.TrySetResult();

    /// <summary>The power is gone and back: the connection breaks and the station boots. What ran goes on, if nobody stops it.</summary>
    public void Reboot(string reason = "PowerUp")
    {
        _bootReason = reason;
        _countsAnew = true;
        lock (_gate)
        {
            Lost();
        }

        _client?.Socket.Abort();
        GoOnline();
    }

    /// <summary>The outlet is broken: what charged there is cut short, and nobody can begin until <see cref="Mend"/>.</summary>
    public void Fail(int connector = 1)
    {
        Stop(connector, "EmergencyStop");
        SetState(connector, OutletState.Faulted);
    }

    /// <summary>The outlet is free again.</summary>
    public void Mend(int connector = 1) => SetState(connector, OutletState.Available);

    private void SetState(int connector, OutletState state)
    {
        lock (_gate)
        {
            _states[connector - 1] = state;
        }

        _ = Trigger("StatusNotification", connector);
    }

    /// <summary>Leaves the socket open and silent, as after a change of network, and connects anew; the old one is closed late.</summary>
    public void LeaveZombie()
    {
        if (_client is not { } client)
        {
            return;
        }

        lock (_gate)
        {
            Lost();
            _zombies.Add(BuryAsync(client));
        }

        client.GoSilent();
    }

    private async Task ReadSlowlyAsync()
    {
        if (_client is { } client)
        {
            client.Socket.PauseReading();
            await Task.Delay(Options.SlowReaderPause, Options.Clock);
            client.Socket.ResumeReading();
        }
    }

    private async Task BuryAsync(StationClient client)
    {
        try
        {
            await Task.Delay(Options.ZombieLife, Options.Clock, _life.Token);
        }
        catch (OperationCanceledException)
        {
            // The station itself ends.
        }

        await client.DisposeAsync();
    }
}
