using Busbar.Identity.Http;
using Busbar.Customers;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Microsoft.AspNetCore.Components;

namespace Busbar.Sessions.Console;

/// <summary>What charges at a station, and what did before.</summary>
internal sealed class StationSessionsPanel(SessionReading reading) : IReachPanel<StationId>
{
    private const int Shown = 5;

    public string Scope => Identity.Http.Scope.SessionsRead;

    // The page has asked whether the reach covers its station, and nothing else is shown here.
    public async ValueTask<RenderFragment> ReadAsync(Visit visit, StationId key, Reach reach, CancellationToken ct) =>
        SessionPanels.OfStation(visit, await reading.AtAsync(visit.Caller, key, Shown, ct));
}

/// <summary>What a token has charged.</summary>
internal sealed class TokenSessionsPanel(SessionReading reading) : IPanel<TokenCard>
{
    private const int Shown = 10;

    public string Scope => Identity.Http.Scope.SessionsRead;

    public async ValueTask<RenderFragment> ReadAsync(Visit visit, TokenCard key, CancellationToken ct) =>
        SessionPanels.OfToken(visit.Caller.May(Identity.Http.Scope.TokensReveal) ? key.Uid : null, await reading.WithAsync(visit.Caller, key.Uid, Shown, ct));
}

/// <summary>What charges now, what today brought, and what waits for a person.</summary>
internal sealed class SessionsHomePanel(SessionReading reading) : IReachPanel<Home>
{
    public string Scope => Identity.Http.Scope.SessionsRead;

    public async ValueTask<RenderFragment> ReadAsync(Visit visit, Home key, Reach reach, CancellationToken ct) =>
        SessionPanels.Now(await reading.NowAsync(visit.Caller.Tenant, reach, ct));
}
