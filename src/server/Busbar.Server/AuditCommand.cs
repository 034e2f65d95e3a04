using System.Globalization;
using Busbar.Identity;
using Busbar.Identity.Audit;
using Busbar.Storage;
using Busbar.Storage.Audit;

namespace Busbar.Server;

/// <summary>
/// <c>busbar audit verify</c>: whether the audit is what was sealed, from the database, also beside a server that runs, or from an exported file. It changes nothing and starts nothing.
/// </summary>
internal static class AuditCommand
{
    /// <summary>0: every chain is whole and every anchor agrees; 1: not so, and each trouble is a line; 2: it could not be looked at.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (!TryRead(args, "--file", out var file, out args) || !TryRead(args, "--anchors", out var folder, out args)) return Usage();
        try
        {
            // Of a file alone nothing is needed that is this installation's.
            if (file is not null && folder is null && args.Length == 0) return await SayFileAsync(file, []) ? 0 : 1;
            await using var app = BusbarHost.Build(args, RebuildCommand.LooksOnly);
            await using var database = app.Services.GetRequiredService<Database>();
            if (database.Directory is { } data && !File.Exists(Path.Combine(data, "busbar.db"))) throw new InvalidOperationException($"There is no store in {data}.");
            await IdentityModule.LoadKeysAsync(app.Services, CancellationToken.None);
            var anchors = app.Services.GetRequiredService<AuditAnchors>();
            var known = (folder ?? anchors.Folder) is { } path ? anchors.Read(path) : new AnchorFolder([], 0, []);
            foreach (var problem in known.Problems) await SayAsync($"anchors: {problem}");
            if (known.Files > 0) await SayAsync($"{known.Files} files of anchors are as they were signed");
            else await Console.Out.WriteLineAsync("no anchors: a chain whose end is gone looks whole");
            var isWhole = file is null ? await SayStoreAsync(database, known.Anchors) : await SayFileAsync(file, known.Anchors);
            return isWhole && known.Problems.Count == 0 ? 0 : 1;
        }
        catch (Exception error) when (error is InvalidOperationException or IOException or UnauthorizedAccessException or FormatException or System.Data.Common.DbException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return 2;
        }
    }

    public static int Usage()
    {
        Console.Error.WriteLine("usage: busbar audit verify [--file=audit.jsonl] [--anchors=folder] [--Busbar:DataDirectory=… | --ConnectionStrings:Busbar=…]");
        return 2;
    }

    private static async Task<bool> SayStoreAsync(Database database, IReadOnlyList<AuditAnchor> anchors)
    {
        var isWhole = await SayAllAsync(AuditVerifier.VerifyAsync(database, anchors, CancellationToken.None));
        if (await AuditVerifier.CountWaitingAsync(database, CancellationToken.None) is > 0 and var waiting) await SayAsync($"{waiting} entries have no place yet");
        return isWhole;
    }

    private static async Task<bool> SayFileAsync(string file, IReadOnlyList<AuditAnchor> anchors)
    {
        await using var stream = File.OpenRead(file);
        return await SayAllAsync(AuditVerifier.VerifyAsync(stream, anchors, CancellationToken.None));
    }

    private static async Task<bool> SayAllAsync(IAsyncEnumerable<AuditVerdict> verdicts)
    {
        var (isWhole, count) = (true, 0);
        await foreach (var verdict in verdicts)
        {
            count++;
            if (verdict.Break is { } broken) await SayAsync($"{verdict.Tenant}: BROKEN at {broken.Sequence}: {Name(broken.Kind)}: {broken.Detail} (right up to {verdict.Last}, {verdict.Entries} entries)");
            else await SayAsync($"{verdict.Tenant}: {verdict.Entries} entries, {verdict.First} to {verdict.Last}, {verdict.Anchors} anchors agree, head {Convert.ToHexStringLower(verdict.Head)}");
            isWhole &= verdict.Break is null;
        }
        await Console.Out.WriteLineAsync(count == 0 ? "there is no chain" : isWhole ? "every chain is whole" : "NOT WHOLE");
        return isWhole;
    }

    private static string Name(AuditBreakKind kind) => kind.ToString().ToLowerInvariant();

    private static Task SayAsync(FormattableString line) => Console.Out.WriteLineAsync(line.ToString(CultureInfo.InvariantCulture));

    /// <summary>Takes <c>--name=value</c> or <c>--name value</c> out of the arguments. False: the value is missing.</summary>
    private static bool TryRead(string[] args, string name, out string? value, out string[] rest)
    {
        (value, rest) = (null, args);
        var place = Array.FindIndex(args, arg => arg == name || arg.StartsWith(name + "=", StringComparison.Ordinal));
        if (place < 0) return true;
        var isApart = args[place] == name;
        if (isApart && place + 1 == args.Length) return false;
        value = isApart ? args[place + 1] : args[place][(name.Length + 1)..];
        rest = [.. args[..place], .. args[(place + (isApart ? 2 : 1))..]];
        return value.Length > 0;
    }
}
