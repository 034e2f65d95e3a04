using System.Collections.Frozen;
using System.Security.Cryptography;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Keys;

/// <summary>A key, opened.</summary>
internal sealed record DataKey(long Number, byte[] Bytes, Instant CreatedAt, Instant? RetiredAt, Instant? EmptySince);

/// <summary>What came of changing the installation's key.</summary>
internal enum Rewrapped
{
    Done,

    /// <summary>It is in the configuration, and changed there.</summary>
    Configured,

    /// <summary>Another process did it at the same moment.</summary>
    Raced,
}

/// <summary>
/// The keys that the database's secrets are sealed and hashed with, opened in memory. They lie wrapped in the installation's key. A process that meets a number that it does not know, or
/// did not hear of the others for a while, reads the table again before it answers.
/// </summary>
internal sealed class KeyVault(Database database, RoomDbFactory<IdentityDb> rooms, RowReader reader, InstallationKey installation, HashingKey hashing, TimeProvider clock) : IDisposable
{
    private const int KeySize = 32;
    private const int Tries = 5;

    // The table is read every two seconds; who was held up for longer asks before it seals. Well below the least time that a retired key is kept.
    private static readonly TimeSpan Belief = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Known? _known;

    private sealed record Known(FrozenDictionary<long, DataKey> Keys, DataKey Current, long ReadAt);

    /// <summary>What seals now.</summary>
    public DataKey Current
    {
        get
        {
            var known = Loaded;
            if (database.Kind == DatabaseKind.Postgres && clock.GetElapsedTime(known.ReadAt) > Belief) known = ReadNow();
            return known.Current;
        }
    }

    /// <summary>Those that seal or sealed, the newest first.</summary>
    public IReadOnlyList<DataKey> All => [.. Loaded.Keys.Values.Where(key => key.Number != DataKeyRow.Hashing).OrderByDescending(key => key.Number)];

    private Known Loaded => _known ?? throw new InvalidOperationException("The installation's keys are not loaded yet.");

    /// <summary>Null: it was destroyed, or never was.</summary>
    public DataKey? Find(long number) =>
        number == DataKeyRow.Hashing ? null : Loaded.Keys.GetValueOrDefault(number) ?? (number > 0 ? ReadNow().Keys.GetValueOrDefault(number) : null);

    /// <summary>At start: makes the first keys of an installation, and wraps with its key those that another one wraps.</summary>
    /// <param name="looks">For a tool that changes nothing.</param>
    /// <exception cref="InvalidOperationException">The keys are wrapped in a secret that this process was not given.</exception>
    public async Task StartAsync(bool looks, CancellationToken ct)
    {
        await installation.LoadAsync(ct);
        var rows = await RowsAsync(ct);
        if (rows.Count == 0 && !looks)
        {
            await MakeFirstAsync(ct);
            rows = await RowsAsync(ct);
        }
        if (rows.Find(row => row.Number == DataKeyRow.Hashing) is { } first && !looks) installation.Settle(first.WrappedBy);
        if (rows.Count == 0) return;
        await UseAsync(rows, ct);
        if (!looks && rows.Exists(row => row.WrappedBy != installation.Primary.Name)) await WrapAllAsync(installation.Primary, null, null, ct);
    }

    public async Task ReloadAsync(CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try { await UseAsync(await RowsAsync(ct), ct); }
        finally { _gate.Release(); }
    }

    /// <summary>Makes a key that seals from now on.</summary>
    /// <param name="tenant">Whose audit is told.</param>
    public async Task<DataKey> RotateAsync(TenantId tenant, Author author, CancellationToken ct)
    {
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            await ReloadAsync(ct);
            if (await TryAddAsync(Loaded.Current.Number + 1, tenant, author, ct))
            {
                await ReloadAsync(ct);
                return Loaded.Current;
            }
        }
        throw new InvalidOperationException("Other processes change the keys again and again.");
    }

    /// <summary>A new installation key: all keys are wrapped in it, and the old one opens nothing any more.</summary>
    public async Task<Rewrapped> ReplaceInstallationKeyAsync(TenantId tenant, Author author, CancellationToken ct)
    {
        if (installation.IsConfigured) return Rewrapped.Configured;
        await ReloadAsync(ct);
        await _gate.WaitAsync(ct);
        try
        {
            var (secret, next) = installation.Next();
            if (!await WrapAllAsync(next, secret, (tenant, author), ct)) return Rewrapped.Raced;
            installation.Replace(next);
        }
        finally { _gate.Release(); }
        await ReloadAsync(ct);
        return Rewrapped.Done;
    }

    /// <summary>Notes since when nothing is left of a retired key; null: something is.</summary>
    public async Task NoteEmptyAsync(long number, Instant? since, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        await db.CommitAsync(token => db.DataKeys.Where(row => row.Number == number).ExecuteUpdateAsync(set => set.SetProperty(row => row.EmptySince, since), token), ct);
    }

    /// <summary>Overwrites it and takes it away, in the database and here.</summary>
    public async Task DestroyAsync(long number, TenantId tenant, CancellationToken ct)
    {
        await using (var db = await rooms.OpenAsync(TenantScope.System.By(Author.System("keys")), ct))
        {
            var zeros = new byte[KeySize];
            await db.OverwriteFreedAsync(ct);
            await db.CommitAsync(async token =>
            {
                await db.DataKeys.Where(row => row.Number == number && row.RetiredAt != null).ExecuteUpdateAsync(set => set.SetProperty(row => row.Wrapped, zeros), token);
                // Where another process came first, it has told.
                if (await db.DataKeys.Where(row => row.Number == number && row.RetiredAt != null).ExecuteDeleteAsync(token) > 0) db.Tell(tenant, new AuditFact("encryptionKey", Name(number), "destroyed"));
                else db.LeaveUntold("it is gone already");
            }, ct);
        }
        await ReloadAsync(ct);
        await Erasure.EmptyLogAsync(database, ct);
    }

    public void Dispose() => _gate.Dispose();

    private Known ReadNow()
    {
        // Seldom: a process that was held up, or a box that another process sealed within the last two seconds. Nothing that waits for this thread holds a lock here.
        ReloadAsync(CancellationToken.None).GetAwaiter().GetResult();
        return Loaded;
    }

    private async Task UseAsync(List<DataKeyRow> rows, CancellationToken ct)
    {
        var readAt = clock.GetTimestamp();
        // Another process has changed the installation's key.
        if (rows.Exists(row => installation.Find(row.WrappedBy) is null)) await installation.LoadAsync(ct);
        var known = _known?.Keys;
        var keys = rows.Select(row => new DataKey(row.Number, known?.GetValueOrDefault(row.Number)?.Bytes ?? Open(row), row.CreatedAt, row.RetiredAt, row.EmptySince)).ToFrozenDictionary(key => key.Number);
        hashing.Be(keys[DataKeyRow.Hashing].Bytes);
        _known = new Known(keys, keys.Values.MaxBy(key => key.Number)!, readAt);
    }

    private byte[] Open(DataKeyRow row)
    {
        if (installation.Find(row.WrappedBy) is { } key)
        {
            try { return key.Unwrap(row.Number, row.Wrapped); }
            catch (CryptographicException error) { throw new InvalidOperationException($"The key {row.Number} of this store is damaged.", error); }
        }
        throw new InvalidOperationException(
            "The keys of this store are wrapped in another installation's key. Put its busbar.key back, or set Busbar:SecretKey (or, while it is being changed, Busbar:OtherSecretKey) to the secret that it was.");
    }

    private Task<List<DataKeyRow>> RowsAsync(CancellationToken ct) => reader.ReadAsync(TenantScope.System, DataKeyRow.Source, ct);

    private async Task MakeFirstAsync(CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        db.AddRange(Make(DataKeyRow.Hashing), Make(DataKeyRow.Hashing + 1));
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { }   // another process was first
    }

    private DataKeyRow Make(long number)
    {
        var key = installation.Primary;
        return new DataKeyRow { Number = number, WrappedBy = key.Name, Wrapped = key.Wrap(number, RandomNumberGenerator.GetBytes(KeySize)), CreatedAt = clock.GetInstant() };
    }

    private async Task<bool> TryAddAsync(long number, TenantId tenant, Author author, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System.By(author), ct);
        var row = Make(number);
        db.Add(row);
        db.Tell(tenant, new AuditFact("encryptionKey", Name(number), "made"));
        var isOurs = false;
        try
        {
            await db.CommitAsync(async token =>
            {
                isOurs = await LockAsync(db, row.WrappedBy, token);
                if (!isOurs) throw new DbUpdateConcurrencyException("The installation's key was changed.");
                await db.DataKeys.Where(other => other.Number > DataKeyRow.Hashing && other.RetiredAt == null).ExecuteUpdateAsync(set => set.SetProperty(other => other.RetiredAt, row.CreatedAt), token);
            }, ct);
            return true;
        }
        catch (DbUpdateException error) when (!isOurs || error.IsDuplicateKey()) { return false; }
    }

    /// <summary>Whoever adds a key, and whoever changes what they are wrapped in, takes this row first: no key is left in a secret that is gone.</summary>
    private static async Task<bool> LockAsync(IdentityDb db, string wrappedBy, CancellationToken ct) =>
        await db.DataKeys.Where(row => row.Number == DataKeyRow.Hashing && row.WrappedBy == wrappedBy).ExecuteUpdateAsync(set => set.SetProperty(row => row.WrappedBy, wrappedBy), ct) == 1;

    /// <param name="secret">Null: the key is one of the configuration.</param>
    private async Task<bool> WrapAllAsync(WrappingKey next, byte[]? secret, (TenantId Tenant, Author Author)? told, CancellationToken ct)
    {
        var scope = TenantScope.System;
        await using var db = await rooms.OpenAsync(told is { } by ? scope.By(by.Author) : scope, ct);
        if (told is { } fact) db.Tell(fact.Tenant, new AuditFact("encryptionKey", "installation", "replaced"));
        var wrappedBy = (await db.DataKeys.AsNoTracking().SingleAsync(row => row.Number == DataKeyRow.Hashing, ct)).WrappedBy;
        try
        {
            await db.OverwriteFreedAsync(ct);
            await db.CommitAsync(async token =>
            {
                if (!await LockAsync(db, wrappedBy, token)) throw new DbUpdateConcurrencyException("The installation's key was changed.");
                foreach (var row in await db.DataKeys.ToListAsync(token)) (row.Wrapped, row.WrappedBy) = (next.Wrap(row.Number, Open(row)), next.Name);
                if (secret is not null) await installation.ReplaceRowAsync(db, secret, token);
            }, ct);
        }
        catch (DbUpdateConcurrencyException) { return false; }
        await Erasure.EmptyLogAsync(database, ct);
        return true;
    }

    private static string Name(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
