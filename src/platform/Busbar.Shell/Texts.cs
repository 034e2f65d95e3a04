using System.Globalization;
using System.Reflection;
using System.Resources;

namespace Busbar.Shell;

/// <summary>A room's texts in every language of the console: <c>X.resx</c> in English and <c>X.de.resx</c> beside it.</summary>
/// <param name="file">With the namespace that its folder has, such as <c>Busbar.Stations.Console.StationTexts</c>.</param>
public sealed class Texts(string file, Assembly assembly)
{
    private readonly ResourceManager _texts = new(file, assembly);

    /// <param name="values">For the text's <c>{0}</c>, <c>{1}</c>, …</param>
    /// <exception cref="MissingManifestResourceException">There is no such text: a mistake in a page.</exception>
    public string Say(string name, params ReadOnlySpan<object?> values)
    {
        var text = _texts.GetString(name, CultureInfo.CurrentUICulture) ?? throw new MissingManifestResourceException($"There is no text '{name}' in {file}.");
        return values.Length == 0 ? text : string.Format(CultureInfo.CurrentCulture, text, values);
    }

    /// <summary>For a word that comes from outside and may be one that we do not know.</summary>
    public string SayOr(string name, string otherwise) => _texts.GetString(name, CultureInfo.CurrentUICulture) ?? otherwise;
}
