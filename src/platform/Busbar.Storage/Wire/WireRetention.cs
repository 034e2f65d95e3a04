using Busbar.Kernel;
using Busbar.Storage.Retention;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Storage.Wire;

/// <summary>Frames that are too old to be looked at.</summary>
internal sealed class WireRetention(IWireStore store, IOptions<WireLogOptions> options) : IRetention
{
    public RetentionRule Rule { get; } = new("wireLog", options.Value.Days, 1, 400,
        "Messages between stations and this server, as they were on the wire.",
        "To find out what a station really said, while somebody may still ask. They hold the numbers of cards.");

    public IReadOnlyList<string> Tables { get; } = ["storage_wirelog"];

    public Task<int> CutAsync(TenantId tenant, Instant before, int most, CancellationToken ct) => store.ForgetAsync(tenant, before, most, ct);

    public Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct) => store.OldestAsync(tenant, ct);
}
