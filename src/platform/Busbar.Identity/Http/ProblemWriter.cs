using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Http;

/// <summary>The outermost edge: whatever ends a request without a body of its own leaves as a problem, and never with an exception's text.</summary>
internal sealed class ProblemWriter(RequestDelegate next, ILogger<ProblemWriter> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            var response = context.Response;
            if (response is { HasStarted: false, StatusCode: >= 400, ContentType: null, ContentLength: null } && !context.WebSockets.IsWebSocketRequest)
                await Problems.OfStatus(response.StatusCode).ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            var problem = error switch
            {
                ProblemException known => known.Problem,
                BadHttpRequestException { StatusCode: 400 } => Problems.BadRequest("invalidParameter", "A parameter of the request is missing or has the wrong format."),
                BadHttpRequestException bad => Problems.OfStatus(bad.StatusCode),
                DbUpdateConcurrencyException => Problems.Conflict("changedMeanwhile", "Someone else changed it at the same moment; read it again."),
                _ => null,
            };
            if (problem is null)
            {
                Log.RequestFailed(log, error, context.Request.Method, context.GetEndpoint()?.DisplayName ?? "no route");
                problem = Problems.OfStatus(500);
            }
            var headers = context.Response.Headers.WWWAuthenticate;
            context.Response.Clear();
            context.Response.Headers.WWWAuthenticate = headers;
            await problem.ExecuteAsync(context);
        }
    }
}
