using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using NodaTime;

namespace Busbar.Egress.Contracts;

/// <summary>What leaves to one destination.</summary>
/// <param name="Lane">The destination, by a name that stays. What goes on one lane arrives in the order in which it was put; no lane waits for another.</param>
/// <param name="Kind">Which <see cref="IDeliverer"/> takes it.</param>
/// <param name="EventId">The same at every attempt and every destination: by it a receiver knows what it has already.</param>
/// <param name="EventType">Such as <c>busbar.alert.raised</c>.</param>
/// <param name="About">What the event is about, for people; null: nothing that has a name.</param>
/// <param name="Body">As the deliverer of this kind wants it.</param>
public sealed record OutboxMessage(TenantId Tenant, string Lane, string Kind, string EventId, string EventType, string? About, string Body);

/// <summary>What is known of a delivery. The first is the safe one: it is tried again.</summary>
public enum DeliveryState
{
    Waiting,
    Sent,

    /// <summary>Given up, after too many attempts or because it waited for too long; only a replay tries it again.</summary>
    Dead,
}

/// <summary>A message and what became of it so far.</summary>
/// <param name="Attempts">Since it was put, or replayed.</param>
/// <param name="NextAt">The next attempt, of one that waits.</param>
/// <param name="LastError">Why the last attempt failed: a word of ours and never what a receiver wrote. <see cref="Expired"/>: it waited for too long.</param>
public sealed record Delivery(
    DeliveryId Id, string Lane, string Kind, string EventId, string EventType, string? About, DeliveryState State, int Attempts, Instant CreatedAt, Instant? NextAt, Instant? FinishedAt, string? LastError)
{
    /// <summary>The <see cref="LastError"/> of what was given up because of its age, whether it was attempted or not.</summary>
    public const string Expired = "expired";
}

/// <summary>Which deliveries are asked for; null: any.</summary>
public sealed record DeliveryFilter(DeliveryState? State = null, string? Lane = null);

/// <summary>What must leave, durable with what made it necessary.</summary>
public interface IOutbox
{
    /// <summary>Adds it to a unit of work: it leaves if, and only if, the unit is committed. The unit's schemas must include <see cref="EgressModule.Schema"/>.</summary>
    DeliveryId Put(RoomDb unit, OutboxMessage message);

    /// <summary>The newest first, those before <paramref name="before"/>.</summary>
    Task<IReadOnlyList<Delivery>> ListAsync(TenantScope scope, DeliveryFilter filter, DeliveryId? before, int count, CancellationToken ct);

    /// <summary>Null: there is no such delivery in the scope.</summary>
    Task<Delivery?> FindAsync(TenantScope scope, DeliveryId id, CancellationToken ct);

    Task<int> CountAsync(TenantScope scope, DeliveryState state, CancellationToken ct);

    /// <summary>Tries a dead one again, at its old place on its lane and under its old event id.</summary>
    /// <returns>False: it is not dead.</returns>
    Task<bool> ReplayAsync(TenantScope scope, DeliveryId id, CancellationToken ct);
}

/// <summary>Takes messages of one kind to where they go. A message may come again after it was sent, by a process that died before it could say so.</summary>
public interface IDeliverer
{
    string Kind { get; }

    /// <summary>One attempt. What it throws counts as <see cref="DeliveryOutcome.Failed"/>.</summary>
    Task<DeliveryOutcome> DeliverAsync(OutboxMessage message, CancellationToken ct);
}

/// <summary>What came of an attempt.</summary>
public abstract record DeliveryOutcome
{
    /// <summary>The receiver has it.</summary>
    public sealed record Sent : DeliveryOutcome;

    /// <summary>It may go well later.</summary>
    /// <param name="Reason">A short word, such as <c>http500</c>.</param>
    public sealed record Failed(string Reason) : DeliveryOutcome;

    /// <summary>It will not go well as it is: another attempt is a person's to order.</summary>
    public sealed record Refused(string Reason) : DeliveryOutcome;
}
