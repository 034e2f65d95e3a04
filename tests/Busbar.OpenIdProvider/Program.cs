using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

// An OpenID provider as others run it (OpenIddict), for tests: one client, people whom a test makes. args: its own address, the client's id, the client's secret.
var (address, clientId, secret) = (args[0], args[1], args[2]);
var people = new ConcurrentDictionary<string, User>();

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls(address);
builder.Services.AddOpenIddict().AddServer(server =>
{
    // Without a store: what it knows of clients is asked of the handlers below.
    server.EnableDegradedMode();
    server.SetIssuer(new Uri(address));
    server.SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token").SetEndSessionEndpointUris("logout");
    server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
    server.RegisterScopes(Scopes.Email, Scopes.Profile);
    server.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
    server.AddEventHandler<ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
    {
        if (context.ClientId != clientId) context.Reject(Errors.InvalidClient, "Unknown client.");
        else if (context.RedirectUri is not { } redirect || !Uri.TryCreate(redirect, UriKind.Absolute, out var url) || !url.IsLoopback || url.AbsolutePath != "/signin/callback") context.Reject(Errors.InvalidClient, "Unknown redirect URI.");
        return default;
    }));
    server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
    {
        if (context.ClientId != clientId || context.ClientSecret != secret) context.Reject(Errors.InvalidClient, "Unknown client or wrong secret.");
        return default;
    }));
    server.AddEventHandler<ValidateEndSessionRequestContext>(handler => handler.UseInlineHandler(_ => default));
    server.UseAspNetCore().DisableTransportSecurityRequirement().EnableAuthorizationEndpointPassthrough().EnableEndSessionEndpointPassthrough();
});

var app = builder.Build();
app.UseAuthentication();
app.MapGet("/authorize", (HttpContext http) =>
{
    var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("No request of OpenID Connect.");
    if (!people.TryGetValue(http.Request.Query["user"].ToString(), out var user)) return Results.Content(Form(http.Request), "text/html");
    var identity = new ClaimsIdentity("OpenIddict", Claims.Name, Claims.Role);
    identity.SetClaim(Claims.Subject, user.Subject).SetClaim(Claims.Email, user.Email).SetClaim(Claims.EmailVerified, user.IsVerified).SetClaim(Claims.Name, user.Name)
        .SetClaims("groups", [.. user.Groups]);
    if (user.HadSecondFactor) identity.SetClaims(Claims.AuthenticationMethodReference, ImmutableArray.Create("pwd", "mfa"));
    identity.SetScopes(request.GetScopes());
    identity.SetDestinations(static _ => [Destinations.IdentityToken]);
    return Results.SignIn(new ClaimsPrincipal(identity), null, OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
});
app.MapGet("/logout", () => Results.SignOut(new AuthenticationProperties { RedirectUri = "/" }, [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]));
// A browser that finds none calls it a fault.
app.MapGet("/favicon.ico", () => Results.NoContent());
// Only the tests reach it.
app.MapPut("/people/{name}", (string name, User user) => { people[name] = user; return Results.NoContent(); });
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("listening"));
await app.RunAsync();

static string Form(HttpRequest request) =>
    $"""
    <!DOCTYPE html><html lang="en"><title>Provider</title><h1>Who are you?</h1><form method="get" action="/authorize">
    {string.Concat(request.Query.Where(pair => pair.Key != "user").Select(pair => $"<input type=\"hidden\" name=\"{HtmlEncoder.Default.Encode(pair.Key)}\" value=\"{HtmlEncoder.Default.Encode(pair.Value.ToString())}\">"))}
    <label>User <input name="user"></label><button>Go</button></form></html>
    """;

/// <summary>Somebody whom the provider knows.</summary>
internal sealed record User(string Subject, string Email, bool IsVerified, string Name, string[] Groups, bool HadSecondFactor);
