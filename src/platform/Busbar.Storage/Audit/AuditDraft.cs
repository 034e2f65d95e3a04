using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using NodaTime;

namespace Busbar.Storage.Audit;

/// <summary>What a unit of work tells the audit: by what its context tracks, and by what its handler says beside it.</summary>
internal sealed class AuditDraft
{
    private readonly Dictionary<(string Kind, string Thing), Said> _said = [];
    private readonly Dictionary<(TenantId Tenant, string Kind, string Thing), Thing> _things = [];
    private readonly List<Thing> _inOrder = [];

    /// <summary>A statement on a whole set is no tracked change: whoever makes one says what it does, or why that is nothing to be told.</summary>
    public bool IsStatementTold { get; private set; }

    private readonly Dictionary<(string Kind, string Thing), string?> _names = [];

    private sealed record Said(string Verb, ITenantOwned Row, IReadOnlyList<KeyValuePair<string, object?>> More);

    private sealed class Thing(TenantId tenant, string kind, string id)
    {
        public TenantId Tenant => tenant;
        public string Kind => kind;
        public string Id => id;
        public string? Name { get; set; }
        public EntityState State { get; set; } = EntityState.Modified;
        public string? Verb { get; set; }
        public List<KeyValuePair<string, object?>> Before { get; } = [];
        public List<KeyValuePair<string, object?>> After { get; } = [];
        public bool IsEmpty => Verb is null && State == EntityState.Modified && Before.Count == 0 && After.Count == 0;
    }

    public void TellAs(string verb, ITenantOwned row, IReadOnlyList<KeyValuePair<string, object?>> more)
    {
        var shape = AuditShape.Of(row.GetType());
        var key = (shape.Kind ?? throw new ArgumentException($"{row.GetType().Name} is not in the audit.", nameof(row)), shape.IdOf(row));
        _said[key] = new Said(verb, row, more);
        if (!shape.IsPart) _names[key] = shape.NameOf(row);
    }

    public void Tell(TenantId tenant, AuditFact fact)
    {
        IsStatementTold = true;
        var thing = Of(tenant, fact.Kind, fact.Thing);
        (thing.Verb, thing.Name) = (fact.Verb, fact.Name ?? thing.Name);
        thing.Before.AddRange(fact.Before);
        thing.After.AddRange(fact.After);
    }

    public void Untold() => IsStatementTold = true;

    /// <summary>Rows that are inserted or deleted past the context.</summary>
    public void Take(RoomDb db, EntityState state, IEnumerable<ITenantOwned> rows)
    {
        IsStatementTold = true;
        var isAdded = state == EntityState.Added;
        foreach (var row in rows)
        {
            var type = db.Model.FindEntityType(row.GetType())!;
            var shape = ShapeOf(row.GetType());
            if (shape.IsNotAudited) continue;
            var values = shape.ValuesOf(row, type.GetProperties().Where(property => !property.IsPrimaryKey()).Select(property => property.Name));
            Take(shape, row, state, values.Select(value => isAdded ? (value.Name, (object?)null, value.Value) : (value.Name, value.Value, null)));
        }
    }

    public void Take(ChangeTracker tracker)
    {
        foreach (var entry in tracker.Entries())
        {
            if (entry.Entity is not ITenantOwned row) continue;
            if (entry.State is EntityState.Added or EntityState.Modified or EntityState.Deleted)
            {
                var shape = ShapeOf(entry.Entity.GetType());
                if (!shape.IsNotAudited) Take(shape, row, entry.State, ValuesOf(entry));
            }
            // Only its parts may change: it has its name all the same.
            else if (AuditShape.Of(entry.Entity.GetType()) is { Kind: { } kind, IsPart: false } whole) _names[(kind, whole.IdOf(row))] = whole.NameOf(row);
        }
    }

    /// <summary>The entries, in the order in which their things were first named. What was told so far is used up.</summary>
    public List<AuditEntry> Finish(Author author, Instant at)
    {
        foreach (var ((kind, id), said) in _said)
        {
            var thing = Of(said.Row.TenantId, kind, id);
            thing.Verb = said.Verb;
            thing.After.AddRange(said.More);
        }
        var entries = new List<AuditEntry>(_inOrder.Count);
        foreach (var thing in _inOrder.Where(thing => !thing.IsEmpty))
        {
            var verb = thing.Verb ?? thing.State switch { EntityState.Added => "created", EntityState.Deleted => "deleted", _ => "changed" };
            entries.Add(AuditEntry.Of(author, thing.Tenant, at, $"{thing.Kind}.{verb}", thing.Kind, thing.Id) with
            {
                Name = thing.Name ?? _names.GetValueOrDefault((thing.Kind, thing.Id)), Before = AuditText.Object(thing.Before), After = AuditText.Object(thing.After),
            });
        }
        _said.Clear();
        _things.Clear();
        _inOrder.Clear();
        return entries;
    }

    private static AuditShape ShapeOf(Type row)
    {
        var shape = AuditShape.Of(row);
        return shape.IsNotAudited || shape.Kind is not null ? shape : throw new InvalidOperationException($"{row.Name} says neither [Audited] nor [NotAudited], and a person changes it.");
    }

    private static IEnumerable<(string, object?, object?)> ValuesOf(EntityEntry entry)
    {
        foreach (var property in entry.Properties)
        {
            if (property.Metadata.IsPrimaryKey()) continue;
            if (entry.State == EntityState.Modified && (!property.IsModified || Equals(property.OriginalValue, property.CurrentValue))) continue;
            yield return (property.Metadata.Name, entry.State == EntityState.Added ? null : property.OriginalValue, entry.State == EntityState.Deleted ? null : property.CurrentValue);
        }
    }

    private void Take(AuditShape shape, ITenantOwned row, EntityState state, IEnumerable<(string Name, object? Before, object? After)> values)
    {
        var thing = Of(row.TenantId, shape.Kind!, shape.IdOf(row));
        var (before, after) = (new List<KeyValuePair<string, object?>>(), new List<KeyValuePair<string, object?>>());
        foreach (var value in values)
        {
            var telling = shape.TellingOf(row, value.Name);
            if (telling == Telling.Silent) continue;
            var name = AuditText.CamelCase(value.Name);
            // Of what was changed both sides are told, also the one that is null.
            if (value.Before is not null || state == EntityState.Modified) before.Add(new(name, AuditText.Told(telling, value.Before)));
            if (value.After is not null || state == EntityState.Modified) after.Add(new(name, AuditText.Told(telling, value.After)));
        }
        if (shape.IsPart)
        {
            var part = shape.PartOf(row);
            if (state == EntityState.Modified && before.Count == 0) return;
            if (state != EntityState.Added) thing.Before.Add(new(part, before));
            if (state != EntityState.Deleted) thing.After.Add(new(part, after));
            return;
        }
        thing.Name ??= shape.NameOf(row);
        if (state != EntityState.Modified) thing.State = state;
        thing.Before.InsertRange(0, before);
        thing.After.InsertRange(0, after);
    }

    private Thing Of(TenantId tenant, string kind, string id)
    {
        if (!_things.TryGetValue((tenant, kind, id), out var thing))
        {
            _things[(tenant, kind, id)] = thing = new Thing(tenant, kind, id);
            _inOrder.Add(thing);
        }
        return thing;
    }
}

/// <summary>What a statement on a whole set does to a thing.</summary>
/// <param name="Verb">With the kind it is the action's name.</param>
public sealed record AuditFact(string Kind, string Thing, string Verb)
{
    public string? Name { get; init; }
    public IReadOnlyList<KeyValuePair<string, object?>> Before { get; init; } = [];
    public IReadOnlyList<KeyValuePair<string, object?>> After { get; init; } = [];
}
