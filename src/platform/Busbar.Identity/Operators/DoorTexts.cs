using System.Globalization;
using System.Resources;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Operators;

/// <summary>What the pages before the sign-in say, and the mails that lead there. The console has its own texts, in a room to the right.</summary>
internal static class DoorTexts
{
    private const string Cookie = "busbar-language";   // as the console sets it

    private static readonly ResourceManager Texts = new("Busbar.Identity.Operators.DoorTexts", typeof(DoorTexts).Assembly);
    private static readonly string[] Languages = ["en", "de"];

    /// <exception cref="MissingManifestResourceException">There is no such text: a mistake in a page.</exception>
    public static string Say(string name, string language, params object?[] values)
    {
        var culture = CultureInfo.GetCultureInfo(language);
        var text = Texts.GetString(name, culture) ?? throw new MissingManifestResourceException($"There is no text '{name}'.");
        return values.Length == 0 ? text : string.Format(culture, text, values);
    }

    /// <summary>The first of a tenant's languages that we speak.</summary>
    public static string LanguageOf(IEnumerable<string> tags) => tags.Select(tag => tag.Split('-')[0]).FirstOrDefault(tag => Languages.Contains(tag)) ?? Languages[0];

    /// <summary>What was chosen in the console, else what the browser asks for first.</summary>
    public static string LanguageOf(HttpRequest request) =>
        new[] { request.Cookies[Cookie] }.Concat(request.GetTypedHeaders().AcceptLanguage.OrderByDescending(wish => wish.Quality ?? 1).Select(wish => wish.Value.Value))
            .Select(tag => tag?.Split('-')[0].ToLowerInvariant()).FirstOrDefault(tag => Languages.Contains(tag)) ?? Languages[0];
}
