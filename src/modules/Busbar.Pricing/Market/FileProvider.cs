using System.Text.RegularExpressions;
using Busbar.Identity;
using Microsoft.Extensions.Options;

namespace Busbar.Pricing.Market;

/// <summary>
/// A file in the tenant's own folder below <c>Busbar:Pricing:PriceFolder</c>, named by the tenant's slug: <c>.xml</c> is an <see cref="EntsoeDocument"/>, <c>.json</c> a
/// <see cref="PriceDocument"/>. It names no folder and is no link, so that nobody reads what is another's.
/// </summary>
internal sealed partial class FileProvider(ITenants tenants, IOptions<PricingOptions> options) : ICurveProvider
{
    private const int MostBytes = 1 << 20;

    public CurveSourceKind Kind => CurveSourceKind.File;

    public string? Fault(string from, int stepSeconds) =>
        options.Value.PriceFolder is not { Length: > 0 } ? $"Needs {PricingOptions.Section}:PriceFolder on the server."
        : Name().IsMatch(from) ? null : "Must be a file's name that ends in .json or .xml, without a folder.";

    public async Task<CurveRead> FetchAsync(CurveQuestion question, CancellationToken ct)
    {
        if (Fault(question.From, question.StepSeconds) is { } fault) return new CurveRead.Wrong(fault);
        if (tenants.All.FirstOrDefault(tenant => tenant.Id == question.Tenant) is not { } owner) return new CurveRead.Nothing();
        var file = new FileInfo(Path.Combine(options.Value.PriceFolder!, owner.Slug, question.From));
        if (!file.Exists) return new CurveRead.Wrong("There is no such file.");
        // Nor is anything opened that is no file: a pipe would be waited for without an end, and has no length.
        if (file.LinkTarget is not null || file.Length == 0) return new CurveRead.Wrong("It is empty, or no file.");
        await using var stream = file.OpenRead();
        if (stream.Length > MostBytes) return new CurveRead.Wrong($"It has more than {MostBytes} bytes.");
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, ct);
        bytes.Position = 0;
        return question.From.EndsWith(".xml", StringComparison.Ordinal) ? EntsoeDocument.Read(bytes, question.StepSeconds) : PriceDocument.Read(bytes.ToArray(), question.StepSeconds);
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\\.(?:json|xml)$")]
    private static partial Regex Name();
}
