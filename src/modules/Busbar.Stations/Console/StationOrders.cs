using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Storage;
using Busbar.Storage.Commits;

namespace Busbar.Stations.Console;

/// <summary>What came of an order: the command as it ended, or why there was none.</summary>
/// <param name="Problem">The name of a text.</param>
internal readonly record struct OrderResult(CommandRow? Command, string? Problem);

/// <summary>Gives a command from a page, by the way that the API gives it.</summary>
internal sealed class StationOrders(StationDirectory directory, IStationRouter router, CommandDesk desk, IdSource ids)
{
    public async Task<OrderResult> GiveAsync(Caller caller, string stationId, string name, StationIntent intent, CancellationToken ct)
    {
        if (await directory.FindAsync(caller.Tenant, stationId, ct) is not { } card) return new(null, "order-gone");
        var station = new StationKey(card.Tenant, card.Id.Value);
        if (await router.ProtocolAsync(station, ct) is not { } protocol) return new(null, "order-offline");
        if (DialectTable.For(protocol).Compile(intent).Call is not { } call) return new(null, "order-impossible");
        var sending = await desk.GiveAsync(new CommandOrder(station, protocol, caller.Actor, name, call, ids.New<CommandId>(), null));
        return new(await sending.WaitAsync(ct), null);
    }
}
