using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Shell;
using NodaTime;

namespace Busbar.Tests.Shell;

/// <summary>Lists as files: what stands in a cell, and what stands in memory.</summary>
public sealed class FileTests
{
    private static readonly DateTimeZone Amsterdam = DateTimeZoneProviders.Tzdb["Europe/Amsterdam"];
    private static readonly FileRequest Request = new(null!, new Caller(default, "opr", Rights.None), new Dictionary<string, string?>());

    public static TheoryData<string> Formulae =>
        ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "＋1", "－1", "＠A1", "=cmd|'/C calc'!A0", "=HYPERLINK(\"https://evil.example\")", "-2+3+cmd|' /C calc'!A0"];

    [Theory, MemberData(nameof(Formulae))]
    public void A_text_is_never_a_formula(string text)
    {
        Assert.Equal("'" + text, HarmlessText.Of(text));
        Assert.False(HarmlessText.Of(HarmlessText.Of(text)).StartsWith("''", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CP-1", "CP-1")]
    [InlineData("1=1", "1=1")]
    [InlineData("", "")]
    [InlineData("a\0b\u0001c\u000Bd", "a\uFFFDb\uFFFDc\uFFFDd")]
    [InlineData("a\uD83D\uDE00b", "a\uD83D\uDE00b")]
    [InlineData("line\r\nline", "line\r\nline")]
    public void What_a_file_cannot_hold_is_replaced_and_all_else_stays(string text, string cell) => Assert.Equal(cell, HarmlessText.Of(text));

    [Fact]
    public void Half_a_pair_is_replaced_and_a_long_text_is_cut()
    {
        Assert.Equal("a\uFFFDb", HarmlessText.Of("a" + (char)0xD83D + "b"));
        Assert.Equal("\uFFFD", HarmlessText.Of(((char)0xDE00).ToString()));
        Assert.Equal("\uFFFD", HarmlessText.Of(((char)0xFFFF).ToString()));
        Assert.Equal(32_767, HarmlessText.Of(new string('=', 40_000)).Length);
    }

    [Fact]
    public async Task Csv_is_as_RFC_4180_has_it_with_the_mark_by_which_Excel_knows_it()
    {
        using var culture = new Culture("de-DE");
        var list = new FileOfList<int>(
            [
                new(() => "a, \"b\"", row => FileCell.Of(row == 0 ? "x\"y,\r\nz" : " blank ")),
                new(() => "n", row => FileCell.Of(row == 0 ? -6.98412m : (decimal?)null)),
                new(() => "at", row => FileCell.Of(row == 0 ? Instant.FromUtc(2026, 10, 25, 0, 30) : Instant.FromUtc(2026, 10, 25, 1, 30)), IsTime: true),
            ], Two, TwoRows);
        var output = new MemoryStream();
        await CsvFile.WriteAsync(PipeWriter.Create(output), list, Request, Amsterdam, default);
        Assert.Equal([0xEF, 0xBB, 0xBF], output.ToArray()[..3]);
        // The hour that comes twice is told apart by its offset.
        Assert.Equal("\"a, \"\"b\"\"\",n,at (Europe/Amsterdam)\r\n\"x\"\"y,\r\nz\",-6.98412,2026-10-25T02:30:00+02:00\r\n\" blank \",,2026-10-25T02:30:00+01:00\r\n",
            Encoding.UTF8.GetString(output.ToArray()[3..]));
    }

    [Theory]
    [InlineData("a;=cmd|'/C calc'!A0", "a;'=cmd|'/C calc'!A0")]
    [InlineData("a; @SUM(A1)\t+1", "a; '@SUM(A1)\t'+1")]
    [InlineData("a;b-c", "a;b-c")]
    public async Task What_begins_a_cell_for_a_program_that_parts_at_semicolons_is_no_formula_either(string text, string cell)
    {
        var output = new MemoryStream();
        await CsvFile.WriteAsync(PipeWriter.Create(output), new FileOfList<int>([new(() => "n", _ => FileCell.Of(text))], Two, TwoRows), Request, Amsterdam, default);
        Assert.Equal($"n\r\n{cell}\r\n{cell}\r\n", Encoding.UTF8.GetString(output.ToArray()[3..]));
    }

    [Fact]
    public async Task In_a_sheet_numbers_are_numbers_and_times_are_dates_on_the_tenants_clock()
    {
        using var culture = new Culture("de-DE");
        var list = new FileOfList<int>(
            [
                new(() => "text", row => FileCell.Of(row == 0 ? "=1+1" : "a<b>&\u0001")),
                new(() => "n", row => FileCell.OfMicros(row == 0 ? -6_984_120 : 123_456_789_012_345)),
                new(() => "at", row => FileCell.Of(row == 0 ? Instant.FromUtc(2026, 7, 1, 22, 0, 30) : Instant.FromUtc(1, 1, 1, 0, 0)), IsTime: true),
                new(() => "none", _ => FileCell.Of((string?)null)),
            ], Two, TwoRows);
        var output = new MemoryStream();
        await SheetFile.WriteAsync(output, "Sheet", list, Request, Amsterdam, default);
        var sheet = Sheet.Open(output.ToArray());
        Assert.False(sheet.HasFormulae);
        Assert.Equal(["text", "n", "at (Europe/Amsterdam)", "none"], sheet.Rows[0].Select(cell => cell.Text));
        Assert.Equal(new("'=1+1", "inlineStr"), sheet.Rows[1][0]);
        Assert.Equal(new("-6.98412", "n"), sheet.Rows[1][1]);
        Assert.Equal(new DateTime(2026, 7, 2, 0, 0, 30), DateTime.FromOADate(double.Parse(sheet.Rows[1][2].Text, CultureInfo.InvariantCulture)), TimeSpan.FromMilliseconds(1));
        Assert.Equal("n", sheet.Rows[1][2].Type);
        Assert.Equal(new("a<b>&\uFFFD", "inlineStr"), sheet.Rows[2][0]);
        Assert.Equal(new("123456789.012345", "n"), sheet.Rows[2][1]);
        // Before Excel's calendar begins a time is told in words.
        Assert.Equal(new("0001-01-03 00:17:30", "inlineStr"), sheet.Rows[2][2]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task However_long_a_list_is_few_rows_of_it_are_held(bool isSheet)
    {
        const int Rows = 100_000;
        var seen = new List<WeakReference>(Rows);
        var held = Rows;
        var list = new FileOfList<Row>(
            [new(() => "id", row => FileCell.Of(row.Id)), new(() => "n", row => FileCell.Of((decimal)row.Id.Length)), new(() => "at", _ => FileCell.Of(Instant.FromUtc(2026, 7, 1, 22, 0)), IsTime: true)],
            (_, _) => Task.FromResult((long)Rows), (_, _) => Many());
        if (isSheet) await SheetFile.WriteAsync(Stream.Null, "Sheet", list, Request, Amsterdam, default);
        else await CsvFile.WriteAsync(PipeWriter.Create(Stream.Null), list, Request, Amsterdam, default);
        Assert.InRange(held, 0, 10);

        async IAsyncEnumerable<Row> Many()
        {
            for (var i = 0; i < Rows; i++) yield return Made(i);
            await Task.Yield();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            held = seen.Count(row => row.IsAlive);
        }

        Row Made(int i)
        {
            var row = new Row("station-" + i.ToString(CultureInfo.InvariantCulture));
            seen.Add(new WeakReference(row));
            return row;
        }
    }

    private sealed record Row(string Id);

    [Fact]
    public async Task A_sheet_is_never_longer_than_a_sheet_can_be()
    {
        var list = new FileOfList<int>([new(() => "n", row => FileCell.Of((decimal)row))], Two, (_, _) => Enumerable.Range(0, SheetFile.MostRows + 1).ToAsyncEnumerable());
        await Assert.ThrowsAsync<InvalidOperationException>(() => SheetFile.WriteAsync(Stream.Null, "Sheet", list, Request, Amsterdam, default));
    }

    private static Task<long> Two(FileRequest request, CancellationToken ct) => Task.FromResult(2L);
    private static IAsyncEnumerable<int> TwoRows(FileRequest request, CancellationToken ct) => Enumerable.Range(0, 2).ToAsyncEnumerable();

    private sealed class Culture : IDisposable
    {
        private readonly CultureInfo _before = CultureInfo.CurrentCulture;

        public Culture(string name) => CultureInfo.CurrentCulture = new CultureInfo(name);

        public void Dispose() => CultureInfo.CurrentCulture = _before;
    }
}
