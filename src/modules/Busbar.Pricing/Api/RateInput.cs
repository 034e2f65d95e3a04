using System.Text;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing.Api;

/// <summary>A tariff, a zone and what was measured.</summary>
internal sealed record RateInput
{
    public required JsonElement Tariff { get; init; }
    public string? OcpiVersion { get; init; }

    /// <summary>IANA.</summary>
    public required string TimeZone { get; init; }

    public required TimelineInput Timeline { get; init; }

    /// <summary>What else is known of the session: <c>evseKind</c> (<c>ac</c>, <c>dc</c>), <c>paymentBrand</c>, <c>paymentRecognition</c>, <c>tokenGroup</c>, <c>curves</c>
    /// (<c>name</c>, <c>from</c>, <c>stepSeconds</c>, <c>prices</c>) and <c>allowances</c>. Absent: nothing is.</summary>
    public JsonElement? Context { get; init; }

    /// <summary>Null where it is wrong: it stands in <paramref name="check"/>.</summary>
    public SessionContext? ReadContext(Check check)
    {
        if (Context is not { ValueKind: not JsonValueKind.Null } given) return SessionContext.Unknown;
        SessionContext context;
        try { context = SessionContextJson.Read(Encoding.UTF8.GetBytes(given.GetRawText())); }
        catch (FormatException wrong)
        {
            check.Fail("/context", "invalidValue", wrong.Message);
            return null;
        }
        foreach (var fault in TariffLint.Check(context)) check.Fail("/context" + fault.Pointer, fault.Code, fault.Detail);
        return context;
    }
}

/// <summary>A session as the API says it everywhere.</summary>
internal sealed record TimelineInput
{
    private const int MaximumEntries = 100_000;
    private const decimal MaximumPower = 1_000_000_000m;
    private const decimal MaximumEnergy = 9_000_000_000_000m;
    private static readonly Duration Longest = Duration.FromDays(31);

    public required Instant Start { get; init; }
    public required Instant End { get; init; }
    public required IReadOnlyList<ReadingInput> Readings { get; init; }
    public required IReadOnlyList<StateInput> States { get; init; }
    public ReservedInput? Reserved { get; init; }

    /// <summary>When energy was held back: no idle time, whatever the states say.</summary>
    public IReadOnlyList<WithheldInput>? Withheld { get; init; }

    public void Examine(Check check, string pointer)
    {
        check.That(End >= Start, pointer + "/end", "emptyWindow", "Must not lie before start.");
        check.That(End - Start <= Longest, pointer + "/end", "tooLong", "A session lasts at most 31 days here.");
        check.That(Readings.Count <= MaximumEntries, pointer + "/readings", "tooManyRows", $"Send at most {MaximumEntries}.");
        check.That(States.Count <= MaximumEntries, pointer + "/states", "tooManyRows", $"Send at most {MaximumEntries}.");
        var registers = Readings.Any(reading => reading.RegisterWh is not null);
        var total = 0m;
        for (var i = 0; i < Readings.Count && !check.Full; i++)
        {
            var (reading, here) = (Readings[i], $"{pointer}/readings/{i}");
            check.That(reading is not { RegisterWh: null, IntervalWh: null, PowerW: null, CurrentA: null, SocPercent: null, ExportRegisterWh: null }, here, "required", "Has registerWh or intervalWh.");
            check.That(reading.IntervalWh is null || !registers, here + "/intervalWh", "mixedReadings", "A timeline has registers or intervals, not both.");
            check.That(!(reading.IntervalWh < Energy.Zero), here + "/intervalWh", "invalidValue", "Must not be negative.");
            check.That(reading.PowerW is null || (decimal.Abs(reading.PowerW.Value) <= MaximumPower && decimal.Round(reading.PowerW.Value, 3) == reading.PowerW), here + "/powerW", "invalidValue",
                "Must be a number of watts with at most three decimals.");
            check.That(reading.CurrentA is null || decimal.Abs(reading.CurrentA.Value) <= MaximumPower, here + "/currentA", "invalidValue", "Is out of range.");
            total += decimal.Abs(reading.IntervalWh?.WattHours ?? 0);
        }
        check.That(total <= MaximumEnergy, pointer + "/readings", "invalidValue", "The intervals add up to more than can be billed.");
        var withheld = Withheld ?? [];
        check.That(withheld.Count <= MaximumEntries, pointer + "/withheld", "tooManyRows", $"Send at most {MaximumEntries}.");
        for (var i = 0; i < withheld.Count && !check.Full; i++) check.That(withheld[i].To >= withheld[i].From, $"{pointer}/withheld/{i}/to", "emptyWindow", "Must not lie before from.");
        if (Reserved is not { } reserved) return;
        check.That(reserved.To >= reserved.From, pointer + "/reserved/to", "emptyWindow", "Must not lie before from.");
        check.That(reserved.To <= Start, pointer + "/reserved/to", "invalidValue", "Must not lie after the session's start.");
        check.That(Start - reserved.From <= Longest, pointer + "/reserved/from", "tooLong", "A reservation lasts at most 31 days here.");
    }

    public Timeline ToTimeline() => new()
    {
        Start = Start,
        End = End,
        Readings = [.. Readings.Select(reading => new Reading(
            reading.At, reading.RegisterWh, reading.IntervalWh, reading.PowerW is { } power ? Power.FromWatts(power) : null, reading.CurrentA, reading.ExportRegisterWh))],
        States = [.. States.Select(state => new StateChange(state.From, state.State))],
        Reserved = Reserved is { } reserved ? new ReservedTime(reserved.From, reserved.To, reserved.Expired) : null,
        Withheld = Withheld is { } withheld ? [.. withheld.Select(time => new WithheldTime(time.From, time.To, time.By))] : null,
    };
}

internal sealed record ReadingInput
{
    public required Instant At { get; init; }
    public Energy? RegisterWh { get; init; }
    public Energy? IntervalWh { get; init; }
    public decimal? PowerW { get; init; }
    public decimal? CurrentA { get; init; }

    /// <summary>Prices nothing: taken so that a session's timeline can be put here as it is.</summary>
    public decimal? SocPercent { get; init; }

    /// <summary>The cumulative count of what the vehicle gave back.</summary>
    public Energy? ExportRegisterWh { get; init; }
}

internal sealed record StateInput
{
    public required Instant From { get; init; }
    public required VehicleState State { get; init; }
}

/// <summary>The reservation before the session; expired: nobody came.</summary>
internal sealed record ReservedInput
{
    public required Instant From { get; init; }
    public required Instant To { get; init; }
    public required bool Expired { get; init; }
}

/// <summary>Energy was held back by the station itself or by its operator.</summary>
internal sealed record WithheldInput
{
    public required Instant From { get; init; }
    public required Instant To { get; init; }
    public required WithheldBy By { get; init; }
}
