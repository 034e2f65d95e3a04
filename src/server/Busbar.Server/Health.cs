using Busbar.Identity.Http;
using Busbar.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Busbar.Server;

/// <summary>Live: the process answers. Ready: it has started whole, is not stopping, and its database answers.</summary>
internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => TypedResults.Text("live")).Open("an orchestrator asks without a key").ExcludeFromDescription();
        app.MapGet("/health/ready", ReadyAsync).Open("an orchestrator asks without a key").ExcludeFromDescription();
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> ReadyAsync(IHostApplicationLifetime lifetime, Database database, CancellationToken ct)
    {
        if (!lifetime.ApplicationStarted.IsCancellationRequested) return NotReady("Starting.");
        if (lifetime.ApplicationStopping.IsCancellationRequested) return NotReady("Stopping.");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            await database.ProbeAsync(patience.Token);
            return TypedResults.Text("ready");
        }
        catch (Exception) when (!ct.IsCancellationRequested) { return NotReady("The database does not answer."); }
    }

    private static ProblemHttpResult NotReady(string why) => Problems.Of(StatusCodes.Status503ServiceUnavailable, "notReady", why);
}
