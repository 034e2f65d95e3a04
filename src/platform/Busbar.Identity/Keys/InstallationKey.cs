using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Identity.Keys;

/// <summary>
/// The secret of this installation, which the keys in the database are wrapped with. In order: the configured one; on the embedded store a file beside it (<c>busbar.key</c>, owner only,
/// made at first start); on PostgreSQL a row, so that every process of a cluster has the same without being told.
/// </summary>
internal sealed class InstallationKey(Database database, RowReader reader, RoomDbFactory<IdentityDb> rooms, IdentityOptions options)
{
    private const int Size = 32;
    private const string FileName = "busbar.key", NextName = "busbar.key.next";

    private volatile WrappingKey[] _all = [];

    /// <summary>It comes from the configuration, and is changed there.</summary>
    public bool IsConfigured => options.SecretKey is not null;

    /// <summary>What keys are wrapped with from now on.</summary>
    public WrappingKey Primary => _all.Length > 0 ? _all[0] : throw new InvalidOperationException("The installation's key is not loaded yet.");

    /// <summary>The primary one, or one that was it before or will be after it.</summary>
    public WrappingKey? Find(string name) => Array.Find(_all, key => key.Name == name);

    public async Task LoadAsync(CancellationToken ct)
    {
        var secrets = new List<byte[]>();
        if (options.SecretKey is { } configured) secrets.Add(OfText(configured));
        if (database.Directory is { } directory)
        {
            if (secrets.Count == 0 || File.Exists(Path.Combine(directory, FileName))) secrets.Add(FromFile(Path.Combine(directory, FileName)));
            // A change that was cut off has written this one; whether it came to be the key, the wrapped keys say.
            if (File.Exists(Path.Combine(directory, NextName)) && await File.ReadAllBytesAsync(Path.Combine(directory, NextName), ct) is { Length: Size } next) secrets.Add(next);
        }
        else if (await FromTableAsync(make: secrets.Count == 0, ct) is { } row) secrets.Add(row);
        if (options.OtherSecretKey is { } other) secrets.Add(OfText(other));
        _all = [.. secrets.Select(secret => new WrappingKey(secret))];
    }

    /// <summary>After a change that was cut off behind its commit: the next one is the key.</summary>
    public void Settle(string inUse)
    {
        if (IsConfigured || database.Directory is not { } directory || inUse == Primary.Name) return;
        var next = Path.Combine(directory, NextName);
        if (!File.Exists(next) || new WrappingKey(File.ReadAllBytes(next)).Name != inUse) return;
        File.Move(next, Path.Combine(directory, FileName), overwrite: true);
        _all = [Find(inUse)!, .. _all.Where(key => key.Name != inUse)];
    }

    /// <summary>A new secret. On the embedded store it lies beside the old one until <see cref="Replace"/>.</summary>
    public (byte[] Secret, WrappingKey Key) Next()
    {
        var secret = RandomNumberGenerator.GetBytes(Size);
        if (database.Directory is { } directory) Write(Path.Combine(directory, NextName), secret);
        return (secret, new WrappingKey(secret));
    }

    /// <summary>On PostgreSQL the secret is a row: it changes in the transaction that wraps the keys anew.</summary>
    public async Task ReplaceRowAsync(IdentityDb db, byte[] secret, CancellationToken ct)
    {
        if (database.Directory is null) await db.Keys.Where(row => row.Name == KeyRow.Installation).ExecuteUpdateAsync(set => set.SetProperty(row => row.Value, secret), ct);
    }

    /// <summary>After the commit.</summary>
    public void Replace(WrappingKey next)
    {
        if (database.Directory is { } directory) File.Move(Path.Combine(directory, NextName), Path.Combine(directory, FileName), overwrite: true);
        _all = [next];
    }

    private static byte[] OfText(string configured) => SHA256.HashData(Encoding.UTF8.GetBytes(configured));

    private static byte[] FromFile(string path)
    {
        if (!File.Exists(path))
        {
            // Under another name first: a crash between making and writing must not leave an empty key.
            Write(path + ".new", RandomNumberGenerator.GetBytes(Size));
            File.Move(path + ".new", path);
        }
        var bytes = File.ReadAllBytes(path);
        return bytes.Length == Size ? bytes : throw new InvalidOperationException($"The installation's key in '{path}' is damaged: {bytes.Length} bytes, not {Size}.");
    }

    private static void Write(string path, byte[] secret)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        File.Delete(path);
        using var file = new FileStream(path, options);
        file.Write(secret);
        file.Flush(flushToDisk: true);
    }

    private async Task<byte[]?> FromTableAsync(bool make, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await reader.ReadAsync(TenantScope.System, KeyRow.Source, ct, RowMatch.Texts("name", KeyRow.Installation)) is [var row]) return row.Value;
            if (!make) return null;
            await using var db = await rooms.OpenAsync(TenantScope.System, ct);
            db.Keys.Add(new KeyRow { TenantId = default(TenantId), Name = KeyRow.Installation, Value = RandomNumberGenerator.GetBytes(Size) });
            try { await db.CommitAsync(ct); }
            catch (DbUpdateException error) when (error.IsDuplicateKey() && attempt == 0) { }   // another process was first: read its key
        }
    }
}
