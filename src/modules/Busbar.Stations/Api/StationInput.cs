using System.Text.Json.Serialization;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using NodaTime;

namespace Busbar.Stations.Api;

/// <summary>A station as a caller says it; the same form for POST, PATCH and import.</summary>
internal sealed record StationInput
{
    public required string StationId { get; init; }
    public LocationId? LocationId { get; init; }
    public string? Name { get; init; }

    /// <summary>0: none, until <see cref="InsecureUntil"/>; 1: password; 2: password over TLS.</summary>
    public int? SecurityProfile { get; init; }

    public Instant? InsecureUntil { get; init; }

    /// <summary>Never read back. Left out of a POST, one is made and returned once.</summary>
    public string? Password { get; init; }

    /// <summary>Left out, they are learnt from what the station reports.</summary>
    public IReadOnlyList<EvseInput>? Evses { get; init; }

    private const int MaximumEvses = 200;
    private const int MaximumConnectors = 20;
    private const decimal MinimumPower = 0.001m;         // W: one milliwatt is the least that is stored
    private const decimal MaximumPower = 10_000_000m;    // W

    [JsonIgnore]
    public int Profile => SecurityProfile ?? 1;

    public void Examine(Check check, string pointer, Instant now)
    {
        check.That(StationDirectory.IsIdentity(StationId), pointer + "/stationId", "invalidValue", "Must have 1 to 48 printable characters without ':' and '/', and no blank at an end.");
        check.OptionalText(Name, pointer + "/name", 200);
        check.That(Profile is >= 0 and <= 2, pointer + "/securityProfile", "invalidValue", "Must be 0, 1 or 2.");
        if (Profile == 0) check.That(InsecureUntil > now, pointer + "/insecureUntil", "required", "Security profile 0 needs an instant in the future until which it is let in.");
        else check.That(InsecureUntil is null, pointer + "/insecureUntil", "invalidValue", "Only security profile 0 has it.");
        check.That(Password is null || StationKeys.IsUsable(Password), pointer + "/password", "invalidValue",
            $"Must have {StationKeys.MinimumLength} to {StationKeys.MaximumLength} printable ASCII characters without blanks.");
        ExamineEvses(check, pointer + "/evses");
    }

    private void ExamineEvses(Check check, string pointer)
    {
        if (Evses is null) return;
        check.That(Evses.Count is > 0 and <= MaximumEvses, pointer, "invalidLength", $"Must have 1 to {MaximumEvses} EVSEs; leave it out to have them learnt.");
        var numbers = new HashSet<int>();
        for (var i = 0; i < Evses.Count; i++)
        {
            var (evse, here) = (Evses[i], $"{pointer}/{i}");
            check.That(evse.Id >= 1 && numbers.Add(evse.Id), here + "/id", "invalidValue", "Must be a number from 1, once in the station.");
            check.OptionalText(evse.EvseId, here + "/evseId", 48);
            check.That(evse.Connectors.Count is > 0 and <= MaximumConnectors, here + "/connectors", "invalidLength", $"Must have 1 to {MaximumConnectors} connectors.");
            var connectors = new HashSet<int>();
            for (var j = 0; j < evse.Connectors.Count; j++)
            {
                var (connector, there) = (evse.Connectors[j], $"{here}/connectors/{j}");
                check.That(connector.Id >= 1 && connectors.Add(connector.Id), there + "/id", "invalidValue", "Must be a number from 1, once in the EVSE.");
                check.OptionalText(connector.Standard, there + "/standard", 50);
                check.That(connector.MaxPower is null or (>= MinimumPower and <= MaximumPower), there + "/maxPower", "invalidValue", "Must be a power in W, at most 10 MW.");
            }
        }
    }

    /// <summary>The row without its key.</summary>
    public StationRow ToRow(TenantId tenant, StationId id, Instant now)
    {
        var row = new StationRow { TenantId = tenant, Id = id, Identity = StationId, CreatedAt = now };
        WriteTo(row);
        return row;
    }

    public void WriteTo(StationRow row) =>
        (row.LocationId, row.Name, row.SecurityProfile, row.InsecureUntil) = (LocationId, Name, Profile, InsecureUntil);

    /// <summary>What the caller last said; the password, and EVSEs that were learnt, are not part of it.</summary>
    public static StationInput Of(StationRecord record) => new()
    {
        StationId = record.Row.Identity, LocationId = record.Row.LocationId, Name = record.Row.Name, SecurityProfile = record.Row.SecurityProfile,
        InsecureUntil = record.Row.InsecureUntil,
        Evses = record.Evses.Any(evse => !evse.Learnt)
            ? [.. record.Evses.Where(evse => !evse.Learnt).Select(evse => new EvseInput
            {
                Id = evse.Number, EvseId = evse.EvseId,
                Connectors = [.. record.Connectors.Where(connector => connector.Evse == evse.Number && !connector.Learnt).Select(connector => new ConnectorInput
                {
                    Id = connector.Number, Standard = connector.Standard, MaxPower = connector.MaxPowerMw / 1000m,
                })],
            })]
            : null,
    };

    /// <summary>Would writing this change nothing at the station? Without a password, any key fits; the order of EVSEs and connectors says nothing.</summary>
    public bool Says(StationRecord record, StationKeys keys)
    {
        var said = Of(record);
        return this with { Password = null, Evses = null, SecurityProfile = Profile } == said with { Evses = null }
            && (Evses is null || said.Evses is not null && Evses.Count == said.Evses.Count && InOrder(Evses).Zip(InOrder(said.Evses)).All(pair => pair.First.Says(pair.Second)))
            && (Password is null || record.Row.KeyHash is { } hash && hash.AsSpan().SequenceEqual(keys.Hash(Password)));
    }

    private static IEnumerable<EvseInput> InOrder(IReadOnlyList<EvseInput> evses) => evses.OrderBy(evse => evse.Id);
}

internal sealed record EvseInput
{
    public required int Id { get; init; }
    public string? EvseId { get; init; }
    public required IReadOnlyList<ConnectorInput> Connectors { get; init; }

    public bool Says(EvseInput other) =>
        this with { Connectors = None } == other with { Connectors = None }
        && Connectors.OrderBy(connector => connector.Id).SequenceEqual(other.Connectors.OrderBy(connector => connector.Id));

    private static readonly IReadOnlyList<ConnectorInput> None = [];
}

internal sealed record ConnectorInput
{
    public required int Id { get; init; }
    public string? Standard { get; init; }

    /// <summary>W.</summary>
    public decimal? MaxPower { get; init; }
}
