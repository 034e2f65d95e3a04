using System.Net;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Http;

/// <summary>
/// What every answer tells a browser. An answer that is a page brings its own Content-Security-Policy; all others may load nothing at all.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string Nothing = "default-src 'none'; frame-ancestors 'none'";
    private const string OneYear = "max-age=31536000";

    public Task InvokeAsync(HttpContext context)
    {
        // At the last moment: an error clears the headers of the answer that it replaces.
        context.Response.OnStarting(static state =>
        {
            var context = (HttpContext)state;
            var headers = context.Response.Headers;
            if (headers.ContentSecurityPolicy.Count == 0) headers.ContentSecurityPolicy = Nothing;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            // Not "no-referrer": with that, browsers send "Origin: null" from our own forms.
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            if (context.Request.IsHttps && !IsThisMachine(context.Request.Host.Host)) headers.StrictTransportSecurity = OneYear;
            return Task.CompletedTask;
        }, context);
        return next(context);
    }

    /// <summary>A browser that learnt HTTPS for localhost would want it of every program there.</summary>
    public static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
