namespace Busbar.Storage.Rooms;

/// <summary>
/// This column tells of a person: its room's part of an export and of an erasure has it, and the audit tells of it by a letter only (<see cref="Busbar.Kernel.Masked"/>), since an entry cannot be changed.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PersonalAttribute : Attribute
{
    /// <summary>A property of the row that is true where it does; null: in every row.</summary>
    public string? When { get; init; }
}
