using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Identity;

/// <summary>
/// The secret of this installation. In order: the configured one; on the embedded store a file beside it (<c>busbar.key</c>, owner only, made at
/// first start); on PostgreSQL a row, so that every process of a cluster has the same without being told.
/// </summary>
internal sealed class InstallationKey(Database database, RowReader reader, RoomDbFactory<IdentityDb> rooms, IdentityOptions options)
{
    private const int Size = 32;
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? _bytes;

    /// <exception cref="InvalidOperationException">Read before start-up.</exception>
    public ReadOnlySpan<byte> Bytes => _bytes ?? throw new InvalidOperationException("The installation's key is not loaded yet.");

    /// <summary>Completes when it is loaded.</summary>
    public Task Loaded => _loaded.Task;

    public async Task LoadAsync(CancellationToken ct)
    {
        if (options.SecretKey is { } configured) _bytes = SHA256.HashData(Encoding.UTF8.GetBytes(configured));
        else if (database.Directory is { } directory) _bytes = FromFile(Path.Combine(directory, "busbar.key"));
        else _bytes = await FromTableAsync(ct);
        _loaded.TrySetResult();
    }

    private static byte[] FromFile(string path)
    {
        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            // Under another name first: a crash between making and writing must not leave an empty key.
            var draft = path + ".new";
            File.Delete(draft);
            using (var file = new FileStream(draft, options))
            {
                file.Write(RandomNumberGenerator.GetBytes(Size));
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path);
        }
        var bytes = File.ReadAllBytes(path);
        return bytes.Length == Size ? bytes : throw new InvalidOperationException($"The installation's key in '{path}' is damaged: {bytes.Length} bytes, not {Size}.");
    }

    private async Task<byte[]> FromTableAsync(CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (await reader.ReadAsync(TenantScope.System, KeyRow.Source, ct, RowMatch.Texts("name", KeyRow.Installation)) is [var row]) return row.Value;
            await using var db = await rooms.OpenAsync(TenantScope.System, ct);
            db.Keys.Add(new KeyRow { TenantId = default(TenantId), Name = KeyRow.Installation, Value = RandomNumberGenerator.GetBytes(Size) });
            try { await db.CommitAsync(ct); }
            catch (DbUpdateException error) when (error.IsDuplicateKey() && attempt == 0) { }   // another process was first: read its key
        }
    }
}
