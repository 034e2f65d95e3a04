using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Stations.Commands;

/// <summary>An intent that is about to become durable.</summary>
internal sealed record CommandOrder(StationKey Station, int Protocol, Author By, string Name, StationCall Call, CommandId Id, long? RemoteStartId)
{
    /// <summary>As people know it; for the audit.</summary>
    public string? StationName { get; init; }
}

/// <summary>
/// Commands: the intent is stored, then sent, then its outcome is stored as the truth it is: accepted, refused, failed, or unknown. Who gave it
/// may wait for the outcome; the command does not depend on it.
/// </summary>
internal sealed class CommandDesk(
    IStationRouter router, RoomDbFactory<StationsDb> rooms, RowWriter rows, CommandTruth truth, IWireRedaction redaction, IOptions<StationsOptions> options, TimeProvider clock,
    ILogger<CommandDesk> log)
{
    // What stands for yes in the many statuses of OCPP; every other status is a no. Where an answer has none, that it came is a yes.
    private static readonly HashSet<string> Yes = new(StringComparer.Ordinal) { "Accepted", "AcceptedCanceled", "Scheduled", "RebootRequired", "Unlocked", "Unpublished" };

    // Starts under way; true once a transaction named one.
    private readonly ConcurrentDictionary<(StationKey, long), bool> _starting = new();

    /// <summary>Stores the intent and begins to send it. The task ends with the outcome, at the latest shortly after the deadline.</summary>
    public async Task<Task<CommandRow>> GiveAsync(CommandOrder order)
    {
        var now = clock.GetInstant();
        var awaited = DialectTable.For(order.Protocol).AwaitedOf(order.Call);
        var row = new CommandRow
        {
            TenantId = order.Station.Tenant,
            Id = order.Id,
            StationId = new StationId(order.Station.Station),
            Actor = order.By.Actor,
            Name = order.Name,
            Action = order.Call.Action,
            Request = Kept(order.Call.Payload),
            RemoteStartId = order.RemoteStartId,
            AwaitedToken = truth.Hashed(awaited?.TokenUid),
            AwaitedEvse = awaited?.Evse,
            AwaitedTransaction = awaited?.TransactionId,
            State = CommandState.Queued,
            CreatedAt = now,
            DeadlineAt = now + Duration.FromSeconds(options.Value.CommandSeconds),
        };
        await rows.WriteTogetherAsync([row.ToWrite(), Told(order, now).ToWrite()]);
        return SendAsync(order, row);
    }

    /// <summary>Without what it says to the station: that may hold a token, and stands in the command.</summary>
    private static AuditEntry Told(CommandOrder order, Instant now) =>
        AuditEntry.Of(order.By, order.Station.Tenant, now, "station.command", "station", new StationId(order.Station.Station).ToString()) with
        {
            Name = order.StationName, Outcome = "given",
            After = AuditText.Object([new("command", order.Name), new("action", order.Call.Action), new("commandId", order.Id)]),
        };

    public async Task<CommandRow?> FindAsync(TenantScope scope, CommandId id, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(scope, ct);
        return await db.Commands.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, ct);
    }

    /// <summary>A station's, the newest first, from before <paramref name="before"/> on.</summary>
    public async Task<IReadOnlyList<CommandRow>> ListAsync(TenantScope scope, StationId station, CommandId? before, int take, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(scope, ct);
        var found = db.Commands.AsNoTracking().Where(row => row.StationId == station);
        if (before is { } last) found = found.Where(row => row.Id.CompareTo(last) < 0);
        return await found.OrderByDescending(row => row.Id).Take(take).ToListAsync(ct);
    }

    /// <summary>A transaction names the command that started it: an unknown outcome is known now.</summary>
    public async Task ResolveStartAsync(StationKey station, long remoteStartId)
    {
        // Its answer may still come, or never: then the transaction is the answer.
        if (_starting.TryUpdate((station, remoteStartId), true, false)) return;
        var id = new StationId(station.Station);
        try
        {
            await using var db = await rooms.OpenAsync(TenantScope.Of(station.Tenant), CancellationToken.None);
            // Sent: the process that sent it still waits for the answer, or has ended.
            await db.CommitAsync(ct => db.Commands
                .Where(row => row.StationId == id && row.RemoteStartId == remoteStartId && (row.State == CommandState.Unknown || row.State == CommandState.Sent))
                .ExecuteUpdateAsync(row => row.SetProperty(it => it.State, CommandState.Accepted).SetProperty(it => it.Detail, CommandTruth.TransactionCame), ct), CancellationToken.None);
        }
        catch (Exception error)
        {
            Log.OutcomeNotStored(log, error, $"with remoteStartId {remoteStartId}");
        }
    }

    /// <summary>Whose process ended before its outcome was stored: nobody knows.</summary>
    public async Task<int> SweepAsync(CancellationToken ct)
    {
        var overdue = clock.GetInstant() - Duration.FromSeconds(10);
        var swept = 0;
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        await db.CommitAsync(async ct => swept = await db.Commands
            .Where(row => (row.State == CommandState.Queued || row.State == CommandState.Sent) && row.DeadlineAt < overdue)
            .ExecuteUpdateAsync(row => row.SetProperty(it => it.State, CommandState.Unknown).SetProperty(it => it.Detail, "the process ended"), ct), ct);
        return swept;
    }

    private static (CommandState State, string? Detail) Judge(StationAnswer answer, CommandOrder order) => answer.Kind switch
    {
        StationAnswerKind.Result => StatusOf(answer.Payload) is { } status
            ? Yes.Contains(status) ? (CommandState.Accepted, null) : (CommandState.Refused, status)
            : HasStatus(order) ? (CommandState.Failed, "the station's answer has no status that can be read") : (CommandState.Accepted, null),
        StationAnswerKind.Error => (CommandState.Failed, $"{answer.Code}: {answer.Text}"),
        StationAnswerKind.NotSent or StationAnswerKind.Offline => (CommandState.Failed, answer.Text),
        _ => (CommandState.Unknown, answer.Text),
    };

    private async Task<CommandRow> SendAsync(CommandOrder order, CommandRow row)
    {
        var start = (order.Station, order.RemoteStartId ?? -1);
        if (order.RemoteStartId is not null) _starting[start] = false;
        await StoreAsync(row, CommandState.Sent, null, null, null);
        StationAnswer answer;
        try
        {
            answer = await router.CallAsync(order.Station, order.Protocol, order.Call, row.DeadlineAt, CancellationToken.None);
        }
        catch (Exception error)
        {
            answer = new StationAnswer(StationAnswerKind.Unknown, "", error.Message, default);
        }
        var (state, detail) = Judge(answer, order);
        if (_starting.TryRemove(start, out var began) && began && state == CommandState.Unknown) (state, detail) = (CommandState.Accepted, CommandTruth.TransactionCame);
        if (state == CommandState.Unknown && order.RemoteStartId is not null && await HasBegunElsewhereAsync(row)) (state, detail) = (CommandState.Accepted, CommandTruth.TransactionCame);
        if (state == CommandState.Unknown && await truth.TryFindAsync(row) is { } known) (state, detail) = (CommandState.Accepted, known);
        await StoreAsync(row, state, detail, ResponseOf(answer), clock.GetInstant());
        return row;
    }

    // Its transaction came to the process that holds the station, which wrote it down.
    private async Task<bool> HasBegunElsewhereAsync(CommandRow row)
    {
        try
        {
            return await FindAsync(TenantScope.Of(row.TenantId), row.Id, CancellationToken.None) is { State: CommandState.Accepted };
        }
        catch (Exception error)
        {
            Log.OutcomeNotRead(log, error, row.Id.ToString());
            return false;
        }
    }

    // The truth is told to who waits even if it could not be stored.
    private async Task StoreAsync(CommandRow row, CommandState state, string? detail, string? response, Instant? finishedAt)
    {
        (row.State, row.Detail, row.Response, row.FinishedAt) = (state, detail is null ? null : WireText.Storable(detail), response, finishedAt);
        try
        {
            await rows.WriteAsync(row.ToWrite());
        }
        catch (Exception error)
        {
            Log.OutcomeNotStored(log, error, row.Id.ToString());
        }
    }

    private string? ResponseOf(StationAnswer answer) => answer.Kind switch
    {
        StationAnswerKind.Result => Kept(answer.Payload),
        StationAnswerKind.Error => Kept(ErrorOf(answer)),
        _ => null,
    };

    // A command may set a station's password, and an answer tell it; what is sent and judged comes from memory.
    private string Kept(ReadOnlyMemory<byte> payload) => Encoding.UTF8.GetString(redaction.Redact(payload).Span);

    private static byte[] ErrorOf(StationAnswer answer)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("errorCode", answer.Code);
            writer.WriteString("errorDescription", answer.Text);
            if (!answer.Payload.IsEmpty)
            {
                writer.WritePropertyName("errorDetails");
                writer.WriteRawValue(answer.Payload.Span, skipInputValidation: false);
            }
            writer.WriteEndObject();
        }
        return buffer.ToArray();
    }

    /// <summary>Whether the version's answer to this has a status: without it nobody knows whether it is a yes.</summary>
    private static bool HasStatus(CommandOrder order) => DialectTable.For(order.Protocol).Actions.FirstOrDefault(action => action.Name == order.Call.Action)
        ?.ResponseInfo?.Properties.Any(property => property is { Name: "status", IsRequired: true }) ?? false;

    private static string? StatusOf(ReadOnlyMemory<byte> payload) => Salvage.Text(payload.Span, "status");
}
