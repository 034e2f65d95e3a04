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
            <header>Busbar</header>
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
        :root { color-scheme: light dark; --surface: light-dark(#ffffff, #181c22); --line: light-dark(#dfe3e8, #2c323b); --edge: light-dark(#868f9f, #6b7585); --text: light-dark(#171b21, #e8ebef);
          --accent: light-dark(#1f5fd0, #7fb0ff); --on-accent: light-dark(#ffffff, #0c1420); --bad: light-dark(#b3261e, #ff938a); --bad-soft: light-dark(#fdeae8, #43201d);
          background: light-dark(#f6f7f9, #101317); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        body { max-width: 26rem; margin: 9vh auto 2rem; padding: 0 1rem; }
        header { margin-bottom: 1rem; font-size: 1.1rem; font-weight: 700; }
        main { padding: 1.5rem 1.75rem 1.75rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--surface); }
        main > :last-child { margin-bottom: 0; }
        h1 { margin: 0 0 1rem; font-size: 1.4rem; line-height: 1.25; letter-spacing: -.01em; overflow-wrap: anywhere; }
        h2 { margin: 2rem 0 .5rem; font-size: 1rem; }
        a { color: var(--accent); }
        label { display: block; margin: 1rem 0; font-weight: 600; }
        input { box-sizing: border-box; width: 100%; margin-top: .3rem; padding: .55rem .75rem; border: 1px solid var(--edge); border-radius: .5rem; background: var(--surface); color: var(--text); font: inherit; font-weight: 400; }
        form + form, form + h2 { margin-top: 1.5rem; }
        button, .button { display: inline-block; margin-right: .35rem; padding: .5rem 1.1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--surface); color: var(--text); font: inherit; font-weight: 600; text-decoration: none; cursor: pointer; }
        button:hover, .button:hover { border-color: var(--edge); }
        form:not([action="/signout"]) > button:not([type=button], [formaction]), p:last-child > .button { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .qr { display: block; width: 12rem; max-width: 100%; }
        code { overflow-wrap: anywhere; }
        [role=alert]:empty { display: none; }
        [role=alert] { padding: .6rem .9rem; border-radius: .5rem; background: var(--bad-soft); color: var(--bad); }
        @media (max-width: 30rem) {
          :root { background: var(--surface); }
          body { margin-top: 1.5rem; }
          main { padding: 0; border: 0; }
        }

        """;
}
