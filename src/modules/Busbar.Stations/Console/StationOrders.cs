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
internal sealed class StationOrders(StationDirectory directory, ICurrentSessions sessions, IStationRouter router, CommandDesk desk, IdSource ids)
{
    public async Task<OrderResult> GiveAsync(Caller caller, string stationId, string name, StationIntent intent, CancellationToken ct) =>
        await FindAsync(caller, stationId, ct) is { } card ? await GiveAsync(caller, card, name, intent, ids.New<CommandId>(), ct) : new(null, "order-gone");

    /// <summary>Starts a charge at a connector.</summary>
    public async Task<OrderResult> StartAsync(Caller caller, string stationId, int evse, int connector, string tokenUid, CancellationToken ct)
    {
        if (await FindAsync(caller, stationId, ct) is not { } card) return new(null, "order-gone");
        var id = ids.New<CommandId>();
        var isOnly = await directory.IsOnlyConnectorAsync(card.Tenant, card.Id, evse, connector, ct);
        return await GiveAsync(caller, card, "start", new StationIntent.Start(evse, connector, tokenUid, StationIntent.Start.RemoteStartIdOf(id), isOnly), id, ct);
    }

    /// <summary>Ends a session that goes on at the station.</summary>
    public async Task<OrderResult> StopAsync(Caller caller, string stationId, string sessionId, CancellationToken ct)
    {
        if (await FindAsync(caller, stationId, ct) is not { } card) return new(null, "order-gone");
        return await sessions.FindAsync(caller.Tenant, sessionId, ct) is { } session && session.Station == card.Id
            ? await GiveAsync(caller, card, "stop", new StationIntent.Stop(session.TransactionId), ids.New<CommandId>(), ct)
            : new(null, "order-no-session");
    }

    // Where it stands now: it may have been moved since the page was read.
    private async ValueTask<StationCard?> FindAsync(Caller caller, string stationId, CancellationToken ct) =>
        await directory.FindAsync(caller.Tenant, stationId, ct) is { } card && caller.Within(Scope.StationsCommand).Covers(card) ? card : null;

    private async Task<OrderResult> GiveAsync(Caller caller, StationCard card, string name, StationIntent intent, CommandId id, CancellationToken ct)
    {
        var station = new StationKey(card.Tenant, card.Id.Value);
        if (await router.ProtocolAsync(station, ct) is not { } protocol) return new(null, "order-offline");
        if (DialectTable.For(protocol).Compile(intent).Call is not { } call) return new(null, "order-impossible");
        var sending = await desk.GiveAsync(new CommandOrder(station, protocol, caller.Author, name, call, id, (intent as StationIntent.Start)?.RemoteStartId) { StationName = card.Identity });
        return new(await sending.WaitAsync(ct), null);
    }
}
