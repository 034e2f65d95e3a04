using System.Security.Cryptography;
using Busbar.Kernel;
using Busbar.Storage.Audit;

namespace Busbar.Identity;

/// <summary>Names the key of one person whose data a room keeps.</summary>
public readonly record struct SubjectKeyId(Guid Value) : ITypedId<SubjectKeyId>
{
    public static string Prefix => "sbj";
    public static SubjectKeyId From(Guid value) => new(value);
    public int CompareTo(SubjectKeyId other) => Value.CompareTo(other.Value);
    public override string ToString() => TypedId.Format(this);
}

/// <summary>
/// A key for each person: what is sealed with it is erased everywhere, also in backups and logs of a database, when the key is. A room keeps the name of the key with what it seals.
/// </summary>
public interface ISubjectKeys
{
    /// <summary>Makes a person's key.</summary>
    Task<SubjectKeyId> MakeAsync(TenantId tenant, CancellationToken ct);

    /// <returns>Null: the key is destroyed, or never was.</returns>
    ValueTask<byte[]?> SealAsync(TenantId tenant, SubjectKeyId subject, string purpose, ReadOnlyMemory<byte> value, CancellationToken ct);

    /// <returns>Null: the key is destroyed, or never was.</returns>
    /// <exception cref="CryptographicException">Sealed with another key or purpose, or changed since.</exception>
    ValueTask<byte[]?> OpenAsync(TenantId tenant, SubjectKeyId subject, string purpose, ReadOnlyMemory<byte> box, CancellationToken ct);

    /// <summary>Erases the person: in this process at once, in others within five seconds.</summary>
    /// <returns>False: it was destroyed before, or never was.</returns>
    Task<bool> DestroyAsync(TenantId tenant, SubjectKeyId subject, Author author, CancellationToken ct);
}
