using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using Busbar.Kernel;

namespace Busbar.Storage.Audit;

/// <summary>How the audit treats a member of a row.</summary>
internal enum Telling
{
    Plain,
    Masked,
    Address,
    Personal,
    Document,
    Secret,
    Silent,
}

/// <summary>What a row's class says of the audit, read once.</summary>
internal sealed partial class AuditShape
{
    private static readonly ConcurrentDictionary<Type, AuditShape> Known = new();

    private readonly IReadOnlyDictionary<string, Member> _members;
    private readonly Member? _id;
    private readonly Member? _name;
    private readonly IReadOnlyList<(string Text, Member? Value)>? _part;

    /// <param name="When">Where it is true the member tells of a person; null: always, or never.</param>
    private sealed record Member(PropertyInfo Property, Telling Telling, PropertyInfo? When);

    private AuditShape(Type type)
    {
        IsNotAudited = type.GetCustomAttribute<NotAuditedAttribute>() is not null;
        var audited = type.GetCustomAttribute<AuditedAttribute>();
        _members = type.GetProperties(BindingFlags.Instance | BindingFlags.Public).ToDictionary(property => property.Name, property => new Member(property, TellingOf(property), WhenOf(type, property)));
        if (audited is null) return;
        Kind = audited.Kind;
        _id = _members[audited.Id];
        _name = audited.Name is { } name ? _members[name] : null;
        if (audited.Part is not { } part) return;
        // "evses/{Number}" is "evses/", Number, "".
        var pieces = Braces().Split(part);
        _part = [.. pieces.Select((piece, i) => i % 2 == 0 ? (piece, (Member?)null) : ("", _members[piece]))];
    }

    public static AuditShape Of(Type type) => Known.GetOrAdd(type, found => new AuditShape(found));

    public bool IsNotAudited { get; }

    /// <summary>Null: the class does not say.</summary>
    public string? Kind { get; }

    public bool IsPart => _part is not null;

    public string IdOf(object row) => AuditText.Plain(_id!.Property.GetValue(row));

    public string? NameOf(object row) => _name is not null && _name.Property.GetValue(row) is { } name
        ? TellingOf(row, _name.Property.Name) switch { Telling.Masked => Masked.Uid(AuditText.Plain(name)), Telling.Personal => Masked.Person(AuditText.Plain(name)), _ => AuditText.Plain(name) }
        : null;

    public string PartOf(object row) => string.Concat(_part!.Select(piece => piece.Value is { } value ? AuditText.Plain(value.Property.GetValue(row)) : piece.Text));

    public Telling TellingOf(string member) => _members.TryGetValue(member, out var known) ? known.Telling : Telling.Plain;

    /// <summary>Of this row.</summary>
    public Telling TellingOf(object row, string member) => !_members.TryGetValue(member, out var known) ? Telling.Plain
        : known.When is { } when && when.GetValue(row) is false ? Telling.Plain : known.Telling;

    /// <summary>The members that have a value, for a row that is made or removed without EF.</summary>
    public IEnumerable<(string Name, object? Value)> ValuesOf(object row, IEnumerable<string> mapped) => mapped.Select(name => (name, _members[name].Property.GetValue(row)));

    private static Telling TellingOf(PropertyInfo property) =>
        property.IsDefined(typeof(AuditSilentAttribute)) || property.Name is nameof(Rooms.ITenantOwned.TenantId) or nameof(Rooms.IRevised.Revision) ? Telling.Silent
        : property.IsDefined(typeof(AuditSecretAttribute)) ? Telling.Secret
        : property.IsDefined(typeof(AuditDocumentAttribute)) ? Telling.Document
        : property.IsDefined(typeof(AuditAddressAttribute)) ? Telling.Address
        : property.IsDefined(typeof(AuditMaskedAttribute)) ? Telling.Masked
        : property.IsDefined(typeof(Rooms.PersonalAttribute)) ? Telling.Personal
        : property.PropertyType == typeof(byte[]) ? Telling.Secret
        : Telling.Plain;

    private static PropertyInfo? WhenOf(Type row, PropertyInfo property) => property.GetCustomAttribute<Rooms.PersonalAttribute>()?.When is not { } when ? null
        : row.GetProperty(when, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) ?? throw new InvalidOperationException($"{row.Name} has no {when}.");

    [GeneratedRegex("[{}]")]
    private static partial Regex Braces();
}
