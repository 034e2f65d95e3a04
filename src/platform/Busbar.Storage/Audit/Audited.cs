namespace Busbar.Storage.Audit;

/// <summary>
/// The audit tells of this row's changes by people. Rows of a unit of work that name the same thing are one entry: a station with its EVSEs. Every table says this or
/// <see cref="NotAuditedAttribute"/>; where one says neither, a person's unit of work fails.
/// </summary>
/// <param name="kind">What the thing is called in the audit; with a verb it is the action's name (<c>station.created</c>), so it never changes.</param>
/// <param name="id">The property that holds the thing's id.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AuditedAttribute(string kind, string id) : Attribute
{
    public string Kind => kind;
    public string Id => id;

    /// <summary>The property that people know it by.</summary>
    public string? Name { get; init; }

    /// <summary>Of a row that is only a part of the thing: what it is called in it, such as <c>evses/{Number}</c>, with properties in braces.</summary>
    public string? Part { get; init; }
}

/// <summary>Changes of this row are not in the audit, for this reason.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NotAuditedAttribute(string why) : Attribute
{
    public string Why => why;
}

/// <summary>That it changed is told, what it was and is never. Bytes are treated so without saying it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AuditSecretAttribute : Attribute;

/// <summary>Only its end is told: a token's uid is what opens a charge.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AuditMaskedAttribute : Attribute;

/// <summary>A mail address, of which a letter and the domain are told, or a URL of which only the host is: the rest may be what opens it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AuditAddressAttribute : Attribute;

/// <summary>Bytes that are a text.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AuditDocumentAttribute : Attribute;

/// <summary>What the program keeps for itself, or what another member says already.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AuditSilentAttribute : Attribute;
