using System.Reflection;
using System.Text.RegularExpressions;
using Busbar.Identity;
using Busbar.Schema.Design;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Architecture;

/// <summary>Whoever keeps something of a person says so, and can show and erase it: a column that nobody thought of fails here, and so does a room without its part.</summary>
public sealed partial class PersonalColumnTests(Servers servers)
{
    /// <summary>Columns that sound like a person's and are none's, and what they are.</summary>
    private static readonly Dictionary<string, string> Nobodys = new()
    {
        // Who did it: an id, which leads nowhere once the person is erased.
        ["ErasureRow.Actor"] = "an id", ["IdempotencyRow.Actor"] = "an id", ["InvitationRow.GivenBy"] = "an id", ["FourEyesRequestRow.AskedBy"] = "an id", ["AlertRow.AcknowledgedBy"] = "an id", ["VersionRow.ApprovedBy"] = "an id", ["VersionRow.Author"] = "an id",
        ["CommandRow.Actor"] = "an id", ["AuditInboxRow.Actor"] = "an id", ["AuditRow.Actor"] = "an id",
        // What things are called. Of people the audit has a letter.
        ["ApiClientRow.Name"] = "of a program; one that names somebody is changed", ["ApiClientRow.Description"] = "of a program; one that names somebody is taken away", ["KeyRow.Name"] = "of a key", ["ProviderRow.Name"] = "of a provider",
        ["RoleRow.Name"] = "of a role", ["TenantRow.Name"] = "of an organisation", ["CurveRow.Name"] = "of prices", ["TariffRow.Name"] = "of a tariff", ["CommandRow.Name"] = "of a command", ["LocationRow.Name"] = "of a site",
        ["StationRow.Name"] = "of a station", ["JobRow.Name"] = "of a work", ["AuditInboxRow.Name"] = "masked where it is a person's", ["AuditRow.Name"] = "masked where it is a person's",
        ["ErasureRow.Subject"] = "operator or driver", ["ApiClientRow.Places"] = "ids of sites and stations", ["ApiClientRow.Addresses"] = "of programs", ["LocationRow.Address"] = "of a site", ["ConnectionRow.Remote"] = "of a station",
        ["ClusterMemberRecord.Address"] = "of a process", ["CurveRow.SourceFrom"] = "of a source", ["DataKeyRow.WrappedBy"] = "a key's name", ["BreakGlassRow.Reason"] = "why somebody came in from above",
        ["IdempotencyRow.Answer"] = "sealed, for a day; looked into", ["IdempotencyRow.RequestHash"] = "a keyed hash", ["VersionRow.Document"] = "a tariff", ["BookRow.State"] = "names sessions by their ids",
    };

    private static List<(string Column, bool IsPersonal, string Room)> Columns()
    {
        using var schema = new SqliteSchemaDbFactory().CreateDbContext([]);
        return
        [
            .. from type in schema.Model.GetEntityTypes()
               from property in type.GetProperties()
               where property.ClrType == typeof(string) || property.ClrType == typeof(byte[])
               select ($"{type.ClrType.Name}.{property.Name}", property.PropertyInfo?.GetCustomAttribute<PersonalAttribute>() is not null, type.GetTableName()!.Split('_')[0]),
        ];
    }

    [Fact]
    public void Every_column_that_may_tell_of_a_person_is_marked_or_known_to_tell_of_none()
    {
        var columns = Columns();
        var unknown = columns.Where(column => !column.IsPersonal && MayBe().IsMatch(column.Column.Split('.')[1]) && !Nobodys.ContainsKey(column.Column)).Select(column => column.Column).ToList();
        Assert.True(unknown.Count == 0, string.Join('\n', unknown));
        // What is marked by now, or gone, is no exception any more.
        Assert.Empty(Nobodys.Keys.Except(columns.Where(column => !column.IsPersonal).Select(column => column.Column)));
    }

    [Theory, InlineData("DriverEmail", true), InlineData("IdTag", true), InlineData("PhoneNumber", true), InlineData("LicensePlate", true), InlineData("Currency", false), InlineData("Firmware", false)]
    public void A_column_that_sounds_like_a_persons_is_seen(string name, bool isSeen) => Assert.Equal(isSeen, MayBe().IsMatch(name));

    [Fact]
    public async Task Every_room_has_its_part_or_says_why_it_needs_none()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var parts = server.Services.GetServices<IPersonalData>().ToList();
        var rooms = Directory.GetDirectories(Path.Combine(House.Root, "src/platform")).Concat(Directory.GetDirectories(Path.Combine(House.Root, "src/modules"))).Select(room => Path.GetFileName(room)["Busbar.".Length..].ToLowerInvariant());
        Assert.Equal(rooms.Order(), parts.Select(part => part.Room).Order());
        // Whoever has a column of a person keeps something of them.
        Assert.Empty(Columns().Where(column => column.IsPersonal).Select(column => column.Room).Distinct().Except(parts.Where(part => part.KeepsNoneBecause is null).Select(part => part.Room)));
    }

    [GeneratedRegex("uid|e?mail|phone|address|name|token|idtag|driver|contract|contact|source|agent|remote|subject|note|reason|plate|iban|birth|vehicle|target|body|about|request|response|raw|answer|document|frames|scopeid|place|state$|description|actor|by$|author", RegexOptions.IgnoreCase)]
    private static partial Regex MayBe();
}
