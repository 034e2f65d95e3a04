using NodaTime;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Busbar.Shell;

/// <summary>A workbook of one sheet, written as it is read. Numbers are numbers, and times are dates on the tenant's clock.</summary>
internal static class SheetFile
{
    /// <summary>A sheet has no more, and its head takes one.</summary>
    public const int MostRows = 1_048_576 - 1;

    private const double Narrow = 16, Wide = 22;

    // Before it, Excel's calendar has a day that never was.
    private static readonly LocalDate FirstDate = new(1900, 3, 1);

    /// <exception cref="InvalidOperationException">There are more rows than a sheet holds.</exception>
    public static async Task WriteAsync(Stream output, string title, FileOfList list, FileRequest request, DateTimeZone zone, CancellationToken ct)
    {
        await using var book = await Spreadsheet.CreateNewAsync(output, new SpreadCheetahOptions { CompressionLevel = SpreadCheetahCompressionLevel.Fastest }, ct);
        var head = book.AddStyle(new Style { Font = { Bold = true } });
        var date = book.AddStyle(new Style { Format = NumberFormat.Custom("yyyy-mm-dd hh:mm:ss") });
        var sheet = new WorksheetOptions { FrozenRows = 1 };
        for (var i = 0; i < list.Heads.Count; i++) sheet.Column(i + 1).Width = list.Heads[i].IsTime ? Wide : Narrow;
        await book.StartWorksheetAsync(title, sheet, ct);
        await book.AddHeaderRowAsync([.. list.Heads.Select(column => column.IsTime ? $"{column.Title} ({zone.Id})" : column.Title)], head, ct);
        var cells = new Cell[list.Heads.Count];
        await foreach (var row in list.RowsAsync(request, ct))
        {
            if (book.NextRowNumber > MostRows + 1) throw new InvalidOperationException("The list has grown beyond what a sheet holds.");
            for (var i = 0; i < cells.Length; i++) cells[i] = CellOf(row[i], zone, date);
            await book.AddRowAsync(cells, ct);
        }
        await book.FinishAsync(ct);
    }

    private static Cell CellOf(in FileCell cell, DateTimeZone zone, StyleId date)
    {
        if (cell.Text is { } text) return new Cell(HarmlessText.Of(text));
        if (cell.Number is { } number) return new Cell(number);
        if (cell.At is not { } at) return new Cell((string?)null);
        var local = Calendar.Clamp(at).InZone(zone).LocalDateTime;
        return local.Date < FirstDate ? new Cell(local.ToString("uuuu-MM-dd HH:mm:ss", null)) : new Cell(local.ToDateTimeUnspecified(), date);
    }
}
