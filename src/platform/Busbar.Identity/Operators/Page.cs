using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Operators;

/// <summary>A static page of ours: it loads its own style and script and nothing else, and is never kept by a cache.</summary>
internal sealed class Page(string title, string body, int status = StatusCodes.Status200OK, string language = "en") : IResult
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.CacheControl = "no-store";
        return response.WriteAsync(
            $"""
            <!DOCTYPE html>
            <html lang="{language}">
            <head>
              <meta charset="utf-8">
              <meta name="viewport" content="width=device-width, initial-scale=1">
              <title>{Text(title)} · Busbar</title>
              <link rel="stylesheet" href="/door.css">
            </head>
            <body>
            <main>
            <h1>{Text(title)}</h1>
            {body}
            </main>
            </body>
            </html>

            """, httpContext.RequestAborted);
    }

    /// <summary>What went wrong, or nothing.</summary>
    public static string Alert(string? message) => message is null ? "" : $"""<p role="alert">{Text(message)}</p>""";

    public static string Text(string text) => HtmlEncoder.Default.Encode(text);

    public const string Style =
        """
        :root { color-scheme: light dark; background: Canvas; color: CanvasText; font: 16px/1.5 system-ui, sans-serif; }
        body { margin: 0; }
        main { max-width: 24rem; margin: 10vh auto; padding: 0 1rem; }
        h1 { font-size: 1.5rem; }
        label { display: block; margin: 1rem 0; }
        input { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; }
        form ~ form { margin-top: 1.5rem; }
        button, .button { padding: .5rem 1.5rem; font: inherit; }
        .button { display: inline-block; border: 1px solid; border-radius: .25rem; color: inherit; text-decoration: none; }
        h2 { font-size: 1.125rem; margin-top: 2rem; }
        .qr { display: block; width: 12rem; max-width: 100%; }
        code { overflow-wrap: anywhere; }
        [role=alert]:empty { display: none; }
        [role=alert] { padding: .5rem 1rem; border-left: .25rem solid #c62828; }

        """;
}
