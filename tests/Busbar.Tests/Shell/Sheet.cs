using System.IO.Compression;
using System.Xml.Linq;

namespace Busbar.Tests.Shell;

/// <summary>The first sheet of a workbook, read as strictly as XML is: what Excel calls corrupt does not open here either.</summary>
internal sealed record Sheet(IReadOnlyList<IReadOnlyList<SheetCell>> Rows, bool HasFormulae)
{
    public static Sheet Open(byte[] workbook)
    {
        using var zip = new ZipArchive(new MemoryStream(workbook));
        using var stream = zip.Entries.Single(entry => entry.FullName.StartsWith("xl/worksheets/sheet1", StringComparison.Ordinal)).Open();
        var sheet = XDocument.Load(stream);
        XNamespace main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        return new Sheet(
            [.. sheet.Descendants(main + "row").Select(row => row.Elements(main + "c").Select(cell => new SheetCell(cell.Value, (string?)cell.Attribute("t") ?? "n")).ToList())],
            sheet.Descendants(main + "f").Any());
    }
}

/// <param name="Type"><c>n</c>: a number; <c>inlineStr</c>: a text.</param>
internal readonly record struct SheetCell(string Text, string Type);
