using System.Text;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Storage;
using Busbar.Storage.Commits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Stations.Api;

/// <summary>Commands to stations: sent, waited for, and told as they ended.</summary>
internal static class CommandEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/stations/{stationId}/commands/{command}", Send).WithTags("Commands").WithSummary("Give a station a command").Needs(Scope.StationsCommand).WithinReach().RunsOnce();
        api.MapGet("/stations/{stationId}/commands", List).WithTags("Commands").Needs(Scope.StationsRead).WithinReach();
        api.MapGet("/commands/{id}", Get).WithTags("Commands").Needs(Scope.StationsRead).WithinReach();
    }

    private static async Task<Results<Ok<CommandAnswer>, ProblemHttpResult>> Send(
        string stationId, string command, JsonBody body, Caller caller, Reach reach, StationDirectory directory, ICurrentSessions sessions, IStationRouter router, CommandDesk desk,
        IdSource ids, CancellationToken ct)
    {
        if (await directory.FindAsync(caller.Tenant, stationId, ct) is not { } card || !reach.Covers(card)) return Problems.NotFound();
        var station = new StationKey(card.Tenant, card.Id.Value);
        var id = ids.New<CommandId>();

        // What is wrong with a neutral command is wrong whether its station is online or not.
        var intent = await IntentOf(command, body, id, card, directory, sessions, ct);
        if (await router.ProtocolAsync(station, ct) is not { } protocol) return Offline();
        var dialect = DialectTable.For(protocol);
        var draft = intent is not null ? dialect.Compile(intent) : ActionOf(dialect, command, body);
        if (draft.Problem is { } problem) return Problems.BadRequest("notPossible", problem);
        if (draft.Call is not { } call) return Problems.NotFound($"There is no command '{command}' for a station of {dialect.Version.SubProtocol}.", "unknownCommand");

        var remoteStartId = intent is StationIntent.Start start ? start.RemoteStartId : (long?)null;
        var sending = await desk.GiveAsync(new CommandOrder(station, protocol, caller.Author, command, call, id, remoteStartId) { StationName = card.Identity });

        // The command goes on without its caller; GET finds its outcome. Under an Idempotency-Key the token is one that never ends.
        var row = await sending.WaitAsync(ct);
        return row switch
        {
            { State: CommandState.Unknown } => Problems.Of(StatusCodes.Status504GatewayTimeout, "commandDeadline", "The station has not answered; later messages of it may tell.",
                new Dictionary<string, object?> { ["commandId"] = row.Id.ToString(), ["outcome"] = "unknown" }),
            { State: CommandState.Failed, Response: null } when row.Detail == StationAnswer.Offline.Text => Offline(row.Id),
            // Who gave the command sees what was sent; what is kept of it is redacted.
            _ => TypedResults.Ok(CommandAnswer.Of(row) with { Request = CommandView.Json(Encoding.UTF8.GetString(call.Payload.Span))!.Value }),
        };
    }

    /// <summary>The newest first.</summary>
    private static async Task<Results<Ok<Page<CommandView>>, ProblemHttpResult>> List(
        string stationId, PageRequest page, Caller caller, Reach reach, StationDirectory directory, CommandDesk desk, CancellationToken ct)
    {
        if (await directory.FindAsync(caller.Tenant, stationId, ct) is not { } card || !reach.Covers(card)) return Problems.NotFound();
        return TypedResults.Ok(page.Of(await desk.ListAsync(caller.Rows, card.Id, page.AfterId<CommandId>(), page.Take, ct), CommandView.Of, row => row.Id.ToString()));
    }

    private static async Task<Results<Ok<CommandView>, ProblemHttpResult>> Get(string id, Caller caller, Reach reach, StationDirectory directory, CommandDesk desk, CancellationToken ct) =>
        TypedId.TryParse<CommandId>(id, out var command) && await desk.FindAsync(caller.Rows, command, ct) is { } row
        && (reach.IsWhole || (await directory.FindAsync(caller.Tenant, row.StationId, ct) is { } card && reach.Covers(card)))
            ? TypedResults.Ok(CommandView.Of(row))
            : Problems.NotFound();

    /// <summary>A version-neutral command; null where it is no such.</summary>
    private static async ValueTask<StationIntent?> IntentOf(string command, JsonBody body, CommandId id, StationCard card, StationDirectory directory, ICurrentSessions sessions, CancellationToken ct)
    {
        switch (command)
        {
            case "start":
                var start = body.Read<StartInput>().ToIntent(StationIntent.Start.RemoteStartIdOf(id));
                return start is { Evse: { } evse, Connector: { } connector } ? start with { IsOnlyConnector = await directory.IsOnlyConnectorAsync(card.Tenant, card.Id, evse, connector, ct) } : start;
            case "stop":
                var session = await sessions.FindAsync(card.Tenant, body.Read<StopInput>().SessionId, ct);
                if (session is null || session.Station != card.Id)
                    throw new ProblemException(Problems.NotFound("No session of this id goes on at this station.", "noSuchSession"));
                return new StationIntent.Stop(session.TransactionId);
            case "unlock":
                return body.Read<UnlockInput>().ToIntent();
            case "restart":
                return new StationIntent.Restart(body.Read<RestartInput>().Hard);
            case "set-availability":
                return body.Read<AvailabilityInput>().ToIntent();
            case "trigger":
                return body.Read<TriggerInput>().ToIntent();
            default:
                return null;
        }
    }

    /// <summary>An action of OCPP with its own payload, which must be one.</summary>
    private static CallDraft ActionOf(IDialect dialect, string command, JsonBody body)
    {
        if (CommandNames.Find(dialect, command) is not { } action) return default;
        var check = new Check();
        PayloadCheck.Examine(body.Root, action, dialect.Version, check);
        check.ThrowIfWrong();
        var payload = Encoding.UTF8.GetBytes(body.Root.GetRawText());
        if (!action.TryReadRequest(payload, out _, out var error)) throw new ProblemException(Problems.BadRequest("invalidPayload", $"This is no {action.Name}: {error.Detail}."));
        return new CallDraft(new StationCall(action.Name, payload), null);
    }

    private static ProblemHttpResult Offline(CommandId? id = null) => Problems.Of(StatusCodes.Status409Conflict, "stationOffline", "The station is not connected.",
        id is { } given ? new Dictionary<string, object?> { ["commandId"] = given.ToString() } : null);
}

/// <param name="Outcome">accepted, refused or failed.</param>
internal sealed record CommandAnswer(CommandId CommandId, CommandState Outcome, string? Detail, string Action, JsonElement Request, JsonElement? Response)
{
    public static CommandAnswer Of(CommandRow row) => new(row.Id, row.State, row.Detail, row.Action, CommandView.Json(row.Request)!.Value, CommandView.Json(row.Response));
}

/// <param name="Outcome">queued and sent while it is under way; then accepted, refused, failed or unknown.</param>
internal sealed record CommandView(
    CommandId CommandId, StationId Station, string Command, CommandState Outcome, string? Detail, string Action, JsonElement Request, JsonElement? Response,
    Instant CreatedAt, Instant DeadlineAt, Instant? FinishedAt)
{
    public static CommandView Of(CommandRow row) => new(
        row.Id, row.StationId, row.Name, row.State, row.Detail, row.Action, Json(row.Request)!.Value, Json(row.Response), row.CreatedAt, row.DeadlineAt, row.FinishedAt);

    internal static JsonElement? Json(string? text)
    {
        if (text is null) return null;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
