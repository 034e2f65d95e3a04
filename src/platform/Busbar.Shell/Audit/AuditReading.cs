using System.Runtime.CompilerServices;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using static Busbar.Shell.Audit.AuditTexts;

namespace Busbar.Shell.Audit;

/// <summary>An entry and what its actor is called now.</summary>
/// <param name="Who">The actor's own name where no other is known.</param>
/// <param name="Name">What the thing was called; of a person what they are called now.</param>
internal sealed record NamedEntry(SealedEntry Sealed, string Who, string? Name)
{
    public AuditEntry Entry => Sealed.Entry;

    /// <summary>What the thing was called; its id where it had no name.</summary>
    public string Called => Name ?? Entry.Thing;
}

/// <summary>A member of a thing before and after; null: it was not there.</summary>
internal sealed record MemberChange(string Name, string? Before, string? After);

/// <summary>Reads the audit for its pages and their file.</summary>
internal sealed class AuditReading(AuditLog audit, AuditNames names, IPlaces places)
{
    private const int Step = 500;

    /// <summary>What the list can be narrowed to, as the names of its address.</summary>
    public static readonly string[] Query = ["q", "actor", "action", "kind", "id", "when", "from", "to"];

    public static FileOfList File { get; } = new FileOfList<NamedEntry>(
        [
            new(() => Say("sequence"), row => FileCell.Of((decimal?)row.Sealed.Sequence)),
            new(() => Say("at"), row => FileCell.Of((Instant?)row.Entry.At), IsTime: true),
            new(() => Say("who"), row => FileCell.Of(row.Who)),
            new(() => Say("actor"), row => FileCell.Of(row.Entry.Actor)),
            new(() => Say("way"), row => FileCell.Of(row.Entry.Way)),
            new(() => Say("source"), row => FileCell.Of(row.Entry.Source)),
            new(() => Say("action"), row => FileCell.Of(row.Entry.Action)),
            new(() => Say("thing"), row => FileCell.Of(row.Entry.Thing)),
            new(() => Say("name"), row => FileCell.Of(row.Name)),
            new(() => Say("outcome"), row => FileCell.Of(row.Entry.Outcome)),
            new(() => Say("before"), row => FileCell.Of(row.Entry.Before)),
            new(() => Say("after"), row => FileCell.Of(row.Entry.After)),
            new(() => Say("hash"), row => FileCell.Of(Convert.ToHexStringLower(row.Sealed.Hash))),
        ],
        (request, ct) => request.Services.GetRequiredService<AuditLog>().CountAsync(request.Caller.Rows, FilterOf(request), ct),
        (request, ct) => request.Services.GetRequiredService<AuditReading>().AllAsync(request.Caller, FilterOf(request), ct));

    public async Task<GridRows<NamedEntry>> ListAsync(Caller caller, AuditFilter filter, int from, int count, CancellationToken ct)
    {
        var (entries, total) = await audit.PageAsync(caller.Rows, filter, from, count, ct);
        return new GridRows<NamedEntry>(await NamedAsync(entries, ct), total);
    }

    public async Task<NamedEntry?> FindAsync(Caller caller, string sequence, CancellationToken ct) =>
        long.TryParse(sequence, out var place) && await audit.FindAsync(caller.Rows, place, ct) is { } found ? (await NamedAsync([found], ct))[0] : null;

    /// <summary>All members that the entry tells of, in its order.</summary>
    /// <summary>A role at a place is told by what the place is called.</summary>
    public async Task<IReadOnlyList<MemberChange>> ChangesAsync(TenantId tenant, AuditEntry entry, CancellationToken ct)
    {
        var (before, after) = (MembersOf(entry.Before), MembersOf(entry.After));
        string[] members = [.. before.Keys.Union(after.Keys)];
        var cards = await places.ReadAsync(tenant, [.. members.Select(AuditNames.PlaceOf).OfType<Place>().Where(place => place.Kind != PlaceKind.Tenant).Distinct()], ct);
        return [.. members.Select(name => new MemberChange(AuditNames.PlaceOf(name) is { } place ? Called(name, place) : name, before.GetValueOrDefault(name), after.GetValueOrDefault(name)))];

        string Called(string name, Place place)
        {
            var at = name.LastIndexOf('/');
            return place.Kind == PlaceKind.Tenant ? name[..at] : cards.TryGetValue(place, out var card) ? $"{name[..at]}/{card.Title}" : name;
        }
    }

    private async IAsyncEnumerable<NamedEntry> AllAsync(Caller caller, AuditFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var some in audit.AllAsync(caller.Rows, filter, ct).Chunk(Step).WithCancellation(ct))
            foreach (var named in await NamedAsync(some, ct)) yield return named;
    }

    private async Task<IReadOnlyList<NamedEntry>> NamedAsync(IReadOnlyList<SealedEntry> entries, CancellationToken ct)
    {
        var known = await names.OfAsync([.. entries.Select(entry => entry.Entry)], ct);
        return [.. entries.Select(entry => new NamedEntry(entry, known.GetValueOrDefault(entry.Entry.Actor, entry.Entry.Actor), AuditNames.Called(entry.Entry, known)))];
    }

    private static AuditFilter FilterOf(FileRequest request)
    {
        var zone = Zones.Find(request.Services.GetRequiredService<Identity.ITenants>().Find(request.Caller.Tenant)?.TimeZone ?? "Etc/UTC");
        var today = request.Services.GetRequiredService<TimeProvider>().GetInstant().InZone(zone).Date;
        return FilterOf(request["q"], request["actor"], request["action"], request["kind"], request["id"], DateRange.Read(request["when"], request["from"], request["to"], today), zone);
    }

    public static AuditFilter FilterOf(string? word, string? actor, string? action, string? kind, string? id, DateRange days, DateTimeZone zone) =>
        new(actor, action, kind, id, days.Start(zone), days.End(zone)) { Word = word };

    private static Dictionary<string, string> MembersOf(string? json)
    {
        var members = new Dictionary<string, string>();
        if (json is null) return members;
        using var document = JsonDocument.Parse(json);
        Add(members, "", document.RootElement);
        return members;
    }

    private static void Add(Dictionary<string, string> members, string path, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            members[path] = value.ValueKind == JsonValueKind.Null ? "–" : value.ToString();
            return;
        }
        // A part that is all in its name, such as a role at a place: that it is there is what there is to see.
        if (path.Length > 0 && !value.EnumerateObject().Any()) members[path] = "✓";
        foreach (var member in value.EnumerateObject()) Add(members, path.Length == 0 ? member.Name : path + "/" + member.Name, member.Value);
    }
}
