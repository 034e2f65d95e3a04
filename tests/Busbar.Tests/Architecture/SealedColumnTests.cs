using System.Reflection;
using Busbar.Identity;
using Busbar.Schema.Design;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Architecture;

/// <summary>What is sealed in the database is sealed anew after a rotation: a column that nobody told of fails here.</summary>
public sealed class SealedColumnTests(Servers servers)
{
    /// <summary>Columns of bytes that are no boxes, and what they are.</summary>
    private static readonly Dictionary<string, string> Plain = new()
    {
        ["ApiClientRow.KeyHash"] = "a keyed hash", ["ApiClientRow.PreviousKeyHash"] = "a keyed hash", ["RecoveryCodeRow.CodeHash"] = "a keyed hash", ["InvitationRow.CodeHash"] = "a keyed hash",
        ["SetupLinkRow.CodeHash"] = "a keyed hash", ["IdempotencyRow.RequestHash"] = "a keyed hash", ["StationRow.KeyHash"] = "a keyed hash", ["CommandRow.AwaitedToken"] = "a keyed hash",
        ["DataKeyRow.Wrapped"] = "wrapped in the installation's key", ["PasskeyRow.CredentialId"] = "public", ["PasskeyRow.PublicKey"] = "public",
    };

    /// <summary>Tables whose bytes are documents and hashes of what happened: rooms that seal nothing.</summary>
    private static readonly string[] Documents = ["storage_", "pricing_", "sessions_"];

    [Fact]
    public void Every_column_of_bytes_is_sealed_or_known_to_need_none()
    {
        using var schema = new SqliteSchemaDbFactory().CreateDbContext([]);
        var unknown =
            from type in schema.Model.GetEntityTypes()
            where !Array.Exists(Documents, room => type.GetTableName()!.StartsWith(room, StringComparison.Ordinal))
            from property in type.GetProperties()
            where property.ClrType == typeof(byte[]) && property.PropertyInfo?.GetCustomAttribute<SealedAttribute>() is null
            let name = $"{type.ClrType.Name}.{property.Name}"
            where !Plain.ContainsKey(name)
            select name;
        Assert.Empty(unknown);
    }

    [Fact]
    public async Task Every_sealed_column_is_sealed_anew()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        using var schema = new SqliteSchemaDbFactory().CreateDbContext([]);
        var marked = from type in schema.Model.GetEntityTypes() from property in type.GetProperties() where property.PropertyInfo?.GetCustomAttribute<SealedAttribute>() is not null select $"{type.ClrType.Name}.{property.Name}";
        Assert.Equal(marked.Order(), server.Services.GetServices<SealedColumn>().Select(column => $"{column.Row.Name}.{column.Property}").Order());
    }

    /// <summary>Whoever seals is known here, with the columns, or with where else the box goes.</summary>
    [Fact]
    public void Whoever_seals_is_known()
    {
        var found = House.Files("*.cs", "src").Select(file => (Name: House.Relative(file), Calls: SourceRules.Code(File.ReadAllText(file)).Split("box.Seal(").Length - 1)).Where(file => file.Calls > 0);
        Assert.Equal(
            [
                ("src/modules/Busbar.Operations/Channels/WebhookSigner.cs", 1), ("src/modules/Busbar.Pricing/Market/CurveSource.cs", 1), ("src/platform/Busbar.Identity/Contracts/SealedColumn.cs", 1), ("src/platform/Busbar.Identity/Http/Idempotency.cs", 1),
                ("src/platform/Busbar.Identity/KeyRing.cs", 1), ("src/platform/Busbar.Identity/Keys/SubjectKeys.cs", 1),
                // One in the hands of who sets an app up, for ten minutes: a retired key is kept for longer.
                ("src/platform/Busbar.Identity/People/SecondFactors.cs", 2), ("src/platform/Busbar.Identity/SignOn/ProviderDesk.cs", 1),
            ],
            found.Order());
    }
}
