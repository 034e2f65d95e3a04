using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Keys;

/// <summary>People's keys, each sealed with the newest data key and read again every three seconds that it is used.</summary>
internal sealed class SubjectKeys(Database database, RoomDbFactory<IdentityDb> rooms, RowReader reader, SealedBox box, IdSource ids, TimeProvider clock) : ISubjectKeys
{
    private const int KeySize = 32, NonceSize = 12, TagSize = 16;
    private const int MostHeld = 10_000;

    /// <summary>With what lies between the look and its use, less than the five seconds that are promised.</summary>
    private static readonly TimeSpan Belief = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<(TenantId, SubjectKeyId), Held> _held = new();
    private volatile bool _isLogDue;

    private sealed record Held(byte[]? Key, long ReadAt);

    public static string Purpose(SubjectKeyId id) => $"subject-key:{id}";

    public async Task<SubjectKeyId> MakeAsync(TenantId tenant, CancellationToken ct)
    {
        var id = ids.New<SubjectKeyId>();
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        db.Add(new SubjectKeyRow { TenantId = tenant, Id = id, Key = box.Seal(Purpose(id), RandomNumberGenerator.GetBytes(KeySize)), CreatedAt = clock.GetInstant() });
        // Also what is moved from page to page leaves nothing behind.
        await db.OverwriteFreedAsync(ct);
        await db.CommitAsync(ct);
        return id;
    }

    public async ValueTask<byte[]?> SealAsync(TenantId tenant, SubjectKeyId subject, string purpose, ReadOnlyMemory<byte> value, CancellationToken ct)
    {
        if (await KeyAsync(tenant, subject, ct) is not { } key) return null;
        var sealedValue = new byte[NonceSize + TagSize + value.Length];
        RandomNumberGenerator.Fill(sealedValue.AsSpan(0, NonceSize));
        using var aes = new AesGcm(KeyFor(key, purpose), TagSize);
        aes.Encrypt(sealedValue.AsSpan(0, NonceSize), value.Span, sealedValue.AsSpan(NonceSize + TagSize), sealedValue.AsSpan(NonceSize, TagSize));
        return sealedValue;
    }

    public async ValueTask<byte[]?> OpenAsync(TenantId tenant, SubjectKeyId subject, string purpose, ReadOnlyMemory<byte> box, CancellationToken ct)
    {
        if (await KeyAsync(tenant, subject, ct) is not { } key) return null;
        if (box.Length < NonceSize + TagSize) throw new CryptographicException("This is no sealed value.");
        var value = new byte[box.Length - NonceSize - TagSize];
        using var aes = new AesGcm(KeyFor(key, purpose), TagSize);
        aes.Decrypt(box.Span[..NonceSize], box.Span[(NonceSize + TagSize)..], box.Span.Slice(NonceSize, TagSize), value);
        return value;
    }

    public async Task<bool> DestroyAsync(TenantId tenant, SubjectKeyId subject, Author author, CancellationToken ct)
    {
        var destroyed = 0;
        await using (var db = await rooms.OpenAsync(TenantScope.Of(tenant).By(author), ct))
        {
            if (await db.SubjectKeys.AsNoTracking().SingleOrDefaultAsync(row => row.Id == subject && row.Key != null, ct) is not { } row) return false;
            var (zeros, now) = (new byte[row.Key!.Length], clock.GetInstant());
            db.Tell(new AuditFact("subjectKey", subject.ToString(), "destroyed"));
            await db.OverwriteFreedAsync(ct);
            await db.CommitAsync(async token =>
            {
                // Where it lies first, so that the place is overwritten and not only given free.
                await db.SubjectKeys.Where(one => one.Id == subject).ExecuteUpdateAsync(set => set.SetProperty(one => one.Key, zeros), token);
                destroyed = await db.SubjectKeys.Where(one => one.Id == subject && one.DestroyedAt == null)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.Key, (byte[]?)null).SetProperty(one => one.DestroyedAt, now), token);
            }, ct);
        }
        _held[(tenant, subject)] = new Held(null, clock.GetTimestamp());
        _isLogDue = true;
        await TidyAsync(ct);
        return destroyed > 0;
    }

    /// <summary>Empties the embedded store's log of what was destroyed, where a reader held it then.</summary>
    internal async Task TidyAsync(CancellationToken ct)
    {
        if (!_isLogDue) return;
        _isLogDue = false;
        if (!await Erasure.EmptyLogAsync(database, ct)) _isLogDue = true;
    }

    private async ValueTask<byte[]?> KeyAsync(TenantId tenant, SubjectKeyId subject, CancellationToken ct)
    {
        if (_held.TryGetValue((tenant, subject), out var held) && clock.GetElapsedTime(held.ReadAt) < Belief) return held.Key;
        // Of before the question: what it answers may be as old as that.
        var readAt = clock.GetTimestamp();
        var rows = await reader.ReadAsync(TenantScope.Of(tenant), SubjectKeyRow.Source, ct, RowMatch.Ids("id", [subject]));
        var key = rows is [{ } sealedKey] ? box.Open(Purpose(subject), sealedKey) : null;
        if (_held.Count >= MostHeld) _held.Clear();
        // What was destroyed in this process meanwhile stays so.
        return _held.AddOrUpdate((tenant, subject), _ => new Held(key, readAt), (_, before) => before is { Key: null } && before.ReadAt > readAt ? before : new Held(key, readAt)).Key;
    }

    private static byte[] KeyFor(byte[] key, string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeySize, salt: [], info: Encoding.UTF8.GetBytes(purpose));
}
