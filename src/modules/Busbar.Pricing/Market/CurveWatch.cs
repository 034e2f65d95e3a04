using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using NodaTime;

namespace Busbar.Pricing.Market;

/// <summary>Answers from memory, as a session that begins is.</summary>
internal sealed class CurveWatch(CurveBook curves, TariffBook tariffs) : ICurveWatch
{
    public async ValueTask<IReadOnlyList<WatchedCurve>> ReadAsync(TenantId tenant, Instant now, CancellationToken ct)
    {
        var watched = new List<WatchedCurve>();
        foreach (var curve in await curves.AllAsync(tenant, ct))
        {
            if (curve.SourceKind is null && (await tariffs.FollowersAsync(tenant, curve.Name, ct)).Count == 0) continue;
            var zone = FetchPlan.ZoneOf(curve);
            var plan = FetchPlan.Of(now, zone);
            watched.Add(new WatchedCurve(
                curve.Id, curve.Name, zone, plan.Today, (await curves.OfAsync(tenant, curve, plan.Today, plan.Tomorrow, ct)).IsWhole, (await curves.OfAsync(tenant, curve, plan.Tomorrow, plan.End, ct)).IsWhole));
        }
        return watched;
    }
}
