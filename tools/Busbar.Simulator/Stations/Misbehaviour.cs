namespace Busbar.Simulator.Stations;

/// <summary>What stations in the field do wrong, by name. They can be combined.</summary>
[Flags]
public enum Misbehaviours
{
    None = 0,
    WrongClock = 1 << 0,
    ReplaysQueue = 1 << 1,
    MeterResets = 1 << 2,
    OfflineStart = 1 << 3,
    CableFirst = 1 << 4,
    SlowAnswer = 1 << 5,
    UnknownEnum = 1 << 6,
    DuplicateStop = 1 << 7,
    RebootMidCharge = 1 << 8,
    ZombieSocket = 1 << 9,
    SlowReader = 1 << 10,
    NaNValues = 1 << 11,
    KilowattHours = 1 << 12,
    PerPhaseRegisters = 1 << 13,
    LocalTimeNoZone = 1 << 14,
    ReusesMessageIds = 1 << 15,
    HexPassword = 1 << 16,
}

public static class MisbehaviourText
{
    /// <summary>Every misbehaviour with a sentence for people.</summary>
    public static IReadOnlyList<(Misbehaviours Misbehaviour, string Does)> All { get; } =
    [
        (Misbehaviours.WrongClock, "its clock was never set (1970), or is off by what the options say"),
        (Misbehaviours.ReplaysQueue, "after a reconnect it sends transaction messages again that were acknowledged"),
        (Misbehaviours.MeterResets, "its register falls back to 0 in the middle of a charge"),
        (Misbehaviours.OfflineStart, "loses the connection before the start and comes back after the stop"),
        (Misbehaviours.CableFirst, "the cable is plugged long before a token is shown; in 2.x the transaction starts with the cable"),
        (Misbehaviours.SlowAnswer, "answers the server's calls late"),
        (Misbehaviours.UnknownEnum, "sends values that no standard names"),
        (Misbehaviours.DuplicateStop, "ends every transaction twice"),
        (Misbehaviours.RebootMidCharge, "loses power in the middle of a charge and ends it after the boot"),
        (Misbehaviours.ZombieSocket, "leaves its socket open without a word in the middle of a charge and connects anew"),
        (Misbehaviours.SlowReader, "stops reading from its socket for a while during a charge"),
        (Misbehaviours.NaNValues, "measures NaN"),
        (Misbehaviours.KilowattHours, "tells its registers in kWh and kW"),
        (Misbehaviours.PerPhaseRegisters, "tells one register for each phase and no total"),
        (Misbehaviours.LocalTimeNoZone, "writes its local time without a zone"),
        (Misbehaviours.ReusesMessageIds, "counts message ids from 1000000 after every boot, and repeats a message under its old id"),
        (Misbehaviours.HexPassword, "spells its password the other way: a hex key as its bytes, another as its hex text"),
    ];

    /// <summary>Reads names with commas between; case does not matter.</summary>
    /// <exception cref="FormatException">Nobody misbehaves like that.</exception>
    public static Misbehaviours Parse(string names)
    {
        var all = Misbehaviours.None;
        foreach (var name in names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var found = All.FirstOrDefault(known => string.Equals(known.Misbehaviour.ToString(), name, StringComparison.OrdinalIgnoreCase));
            all |= found.Misbehaviour != Misbehaviours.None ? found.Misbehaviour : throw new FormatException($"'{name}' is no misbehaviour; --help lists them.");
        }

        return all;
    }
}
