using System.Globalization;
using Busbar.Ocpp;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using NodaTime;

namespace Busbar.Simulator.Dialects;

/// <summary>A message that is ready to be sent.</summary>
internal readonly record struct WireMessage(string Action, byte[] Payload);

/// <param name="Interval">Of heartbeats, or before the next BootNotification.</param>
internal readonly record struct BootAnswer(bool IsAccepted, TimeSpan Interval, Instant? Time);

/// <summary>One sampled value in the words that all versions share.</summary>
/// <param name="Value">A number, or what a broken meter writes in its place.</param>
internal readonly record struct Sample(string Measurand, string Value, string Unit, string? Phase = null);

/// <summary>How one version of OCPP tells what happens, and hears what is answered.</summary>
internal abstract class Dialect(StationOptions options)
{
    private const decimal VoltsPerPhase = 230;

    protected StationOptions Options { get; } = options;

    public static Dialect For(StationOptions options) => options.Version == OcppVersion.V16 ? new Ocpp16Dialect(options) : new Ocpp2Dialect(options);

    /// <summary>Whether this is where a transaction of this version and station begins.</summary>
    public abstract bool BeginsWith(Happening happening);

    /// <summary>What the server has to learn of a happening, in order. The template has the moment, the meter and the transaction.</summary>
    public abstract IEnumerable<StationFact> Tell(PhysicalEvent happened, StationFact template, StationTransaction? transaction);

    public abstract WireMessage Render(StationFact fact, StationTransaction? transaction);

    /// <summary>Takes from the answer what the station remembers.</summary>
    public abstract void Learn(StationFact fact, StationTransaction? transaction, ReadOnlySpan<byte> answer, StationMemory memory);

    public abstract WireMessage Boot(string reason);

    public abstract BootAnswer ReadBoot(ReadOnlySpan<byte> answer);

    public abstract WireMessage Heartbeat();

    public abstract Instant? ReadHeartbeat(ReadOnlySpan<byte> answer);

    public abstract WireMessage Authorize(string token);

    /// <summary>The server's verdict: <c>Accepted</c>, <c>Blocked</c>, …</summary>
    public abstract string ReadAuthorize(ReadOnlySpan<byte> answer);

    /// <summary>A status outside any queue. Connector 0 is the station; null: the version has no message for that.</summary>
    public abstract WireMessage? Status(int connector, OutletState state, string stamp);

    /// <summary>A reading outside any transaction.</summary>
    public abstract WireMessage Reading(StationFact fact);

    public abstract StationAnswer Answer(ServerCall call, IStationControls station);

    protected IEnumerable<Sample> Samples(StationFact fact)
    {
        var kilo = Options.Has(Misbehaviours.KilowattHours);
        var unit = kilo ? "kWh" : "Wh";
        string Energy(decimal wattHours) => fact.IsNaN ? "NaN" : Text(kilo ? wattHours / 1000 : wattHours);
        if (Options.Has(Misbehaviours.PerPhaseRegisters))
        {
            var third = decimal.Truncate(fact.RegisterWh / 3);
            yield return new("Energy.Active.Import.Register", Energy(fact.RegisterWh - (2 * third)), unit, "L1");
            yield return new("Energy.Active.Import.Register", Energy(third), unit, "L2");
            yield return new("Energy.Active.Import.Register", Energy(third), unit, "L3");
        }
        else
        {
            yield return new("Energy.Active.Import.Register", Energy(fact.RegisterWh), unit);
        }

        if (fact.Kind is FactKind.Started or FactKind.Ended)
        {
            yield break;
        }

        var nan = Options.Has(Misbehaviours.NaNValues);
        yield return new("Power.Active.Import", nan ? "NaN" : Text(kilo ? fact.PowerW / 1000 : fact.PowerW), kilo ? "kW" : "W");
        for (var phase = 1; phase <= Options.Outlet.Phases; phase++)
        {
            var current = decimal.Round(fact.PowerW / (VoltsPerPhase * Options.Outlet.Phases), 2);
            yield return new("Current.Import", nan ? "NaN" : Text(current), "A", string.Create(CultureInfo.InvariantCulture, $"L{phase}"));
        }

        if (fact.SocPercent is { } soc)
        {
            yield return new("SoC", Text(decimal.Round(soc, 1)), "Percent");
        }

        if (Options.Has(Misbehaviours.UnknownEnum))
        {
            yield return new("Vendor.Mood", "42", "Smiles", "L9");
        }
    }

    private static string Text(decimal number) => number.ToString("0.######", CultureInfo.InvariantCulture);
}

/// <summary>What the server's calls can make a station do.</summary>
internal interface IStationControls
{
    StationMemory Memory { get; }

    IDictionary<string, string> Settings { get; }

    /// <summary>The connector that a session could start on; null if there is none.</summary>
    int? FindFree(int? connector);

    StationTransaction? RunningOn(int connector);

    OutletState StateOf(int connector);

    bool IsConnector(int connector);

    Task ChargeRemotelyAsync(string token, int connector, int? remoteStartId);

    void Stop(int connector, string reason);

    void SetAvailable(int? connector, bool available);

    Task RestartAsync(string stopReason, string bootReason);

    /// <summary>Sends what was asked for: <c>BootNotification</c>, <c>Heartbeat</c>, <c>StatusNotification</c>, <c>MeterValues</c>.</summary>
    Task TriggerAsync(string message, int? connector);

    /// <summary>A setting was changed.</summary>
    void Apply(string setting, string value);
}
