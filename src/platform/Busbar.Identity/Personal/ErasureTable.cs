using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Personal;

/// <summary>What a room did in an erasure.</summary>
public sealed record RoomResult(string Room, IReadOnlyList<ErasedData> Erased, IReadOnlyList<HeldData> Held);

/// <summary>That somebody's data was erased, and what of it stays and why. It says no name: who it was is known by ids that lead nowhere any more.</summary>
/// <param name="Subject"><c>operator</c> or <c>driver</c>.</param>
/// <param name="Things">Ids of what named them: the operator, tokens.</param>
/// <param name="Actor">Who asked for it.</param>
/// <param name="FinishedAt">Null: it goes on, or was cut off; it can be asked for again.</param>
/// <param name="FileRewritten">The embedded store's file has nothing of it between its rows; false: a reader held its log, and what is left there goes with the next erasure. Always true on PostgreSQL.</param>
public sealed record Erasure(
    ErasureId Id, string Subject, IReadOnlyList<string> Things, string Actor, Instant StartedAt, Instant? FinishedAt, bool FileRewritten, IReadOnlyList<RoomResult> Rooms)
{
    public IEnumerable<HeldData> Held => Rooms.SelectMany(room => room.Held);
}

[Audited("erasure", nameof(ErasureRow.Id))]
internal sealed class ErasureRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required ErasureId Id { get; init; }
    public required string Subject { get; init; }

    /// <summary>Separated by spaces.</summary>
    public required string Things { get; init; }
    public required string Actor { get; init; }
    public required Instant StartedAt { get; init; }
    public Instant? FinishedAt { get; set; }
    public bool FileRewritten { get; set; }

    /// <summary>As JSON.</summary>
    public string Rooms { get; set; } = "[]";

    public Erasure ToErasure() => new(
        Id, Subject, Things.Split(' ', StringSplitOptions.RemoveEmptyEntries), Actor, StartedAt, FinishedAt, FileRewritten, JsonSerializer.Deserialize<IReadOnlyList<RoomResult>>(Rooms, ApiJson.Options)!);
}

internal static class ErasureTable
{
    public static void Add(ModelBuilder model) => model.Entity<ErasureRow>(table =>
    {
        table.ToTable("identity_erasures");
        table.HasKey(row => new { row.TenantId, row.Id });
    });
}
