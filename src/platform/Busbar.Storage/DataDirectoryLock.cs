namespace Busbar.Storage;

/// <summary>Held for the life of the process: two processes on one embedded store would each believe that they own it.</summary>
public sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <exception cref="InvalidOperationException">Another process holds the folder.</exception>
    public static DataDirectoryLock Acquire(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, "busbar.lock");
        try
        {
            return new DataDirectoryLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error)
        {
            throw new InvalidOperationException($"Another process uses the data directory '{directory}'. One embedded store serves one process.", error);
        }
    }

    public void Dispose() => _file.Dispose();
}
