using System.Text.Json;
using Busbar.Tests.Architecture;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>A browser's window on the console. What goes wrong in it is remembered until it is asked for.</summary>
public sealed class ConsoleBrowser : IAsyncDisposable
{
    private static readonly string Axe = Path.Combine(House.Root, "tests", "console", "node_modules", "axe-core", "axe.min.js");

    private readonly IBrowserContext _context;
    private readonly Uri _server;
    private readonly List<string> _faults = [];
    private IPage? _page;

    internal ConsoleBrowser(Uri server, IBrowserContext context)
    {
        (_server, _context) = (server, context);
        context.Page += (_, page) =>
        {
            page.Console += (_, said) => { if (said.Type is "error" or "warning") Fault($"console: {said.Text}"); };
            page.PageError += (_, error) => Fault($"script: {error}");
            page.RequestFailed += (_, request) => Fault($"request: {request.Method} {request.Url} {request.Failure}");
            page.Response += (_, response) => { if (response.Status >= 400) Fault($"answer: {response.Status} {response.Url}"); };
            page.Dialog += (_, dialog) => Fault($"dialog: {dialog.Message}");
        };
    }

    public IPage Page => _page!;

    /// <summary>Everything so far, which is then forgotten.</summary>
    public IReadOnlyList<string> TakeFaults()
    {
        lock (_faults)
        {
            string[] taken = [.. _faults];
            _faults.Clear();
            return taken;
        }
    }

    /// <summary>Nothing went wrong so far.</summary>
    public void IsClean()
    {
        var faults = TakeFaults();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>Where Debian has it; never one that a package brings.</summary>
    public static string Find() => new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser" }.FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("Chromium is not installed: ./test installs it, or apt-get install chromium.");

    /// <summary>Opens a page and waits until it is alive.</summary>
    public async Task<IResponse> GoAsync(string path, bool isAlive = true)
    {
        _page ??= await _context.NewPageAsync();
        var answer = await _page.GotoAsync(new Uri(_server, path).ToString());
        if (isAlive) await _page.WaitForSelectorAsync("[data-live]");
        return answer!;
    }

    public Task SetCookieAsync(string name, string value) => _context.AddCookiesAsync([new() { Name = name, Value = value, Url = _server.ToString() }]);

    public async Task ShootAsync(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(House.Root, "artifacts", "console")).FullName;
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
    }

    /// <summary>What WCAG 2.2 A and AA have against the page as it is now, as far as a program can tell.</summary>
    public async Task<IReadOnlyList<string>> BarriersAsync()
    {
        // Over the debugger's protocol: the page's own policy lets no script in.
        await Page.EvaluateAsync(await File.ReadAllTextAsync(Axe));
        var found = await Page.EvaluateAsync<JsonElement>("() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })");
        return [.. from violation in found.GetProperty("violations").EnumerateArray()
                   from node in violation.GetProperty("nodes").EnumerateArray()
                   select $"{violation.GetProperty("id").GetString()}: {node.GetProperty("html").GetString()} ({node.GetProperty("failureSummary").GetString()})"];
    }

    /// <summary>Pixels by which the page is wider than the window.</summary>
    public Task<int> OverhangAsync() => Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Fault(string fault)
    {
        lock (_faults) _faults.Add(fault);
    }
}
