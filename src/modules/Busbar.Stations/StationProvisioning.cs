using Busbar.Kernel;
using Busbar.Stations.Api;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using NodaTime;

namespace Busbar.Stations;

/// <param name="GeneratedPassword">Null where the caller gave one, or none is needed.</param>
internal sealed record ProvisionedStation(StationRecord Record, string? GeneratedPassword);

/// <summary>Turns what a caller said into rows. The caller commits.</summary>
internal static class StationProvisioning
{
    public static ProvisionedStation Make(StationInput input, TenantId tenant, IdSource ids, StationKeys keys, Instant now)
    {
        var row = input.ToRow(tenant, ids.New<StationId>(), now);
        var generated = input.Password is null && input.Profile != 0 ? StationKeys.Generate() : null;
        if ((input.Password ?? generated) is { } password) row.KeyHash = keys.Hash(password);
        var evses = new List<EvseRow>();
        var connectors = new List<ConnectorRow>();
        foreach (var evse in input.Evses ?? [])
        {
            evses.Add(new EvseRow { TenantId = tenant, StationId = row.Id, Number = evse.Id, EvseId = evse.EvseId });
            connectors.AddRange(evse.Connectors.Select(connector => NewConnector(row, evse.Id, connector)));
        }
        return new ProvisionedStation(new StationRecord(row, evses, connectors), generated);
    }

    /// <summary>Those named are provisioned, the rest is forgotten; what a station said of one that stays, stays. The context must hold no other station.</summary>
    public static StationRecord ReplaceEvses(StationsDb db, StationRecord record, IReadOnlyList<EvseInput> inputs)
    {
        var row = record.Row;
        foreach (var gone in record.Evses.Where(evse => inputs.All(input => input.Id != evse.Number))) db.Remove(gone);
        foreach (var gone in record.Connectors.Where(connector => !inputs.Any(input => input.Id == connector.Evse && input.Connectors.Any(named => named.Id == connector.Number)))) db.Remove(gone);
        foreach (var input in inputs)
        {
            if (record.Evses.FirstOrDefault(evse => evse.Number == input.Id) is { } known) (known.EvseId, known.Learnt) = (input.EvseId, false);
            else db.Add(new EvseRow { TenantId = row.TenantId, StationId = row.Id, Number = input.Id, EvseId = input.EvseId });
            foreach (var named in input.Connectors)
            {
                if (record.Connectors.FirstOrDefault(connector => connector.Evse == input.Id && connector.Number == named.Id) is { } old)
                    (old.Standard, old.MaxPowerMw, old.Learnt) = (named.Standard, MilliwattsOf(named), false);
                else db.Add(NewConnector(row, input.Id, named));
            }
        }
        return new StationRecord(row,
            [.. db.Evses.Local.OrderBy(evse => evse.Number)],
            [.. db.Connectors.Local.OrderBy(connector => connector.Evse).ThenBy(connector => connector.Number)]);
    }

    private static ConnectorRow NewConnector(StationRow row, int evse, ConnectorInput input) => new()
    {
        TenantId = row.TenantId, StationId = row.Id, Evse = evse, Number = input.Id, Standard = input.Standard, MaxPowerMw = MilliwattsOf(input),
    };

    private static long? MilliwattsOf(ConnectorInput input) => input.MaxPower is { } watts ? Power.FromWatts(watts).Milliwatts : null;
}
