using Busbar.Kernel;
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
/// <param name="From">Whoever may read tariffs sees it: it is no place for a secret. The bidding zone's EIC code; a URL, in which <c>{from}</c> and <c>{until}</c> become the asked times; or a file's name.</param>
internal sealed record CurveSource(CurveSourceKind Kind, string From);

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
