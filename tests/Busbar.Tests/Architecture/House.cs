using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Busbar.Tests.Architecture;

/// <summary>A project as its csproj tells it.</summary>
/// <param name="Folder">Relative to the root, with slashes: <c>src/lib/Busbar.Kernel</c>.</param>
internal sealed record Project(string Name, string Folder, string Assembly, params string[] References)
{
    /// <summary>For a rule's negative control: a project that exists in memory only.</summary>
    public static Project InSrc(string name, params string[] references) => new(name, $"src/x/{name}", name, references);

    public string Room => Name["Busbar.".Length..];

    public static Project Read(string root, string file)
    {
        var document = XDocument.Load(file);
        var name = Path.GetFileNameWithoutExtension(file);
        return new Project(
            name,
            Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace('\\', '/'),
            document.Descendants("AssemblyName").FirstOrDefault()?.Value ?? name,
            [.. document.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!))]);
    }
}

/// <summary>The repository as it lies on the disk, and the programs as they were built beside this one.</summary>
internal static class House
{
    public static string Root { get; } = Find();

    public static IReadOnlyList<Project> Projects { get; } = [.. Files("*.csproj").Select(file => Project.Read(Root, file)).OrderBy(project => project.Folder, StringComparer.Ordinal)];

    /// <summary>Files below the given folders of the root (all, if none is given), without what is built or fetched.</summary>
    public static IEnumerable<string> Files(string pattern, params string[] below) =>
        from folder in below.Length == 0 ? [Root] : below.Select(name => Path.Combine(Root, name)).Where(Directory.Exists)
        from file in Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)
        where !Relative(file).Split('/').Any(part => part is "bin" or "obj" or "node_modules" or "artifacts" or ".git" or ".packages")
        orderby file
        select file;

    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    /// <summary>The names of the assemblies, and the namespaces, that a built project really uses.</summary>
    public static (HashSet<string> Assemblies, HashSet<string> Namespaces) UsedBy(Project project)
    {
        var file = Path.Combine(AppContext.BaseDirectory, project.Assembly + ".dll");
        Assert.True(File.Exists(file), $"{project.Name} is not built beside the tests: Busbar.Tests must reference it.");
        using var portable = new PEReader(File.OpenRead(file));
        var metadata = portable.GetMetadataReader();
        return (
            [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))],
            [.. metadata.TypeReferences.Select(handle => metadata.GetString(metadata.GetTypeReference(handle).Namespace))]);
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Busbar.slnx")))
                return folder.FullName;
        throw new InvalidOperationException("Busbar.slnx is in no folder above the test program.");
    }
}
