using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Localization;

namespace Busbar.Shell;

/// <summary>The languages that every page is written in. Chosen by hand (a cookie), else by what the browser asks for.</summary>
internal static class Languages
{
    public const string Cookie = "busbar-language";

    /// <summary>The first is for who speaks none of them.</summary>
    public static IReadOnlyList<(string Tag, string Name)> All { get; } = [("en", "English"), ("de", "Deutsch")];

    // English with the day first and 24 hours: most that read it here are no Americans.
    private const string English = "en-GB";
    private const string German = "de-DE";

    /// <summary>For the console only: what an API writes must never depend on who reads it.</summary>
    public static void Use(IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(ConsoleMap.Root),
        console => console.UseRequestLocalization(new RequestLocalizationOptions
        {
            DefaultRequestCulture = new RequestCulture(English),
            SupportedCultures = [new CultureInfo(English), new CultureInfo(German)],
            SupportedUICultures = [new CultureInfo(English), new CultureInfo(German)],
            RequestCultureProviders =
            [
                new CustomRequestCultureProvider(http => Task.FromResult(http.Request.Cookies[Cookie] is { } tag && Of(tag) is { } culture ? new ProviderCultureResult(culture) : null)),
                new CustomRequestCultureProvider(http => Task.FromResult(
                    http.Request.GetTypedHeaders().AcceptLanguage.OrderByDescending(wish => wish.Quality ?? 1).Select(wish => Of(wish.Value.ToString())).FirstOrDefault(found => found is not null) is { } culture
                        ? new ProviderCultureResult(culture)
                        : null)),
            ],
        }));

    private static string? Of(string tag) => tag.Split('-')[0].ToLowerInvariant() switch { "en" => English, "de" => German, _ => null };
}
