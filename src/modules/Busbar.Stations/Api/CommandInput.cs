using Busbar.Identity.Http;
using Busbar.Stations.Commands;

namespace Busbar.Stations.Api;

// The version-neutral commands, as the API takes them.

internal sealed record StartInput(string TokenUid, int? Evse = null, int? Connector = null)
{
    public StationIntent.Start ToIntent(int remoteStartId)
    {
        var check = new Check();
        check.Text(TokenUid, "/tokenUid", 255);
        Numbers.Examine(check, Evse, "/evse");
        Numbers.Examine(check, Connector, "/connector");
        check.That(Connector is null || Evse is not null, "/evse", "required", "A connector is one of an EVSE.");
        check.ThrowIfWrong();
        return new StationIntent.Start(Evse, Connector, TokenUid, remoteStartId);
    }
}

internal sealed record StopInput(string SessionId);

internal sealed record UnlockInput(int Evse, int Connector)
{
    public StationIntent ToIntent()
    {
        var check = new Check();
        Numbers.Examine(check, Evse, "/evse");
        Numbers.Examine(check, Connector, "/connector");
        check.ThrowIfWrong();
        return new StationIntent.Unlock(Evse, Connector);
    }
}

internal sealed record RestartInput(bool Hard = false);

internal sealed record AvailabilityInput(bool Operative, int? Evse = null)
{
    public StationIntent ToIntent()
    {
        var check = new Check();
        Numbers.Examine(check, Evse, "/evse");
        check.ThrowIfWrong();
        return new StationIntent.SetAvailability(Evse, Operative);
    }
}

internal sealed record TriggerInput(string Message, int? Evse = null)
{
    public StationIntent ToIntent()
    {
        var check = new Check();
        check.Text(Message, "/message", 50);
        Numbers.Examine(check, Evse, "/evse");
        check.ThrowIfWrong();
        return new StationIntent.Trigger(Message, Evse);
    }
}

internal static class Numbers
{
    public static void Examine(Check check, int? number, string pointer) =>
        check.That(number is null or > 0, pointer, "outOfRange", "EVSEs and connectors are numbered from 1.");
}
