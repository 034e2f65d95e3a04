using System.Text.RegularExpressions;
using Busbar.Schema.Design;
using Busbar.Storage.Audit;

namespace Busbar.Tests.Architecture;

/// <summary>What people and programs change is in the audit: a new table and a new unit of work say how, or fail here.</summary>
public sealed partial class AuditTests
{
    /// <summary>Units of work that write and have no author: machines. How many there are in a file, and what they write.</summary>
    private static readonly Dictionary<string, (int Units, string What)> Machines = new()
    {
        ["src/platform/Busbar.Egress/Outbox/OutboxDispatcher.cs"] = (3, "what became of deliveries"),
        ["src/platform/Busbar.Egress/Outbox/OutboxBook.cs"] = (1, "by the rows of who has it sent again: its author comes with them"),
        ["src/platform/Busbar.Identity/IdentityDirectory.cs"] = (3, "when a client and a session were last seen, and sessions that are over"),
        ["src/platform/Busbar.Identity/IdentityStartup.cs"] = (3, "answers, invitations and answered challenges that are too old"),
        ["src/platform/Busbar.Identity/Contracts/SealedColumn.cs"] = (1, "the same values, sealed anew"),
        ["src/platform/Busbar.Identity/Keys/InstallationKey.cs"] = (1, "the installation's key"),
        ["src/platform/Busbar.Identity/Keys/KeyVault.cs"] = (2, "the first keys, and since when nothing is left of one"),
        ["src/platform/Busbar.Identity/Keys/SubjectKeys.cs"] = (1, "a person's key, made for whoever keeps the person"),
        ["src/platform/Busbar.Identity/Retention/RetentionKeeper.cs"] = (1, "what the rules of retention did last"),
        ["src/modules/Busbar.Pricing/Market/CurveRetention.cs"] = (1, "prices that are too old"),
        ["src/modules/Busbar.Sessions/CdrRetention.cs"] = (1, "CDRs that are too old"),
        ["src/platform/Busbar.Identity/KeyRing.cs"] = (1, "data-protection keys"),
        ["src/platform/Busbar.Identity/Operators/OperatorDesk.cs"] = (1, "a hash of today's strength, of a password that nobody changed"),
        ["src/platform/Busbar.Identity/People/SignIns.cs"] = (1, "a session that begins; that it did is told by DoorAudit"),
        ["src/platform/Busbar.Identity/Operators/SetupLinks.cs"] = (1, "the link that a start prints"),
        ["src/modules/Busbar.Stations/Presence/PresenceWriter.cs"] = (1, "what stations tell of themselves"),
        ["src/modules/Busbar.Stations/Commands/CommandDesk.cs"] = (2, "what became of commands"),
        ["src/modules/Busbar.Stations/Commands/CommandTruth.cs"] = (1, "what became of commands"),
        ["src/modules/Busbar.Stations/Connections/ConnectionKeeper.cs"] = (1, "stations' connections"),
        ["src/modules/Busbar.Pricing/Market/CurveFetcher.cs"] = (2, "when a source is asked"),
        ["src/modules/Busbar.Pricing/Simulation/SimulationRunner.cs"] = (1, "calculations"),
        ["src/modules/Busbar.Operations/AlertDesk.cs"] = (1, "alerts as the watch raises and ends them"),
        // An erasure is one entry of who asked for it: what each room did stands in it, without what it did it to.
        ["src/platform/Busbar.Egress/Contracts/OutboxErasure.cs"] = (1, "messages that name somebody, in an erasure"),
        ["src/platform/Busbar.Identity/Personal/IdentityPersonalData.cs"] = (3, "what is left of somebody, in an erasure"),
        ["src/modules/Busbar.Stations/StationsPersonalData.cs"] = (1, "commands that name somebody, in an erasure"),
        ["src/modules/Busbar.Pricing/PricingPersonalData.cs"] = (1, "prices for somebody, in an erasure"),
        ["src/modules/Busbar.Sessions/Personal/SessionsPersonalData.cs"] = (1, "names in the journal and what follows from it, in an erasure"),
        ["src/modules/Busbar.Operations/OperationsPersonalData.cs"] = (1, "channels to somebody and notes that name them, in an erasure"),
    };

    /// <summary>Rows that are written past units of work.</summary>
    private static readonly Dictionary<string, int> RowWriters = new()
    {
        ["src/modules/Busbar.Stations/Commands/CommandDesk.cs"] = 2,
        ["src/modules/Busbar.Stations/Connections/ConnectionWriter.cs"] = 1,
    };

    private static IEnumerable<(string Name, string Code)> Rooms =>
        from file in House.Files("*.cs", "src").Concat(House.Files("*.razor", "src"))
        let name = House.Relative(file)
        where !name.Contains("/Busbar.Storage/", StringComparison.Ordinal) && !name.Contains("/Busbar.Schema/", StringComparison.Ordinal)
        select (name, SourceRules.Code(File.ReadAllText(file)));

    [Fact]
    public void Every_table_says_whether_the_audit_tells_of_it()
    {
        using var schema = new SqliteSchemaDbFactory().CreateDbContext([]);
        Assert.Empty(schema.Model.GetEntityTypes().Select(type => type.ClrType).Where(type => AuditShape.Of(type) is { IsNotAudited: false, Kind: null }).Select(type => type.Name));
    }

    private sealed class Careless;

    [NotAudited("of a test")]
    private sealed class Careful;

    [Fact]
    public void A_table_that_does_not_say_it_is_seen() =>
        Assert.Equal((false, true), (AuditShape.Of(typeof(Careless)) is { IsNotAudited: true } or { Kind: not null }, AuditShape.Of(typeof(Careful)).IsNotAudited));

    [Fact]
    public void What_may_be_a_secret_is_told_as_one()
    {
        using var schema = new SqliteSchemaDbFactory().CreateDbContext([]);
        // Hashes of documents that are told anyway, and a time.
        string[] harmless = ["VersionRow.Hash", "ApiClientRow.PreviousKeyUntil"];
        Assert.Empty(
            from type in schema.Model.GetEntityTypes()
            let shape = AuditShape.Of(type.ClrType)
            where shape.Kind is not null
            from property in type.GetProperties()
            where Secret().IsMatch(property.Name) && !harmless.Contains($"{type.ClrType.Name}.{property.Name}")
            where shape.TellingOf(property.Name) is Telling.Plain or Telling.Document
            select $"{type.ClrType.Name}.{property.Name}");
    }

    [Fact]
    public void Every_unit_of_work_that_writes_has_an_author_or_is_a_machines()
    {
        var found = Rooms.Select(file => (file.Name, Units: WithoutAuthor(file.Code))).Where(file => file.Units > 0).ToDictionary(file => file.Name, file => file.Units);
        Assert.Equal(Machines.Where(known => known.Value.Units > 0).Select(known => (known.Key, known.Value.Units)).Order(), found.Select(file => (file.Key, file.Value)).Order());
        Assert.All(Machines, known => Assert.NotEmpty(known.Value.What));
    }

    [Theory]
    [InlineData("await using var db = await rooms.OpenAsync(caller.Rows, ct); db.Add(x); await db.CommitAsync(ct);", 0)]
    [InlineData("await using var db = await rooms.OpenAsync(TenantScope.Of(t).By(caller.Author), ct); await db.CommitAsync(ct);", 0)]
    [InlineData("await using var db = await rooms.OpenAsync(TenantScope.Of(t), ct); await db.CommitAsync(ct);", 1)]
    [InlineData("await using var db = await rooms.OpenAsync(TenantScope.Of(t), ct); return db.Rows;", 0)]
    [InlineData("using (var db = await rooms.OpenAsync(TenantScope.System, ct)) read(db); await using var db = await rooms.OpenAsync(caller.Rows, ct); await db.CommitAsync(ct);", 0)]
    public void A_unit_of_work_without_an_author_is_seen(string code, int units) => Assert.Equal(units, WithoutAuthor(code));

    [Fact]
    public void Rows_that_are_written_past_units_of_work_are_known()
    {
        var found = Rooms.Where(file => file.Code.Contains("RowWriter ", StringComparison.Ordinal)).Select(file => (file.Name, RowWrites().Count(file.Code))).Where(file => file.Item2 > 0);
        Assert.Equal(RowWriters.Select(known => (known.Key, known.Value)).Order(), found.Order());
    }

    /// <summary>From an opening to the next one a unit of work lasts.</summary>
    private static int WithoutAuthor(string code)
    {
        var openings = Opening().Matches(code).ToList();
        return openings.Where((opening, i) =>
        {
            var rest = code[opening.Index..(i + 1 < openings.Count ? openings[i + 1].Index : code.Length)];
            return rest.Contains(".CommitAsync(", StringComparison.Ordinal) && !Author().IsMatch(rest[..rest.IndexOf(';', StringComparison.Ordinal)]);
        }).Count();
    }

    [GeneratedRegex(@"\b_?rooms\.OpenAsync\(")]
    private static partial Regex Opening();

    [GeneratedRegex(@"[cC]aller\.Rows|\.By\(")]
    private static partial Regex Author();

    [GeneratedRegex(@"\brows\.Write(All|Together)?(Async)?\(")]
    private static partial Regex RowWrites();

    [GeneratedRegex("Hash|Password|Secret|Stamp|Key|Sealed")]
    private static partial Regex Secret();
}
