using Busbar.Identity.Http;
using Busbar.Shell;
using Microsoft.AspNetCore.Components;

namespace Busbar.Operations.Console;

/// <summary>What is broken now, what it costs, and what to do first.</summary>
internal sealed class AlertsHomePanel(AlertReading reading) : IReachPanel<Home>
{
    private const int Shown = 8;

    public string Scope => Identity.Http.Scope.AlertsRead;

    public async ValueTask<RenderFragment> ReadAsync(Visit visit, Home key, Reach reach, CancellationToken ct)
    {
        var now = await reading.NowAsync(visit.Caller, reach, Shown, ct);
        var writable = await reading.WritableAsync(visit.Caller, ct);
        return builder =>
        {
            builder.OpenComponent<BrokenList>(0);
            builder.AddComponentParameter(1, nameof(BrokenList.Broken), now);
            builder.AddComponentParameter(2, nameof(BrokenList.Writable), writable);
            builder.CloseComponent();
        };
    }
}
