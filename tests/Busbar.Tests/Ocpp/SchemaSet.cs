using System.Text.Json;

namespace Busbar.Tests.Ocpp;

/// <summary>The standard's JSON schemas, which lie beside the project and are not part of it.</summary>
internal static class SchemaSet
{
    public static string? Folder { get; } = Find();

    public static IReadOnlyList<(string Name, JsonElement Schema)> Read(params string[] sets)
    {
        Assert.SkipWhen(Folder is null, "The OCPP schemas (../shared/data/ocpp-schemas) are not on this machine: nothing was compared.");
        return
        [
            .. from set in sets
               from file in Directory.EnumerateFiles(Path.Combine(Folder!, set), "*.json").Order(StringComparer.Ordinal)
               let text = File.ReadAllText(file)                 // some files begin with a byte order mark
               select (Path.GetFileNameWithoutExtension(file), JsonElement.Parse(text)),
        ];
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Busbar.slnx")))
            {
                var schemas = Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "data", "ocpp-schemas"));
                return Directory.Exists(schemas) ? schemas : null;
            }
        }

        return null;
    }
}
