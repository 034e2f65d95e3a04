using System.Text;
using Busbar.Kernel;

namespace Busbar.Storage.Wire;

/// <summary>Takes what names a person out of frames that are kept: of tokens these have the beginnings only, but a text of a vendor's own may say anything.</summary>
public sealed class WireErasure
{
    private readonly WireLog _log;

    internal WireErasure(WireLog log) => _log = log;

    /// <summary>Overwrites these words wherever the tenant's frames have them, in any case.</summary>
    /// <returns>In how many frames.</returns>
    public Task<long> EraseAsync(TenantId tenant, IEnumerable<string> words, CancellationToken ct) => _log.EraseAsync(tenant, [.. words.Select(Encoding.UTF8.GetBytes)], ct);
}
