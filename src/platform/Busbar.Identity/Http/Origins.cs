using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Http;

/// <summary>
/// Against requests that another site makes with an operator's cookie: what changes something, or opens a socket, must come from our own pages.
/// A request that says nothing of its origin is refused like a foreign one; programs send keys and no cookies.
/// </summary>
internal static class Origins
{
    /// <summary>A browser says it in <c>Sec-Fetch-Site</c>, which no page can set; an older one in <c>Origin</c>.</summary>
    public static bool AreOwn(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return site.Length > 0
            ? site == "same-origin"
            : string.Equals(request.Headers.Origin.ToString(), $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    public static bool NeedsOwn(HttpContext context) =>
        context.WebSockets.IsWebSocketRequest || !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method));
}
