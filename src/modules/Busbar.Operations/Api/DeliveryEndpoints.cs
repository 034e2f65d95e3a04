using Busbar.Egress.Contracts;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Operations.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Operations.Api;

/// <param name="ChannelId">The destination.</param>
/// <param name="About">The name of the station or the site that the event is about.</param>
/// <param name="LastError">Why the last attempt failed; <c>expired</c>: it waited for too long.</param>
internal sealed record DeliveryView(
    DeliveryId Id, string ChannelId, string Kind, string EventId, string EventType, string? About, DeliveryState State, int Attempts, Instant CreatedAt, Instant? NextAttemptAt, Instant? FinishedAt, string? LastError)
{
    public static DeliveryView Of(Delivery delivery) => new(
        delivery.Id, delivery.Lane, delivery.Kind, delivery.EventId, delivery.EventType, delivery.About, delivery.State, delivery.Attempts, delivery.CreatedAt, delivery.NextAt, delivery.FinishedAt, delivery.LastError);
}

/// <summary>What became of what was told.</summary>
internal static class DeliveryEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var deliveries = api.MapGroup("/deliveries").WithTags("Notifications");
        deliveries.MapGet("", List).Needs(Scope.NotificationsRead);
        deliveries.MapGet("/{id}", Get).Needs(Scope.NotificationsRead);
        deliveries.MapPost("/{id}/replay", Replay).Needs(Scope.NotificationsWrite);
    }

    /// <summary>Newest first.</summary>
    private static async Task<Results<Ok<Page<DeliveryView>>, ProblemHttpResult>> List(
        PageRequest page, Caller caller, IOutbox outbox, CancellationToken ct, Named<DeliveryState>? state = null, string? channelId = null)
    {
        var check = new Check();
        check.That(channelId is null || TypedId.TryParse<ChannelId>(channelId, out _), "/channelId", "invalidId", "Not a channel's id.");
        if (check.Problem is { } problem) return problem;
        var found = await outbox.ListAsync(caller.Rows, new DeliveryFilter(state?.Value, channelId), page.AfterId<DeliveryId>(), page.Take, ct);
        return TypedResults.Ok(page.Of(found, DeliveryView.Of, delivery => delivery.Id.ToString()));
    }

    private static async Task<Results<Ok<DeliveryView>, ProblemHttpResult>> Get(string id, Caller caller, IOutbox outbox, CancellationToken ct) =>
        TypedId.TryParse<DeliveryId>(id, out var known) && await outbox.FindAsync(caller.Rows, known, ct) is { } found ? TypedResults.Ok(DeliveryView.Of(found)) : Problems.NotFound();

    /// <summary>Tries a dead one again, under its old event id.</summary>
    private static async Task<Results<Ok<DeliveryView>, ProblemHttpResult>> Replay(string id, Caller caller, IOutbox outbox, CancellationToken ct)
    {
        if (!TypedId.TryParse<DeliveryId>(id, out var known) || await outbox.FindAsync(caller.Rows, known, ct) is null) return Problems.NotFound();
        if (!await outbox.ReplayAsync(caller.Rows, known, ct)) return Problems.Conflict("notDead", "Only a dead delivery is tried again by hand.");
        return await outbox.FindAsync(caller.Rows, known, ct) is { } found ? TypedResults.Ok(DeliveryView.Of(found)) : Problems.NotFound();
    }
}
