using System.Text;
using System.Text.Json;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using NodaTime;

namespace Busbar.Identity.Http;

/// <summary>
/// <c>Idempotency-Key</c> on whatever changes something: the first request's answer is kept for 24 hours and repeated to every later request with the same key and
/// content; other content under the same key is refused with 422, and a repeat while the first still runs with 409. Where a route says so, it is required (<see cref="Routes.RequiresIdempotencyKey"/>).
/// </summary>
/// <remarks>
/// The key is taken before the handler runs and the answer kept after it, whether or not the caller is still there. If the process dies between, a repeat
/// after a minute runs again where what is made has a natural key of its own, and is refused where it has none (<see cref="Routes.RunsOnce"/>).
/// </remarks>
public sealed class Idempotency
{
    private const string Header = "Idempotency-Key";
    internal const string Purpose = "idempotent-answer";
    private const string RequestPurpose = "idempotent-request";
    private const int MaximumKey = 200;
    internal static readonly Duration Kept = Duration.FromHours(24);
    private static readonly Duration Abandoned = Duration.FromMinutes(1);

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly SealedBox _box;
    private readonly KeyedHash _hash;
    private readonly TimeProvider _clock;

    internal Idempotency(RoomDbFactory<IdentityDb> rooms, SealedBox box, KeyedHash hash, TimeProvider clock) => (_rooms, _box, _hash, _clock) = (rooms, box, hash, clock);

    /// <summary>An answer as it is kept.</summary>
    private sealed record Answer(int Status, Dictionary<string, string> Headers, byte[] Body);

    /// <summary>What an opened answer says.</summary>
    internal static string TextOf(byte[] answer)
    {
        var read = JsonSerializer.Deserialize<Answer>(answer)!;
        return string.Join('\n', read.Headers.Values.Append(Encoding.UTF8.GetString(read.Body)));
    }

    internal static EndpointFilterDelegate Filter(EndpointFilterFactoryContext factory, EndpointFilterDelegate next) => context =>
    {
        var request = context.HttpContext.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)) return next(context);
        if (request.Headers.TryGetValue(Header, out var key)) return context.HttpContext.RequestServices.GetRequiredService<Idempotency>().InvokeAsync(context, key.ToString(), next);
        return context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<NeedsIdempotencyKey>() is null
            ? next(context)
            : ValueTask.FromResult<object?>(Problems.BadRequest("idempotencyKeyRequired", $"Send an {Header}, so that a repeat does not do it twice."));
    };

    private async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext invocation, string key, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        if (key.Length is 0 or > MaximumKey) return Problems.BadRequest("invalidIdempotencyKey", $"{Header} must have 1 to {MaximumKey} characters.");
        if (context.Features.Get<Caller>() is not { } caller) return await next(invocation);
        var hash = HashOf(context);
        var runsOnce = context.GetEndpoint()?.Metadata.GetMetadata<RunsOnce>() is not null;
        if (await TakeAsync(caller, key, hash, runsOnce, context.RequestAborted) is { } answered) return answered;
        var aborted = context.RequestAborted;
        Outlive(invocation);
        Answer? answer = null;
        try
        {
            answer = await CaptureAsync(context, await next(invocation));
            return new Replay(answer);
        }
        finally
        {
            context.RequestAborted = aborted;
            // A 504 is kept too: it says what became of an effect, namely that nobody knows, and a repeat would have the effect twice.
            await FinishAsync(caller, key, answer is { Status: < 500 or StatusCodes.Status504GatewayTimeout } ? answer : null);
        }
    }

    /// <summary>What runs under a key ends without its caller: its effect may be under way, and its repeat must find the answer.</summary>
    private static void Outlive(EndpointFilterInvocationContext invocation)
    {
        invocation.HttpContext.RequestAborted = CancellationToken.None;
        for (var i = 0; i < invocation.Arguments.Count; i++)
            if (invocation.Arguments[i] is CancellationToken) invocation.Arguments[i] = CancellationToken.None;
    }

    /// <summary>Null when the key is now ours; otherwise what to answer.</summary>
    private async Task<IResult?> TakeAsync(Caller caller, string key, byte[] hash, bool runsOnce, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        var now = _clock.GetInstant();
        var row = await db.Idempotency.SingleOrDefaultAsync(row => row.Actor == caller.Actor && row.Key == key, ct);
        if (row is not null && row.CreatedAt + Kept > now)
        {
            if (!row.RequestHash.AsSpan().SequenceEqual(hash))
                return Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotencyKeyReused", "The key was used for another request.");
            if (row.Answer is not null) return new Replay(JsonSerializer.Deserialize<Answer>(_box.Open(Purpose, row.Answer))!);
            if (row.CreatedAt + Abandoned > now) return InProgress();
            if (runsOnce) return Problems.Conflict("idempotencyOutcomeUnknown", "The first request with this key has not ended, and may have had its effect; look for that before another key is used.");
        }
        // A row whose time is over, or whose first request died, is taken over; of two who would, one wins (its time is compared).
        if (row is null) db.Add(row = new IdempotencyRow { TenantId = caller.Tenant, Actor = caller.Actor, Key = key, RequestHash = hash, CreatedAt = now });
        else (row.RequestHash, row.CreatedAt, row.Status, row.Answer) = (hash, now, 0, null);
        try
        {
            await db.CommitAsync(ct);
            return null;
        }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.IsDuplicateKey()) { return InProgress(); }
    }

    private async Task FinishAsync(Caller caller, string key, Answer? answer)
    {
        await using var db = await _rooms.OpenAsync(caller.Rows, CancellationToken.None);
        if (await db.Idempotency.SingleOrDefaultAsync(row => row.Actor == caller.Actor && row.Key == key, CancellationToken.None) is not { } row) return;
        if (answer is null) db.Remove(row);
        else
        {
            row.Status = answer.Status;
            row.Answer = _box.Seal(Purpose, JsonSerializer.SerializeToUtf8Bytes(answer));
        }
        await db.CommitAsync(CancellationToken.None);
    }

    private static async Task<Answer> CaptureAsync(HttpContext context, object? result)
    {
        var response = context.Response;
        var body = response.Body;
        using var buffer = new MemoryStream();
        response.Body = buffer;
        try
        {
            if (result is IResult executable) await executable.ExecuteAsync(context);
            else throw new InvalidOperationException("A handler below /api/v1 returns a typed result.");
            await response.BodyWriter.FlushAsync();
        }
        finally { response.Body = body; }
        // A session belongs to the browser that began it, and is not for whoever repeats the request.
        var headers = response.Headers.Where(header => header.Key != HeaderNames.SetCookie).ToDictionary(header => header.Key, header => header.Value.ToString());
        return new Answer(response.StatusCode, headers, buffer.ToArray());
    }

    // Keyed: the body may carry a password that would be guessed by its hash. What a change is to be made of is part of it: against another revision it is another change.
    private byte[] HashOf(HttpContext context) => _hash.Hash(RequestPurpose,
        [.. Encoding.UTF8.GetBytes($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}\n{context.Request.Headers.IfMatch}\n"), .. context.Features.Get<BodyDigest>()?.Hash ?? []]);

    private static ProblemHttpResult InProgress() => Problems.Conflict("idempotencyInProgress", "The first request with this key has not ended.");

    private sealed class Replay(Answer answer) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = answer.Status;
            foreach (var (name, value) in answer.Headers) httpContext.Response.Headers[name] = value;
            if (answer.Body.Length > 0) await httpContext.Response.Body.WriteAsync(answer.Body, httpContext.RequestAborted);
        }
    }
}
