using System.Globalization;
using Busbar.Identity;
using Busbar.Storage;

namespace Busbar.Server;

/// <summary>
/// <c>busbar keys rotate</c>: makes a new key that the database's secrets are sealed with. On PostgreSQL beside servers that run, which hear of it and seal anew what is there; the embedded store
/// is one process's, so there it is for a server that is stopped (a running one: <c>POST /encryption-keys</c>).
/// </summary>
internal static class KeysCommand
{
    /// <summary>0: made; 2: not.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = BusbarHost.Build(args, RebuildCommand.LooksOnly);
            await using var database = app.Services.GetRequiredService<Database>();
            if (database.Directory is { } data && !File.Exists(Path.Combine(data, "busbar.db"))) throw new InvalidOperationException($"There is no store in {data}.");
            using var held = database.Directory is { } folder ? DataDirectoryLock.Acquire(folder) : null;
            await IdentityModule.LoadKeysAsync(app.Services, CancellationToken.None);
            var number = await IdentityModule.RotateKeysAsync(app.Services, CancellationToken.None);
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"the key {number} seals from now on; a running server seals anew what is there"));
            return 0;
        }
        catch (Exception error) when (error is InvalidOperationException or IOException or UnauthorizedAccessException or System.Data.Common.DbException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 2;
        }
    }

    public static int Usage()
    {
        Console.Error.WriteLine("usage: busbar keys rotate [--Busbar:DataDirectory=… | --ConnectionStrings:Busbar=…]");
        return 2;
    }
}
