using Busbar.Identity.Http;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Microsoft.AspNetCore.Components;

namespace Busbar.Stations.Console;

/// <summary>How the stations are, and what is broken: a connector that says so, and a station that left in the middle of a session.</summary>
internal sealed class StationsHomePanel(StationSurvey surveys, ICurrentSessions sessions) : IPanel<Home>
{
    // Those that left last: who has been away for long has no session that waits for it.
    private const int OfflineLookedAt = 500;

    public string Scope => Identity.Http.Scope.StationsRead;

    public async ValueTask<RenderFragment> ReadAsync(Visit visit, Home key, CancellationToken ct)
    {
        var survey = await surveys.OfAsync(visit.Caller.Tenant, ct);
        var byId = survey.Stations.ToDictionary(station => station.Id);
        var away = survey.Stations.Where(station => station is { Online: false, LastSeen: not null }).OrderByDescending(station => station.LastSeen).Take(OfflineLookedAt).Select(station => station.Id).ToArray();
        var open = (await sessions.AtAsync(visit.Caller.Tenant, away, ct)).CountBy(session => session.Station);
        var troubles = open.Select(pair => new StationsHome.Trouble(
                byId[pair.Key].Identity, StationTexts.Say(pair.Value == 1 ? "trouble-open-1" : "trouble-open", pair.Value), byId[pair.Key].LastSeen, StationTexts.Say("trouble-open-do")))
            .Concat(survey.Faults.Where(fault => byId.ContainsKey(fault.Station)).Select(fault => new StationsHome.Trouble(
                byId[fault.Station].Identity, StationTexts.Say("trouble-fault", fault.Evse, fault.Connector, fault.Error is null or "NoError" ? "" : $" ({fault.Error})"), fault.Since,
                StationTexts.Say("trouble-fault-do"))));
        return StationsHome.Draw(survey, [.. troubles]);
    }
}
