using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Busbar.Storage;

namespace Busbar.Server.Demo;

/// <summary>The folder of a demo: its store, and the files that say that it is one. Nothing else is ever taken for a demo's.</summary>
internal sealed class DemoFolder
{
    private const string KeyFile = "demo.key";
    private const string ReadyFile = "demo.ready";
    private const int KeyBytes = 32;
    private static readonly string[] Store = ["busbar.db*", "wirelog.db*", "busbar.key"];
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly byte[] _key;

    private DemoFolder(string path, byte[] key) => (Directory, _key) = (path, key);

    public string Directory { get; }

    /// <summary>The network was set up by an earlier start.</summary>
    public bool IsReady => File.Exists(Path.Combine(Directory, ReadyFile));

    /// <summary>Whether a demo lives there; no other start may: what it stored would be taken for a demo's.</summary>
    public static bool Is(string path) => File.Exists(Path.Combine(path, KeyFile));

    /// <summary>A demo that was not set up to its end begins anew.</summary>
    /// <exception cref="InvalidOperationException">The folder holds something else, or another process uses it.</exception>
    public static DemoFolder Open(string path)
    {
        var marker = Path.Combine(path, KeyFile);
        if (System.IO.Directory.Exists(path) && System.IO.Directory.EnumerateFileSystemEntries(path).Any() && !Is(path))
            throw new InvalidOperationException($"{path} holds something else than a demo. Name another folder by Busbar:DataDirectory.");
        System.IO.Directory.CreateDirectory(path);
        if (Is(path) && !File.Exists(Path.Combine(path, ReadyFile)))
        {
            using var mine = DataDirectoryLock.Acquire(path);
            // By name, and nothing else that somebody may have put there.
            foreach (var file in Store.SelectMany(pattern => System.IO.Directory.EnumerateFiles(path, pattern)).ToList()) File.Delete(file);
        }
        if (!Is(path)) Write(marker, RandomNumberGenerator.GetBytes(KeyBytes));
        return new DemoFolder(path, File.ReadAllBytes(marker));
    }

    /// <summary>The same at each start, and nobody's guess.</summary>
    public string PasswordOf(string stationId) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(stationId)))[..24];

    public void Ready() => Write(Path.Combine(Directory, ReadyFile), []);

    private static void Write(string file, byte[] content)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnersOnly;
        using var stream = new FileStream(file, options);
        stream.Write(content);
    }
}
