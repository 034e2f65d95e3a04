using Busbar.Identity.Http;
using Busbar.Shell;
using Microsoft.AspNetCore.Components;

namespace Busbar.Stations.Console;

/// <summary>How many stations are there, away and faulted. What is broken is Busbar.Operations' to say.</summary>
internal sealed class StationsHomePanel(StationSurvey surveys) : IReachPanel<Home>
{
    public string Scope => Identity.Http.Scope.StationsRead;

    public async ValueTask<RenderFragment> ReadAsync(Visit visit, Home key, Reach reach, CancellationToken ct) => StationsHome.Draw(await surveys.OfAsync(visit.Caller.Tenant, reach, ct));
}
