using Busbar.Identity.Http;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Identity.Keys;

/// <summary>A key that secrets in the database are sealed with.</summary>
/// <param name="Number">The highest seals; values of the others are being sealed anew.</param>
/// <param name="RetiredAt">When another took its place; null: it seals.</param>
/// <param name="EmptySince">Since when no value is sealed with it; after a while it is destroyed.</param>
/// <param name="Values">How many values are sealed with it.</param>
public sealed record EncryptionKeyView(long Number, Instant CreatedAt, Instant? RetiredAt, Instant? EmptySince, long Values);

/// <summary>What came of a change of the keys.</summary>
public enum KeyChange
{
    Done,

    /// <summary>They are the affair of the tenant at the top, whose own people and programs the caller is not of.</summary>
    NotYours,

    /// <summary>The installation's key comes from the configuration.</summary>
    Configured,

    /// <summary>Somebody else changed it at the same moment.</summary>
    Raced,
}

/// <summary>The installation's keys, for the API and the console alike: to look at, and to change.</summary>
public sealed class EncryptionKeys
{
    private readonly KeyVault _vault;
    private readonly KeyKeeper _keeper;
    private readonly IdentityDirectory _directory;

    internal EncryptionKeys(KeyVault vault, KeyKeeper keeper, IdentityDirectory directory) => (_vault, _keeper, _directory) = (vault, keeper, directory);

    /// <summary>Who belongs to the tenant at the top, and holds everything there.</summary>
    public bool MayChange(Caller caller) => caller.May(Scope.All) && caller.Home == caller.Tenant && _directory.Find(caller.Tenant) is { Parent: null };

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<EncryptionKeyView>> ListAsync(CancellationToken ct)
    {
        await _vault.ReloadAsync(ct);
        var boxes = await _keeper.CountAsync(ct);
        return [.. _vault.All.Select(key => View(key, boxes.GetValueOrDefault(key.Number)))];
    }

    /// <summary>Makes a key that seals from now on.</summary>
    public async Task<(KeyChange Change, EncryptionKeyView? Made)> RotateAsync(Caller caller, CancellationToken ct) =>
        MayChange(caller) ? (KeyChange.Done, View(await _vault.RotateAsync(caller.Tenant, caller.Author, ct), 0)) : (KeyChange.NotYours, null);

    /// <summary>Makes a new installation key, in which all others lie from now on.</summary>
    public async Task<KeyChange> ReplaceInstallationKeyAsync(Caller caller, CancellationToken ct) => !MayChange(caller) ? KeyChange.NotYours : await _vault.ReplaceInstallationKeyAsync(caller.Tenant, caller.Author, ct) switch
    {
        Rewrapped.Configured => KeyChange.Configured,
        Rewrapped.Raced => KeyChange.Raced,
        _ => KeyChange.Done,
    };

    private static EncryptionKeyView View(DataKey key, long boxes) => new(key.Number, key.CreatedAt, key.RetiredAt, key.EmptySince, boxes);
}
