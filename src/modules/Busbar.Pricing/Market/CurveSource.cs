using System.Text;
using System.Text.Json.Serialization;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Storage;
using NodaTime;

namespace Busbar.Pricing.Market;

/// <summary>Who tells a curve's prices.</summary>
internal enum CurveSourceKind
{
    /// <summary>The transparency platform of ENTSO-E: day-ahead prices (A44) of a bidding zone.</summary>
    Entsoe,

    /// <summary>A document of <see cref="PriceDocument"/>, by https.</summary>
    Json,

    /// <summary>A file that something else puts into the tenant's folder on the server.</summary>
    File,
}

/// <param name="Kind">Who tells them.</param>
/// <param name="From">Only who may change tariffs sees all of a URL, for it may hold a secret. The bidding zone's EIC code; a URL, in which <c>{from}</c> and <c>{until}</c> become the asked times; or a file's name.</param>
internal sealed record CurveSource(CurveSourceKind Kind, string From)
{
    /// <summary>As a caller may see it: whole only for who may change it.</summary>
    public CurveSource For(Caller caller) => caller.May(Scope.TariffsWrite) ? this : Shown;

    /// <summary>As those see it who may only read: of a URL no more than whose it is. A secret may stand in its query, in its path, and before the host.</summary>
    private CurveSource Shown => Kind != CurveSourceKind.Json ? this
        : this with { From = Uri.TryCreate(From, UriKind.Absolute, out var url) && url.Host.Length > 0 ? $"{url.Scheme}://{url.Authority[(url.Authority.LastIndexOf('@') + 1)..]}/…" : "…" };
}

/// <summary>Curves' sources as they lie in the database: where the prices come from is sealed, for it may hold a secret.</summary>
internal sealed class CurveSources(SealedBox box)
{
    public const string Purpose = "curve-source";

    /// <summary>Null: the curve has none.</summary>
    public CurveSource? Of(CurveRow row) => row is { SourceKind: { } kind, SourceFrom: { } from } ? new CurveSource(kind, Encoding.UTF8.GetString(box.Open(Purpose, from))) : null;

    public byte[] Seal(CurveSource source) => box.Seal(Purpose, Encoding.UTF8.GetBytes(source.From));
}

/// <summary>What a provider is asked.</summary>
/// <param name="Tenant">Whose curve it is.</param>
/// <param name="From">Of the source.</param>
/// <param name="StepSeconds">The length of the curve's intervals.</param>
/// <param name="Begin">The first moment of interest.</param>
/// <param name="End">Not included. More may come than was asked for.</param>
internal sealed record CurveQuestion(TenantId Tenant, string From, int StepSeconds, Instant Begin, Instant End);

/// <summary>Asks one kind of source.</summary>
internal interface ICurveProvider
{
    CurveSourceKind Kind { get; }

    /// <summary>What is wrong with where the prices are to come from; null: nothing.</summary>
    /// <param name="stepSeconds">The length of the curve's intervals.</param>
    string? Fault(string from, int stepSeconds);

    /// <exception cref="HttpRequestException">It is not there, or may not be asked.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    Task<CurveRead> FetchAsync(CurveQuestion question, CancellationToken ct);
}
