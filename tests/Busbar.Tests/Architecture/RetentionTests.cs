using Busbar.Schema.Design;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Architecture;

/// <summary>No table grows for ever unseen: each is emptied by a rule of retention, or stands here with why it need not be. A new one says it, or fails here.</summary>
public sealed class RetentionTests(Servers servers)
{
    private const string ByPeople = "made by people, one by one, and removed by them";

    private static readonly Dictionary<string, string> Kept = new()
    {
        // It grows with traffic, and is kept for good.
        ["storage_journal"] = "the truth of what stations told: sessions and CDRs are proved by it, from its beginning (decision 28)",

        // They grow with traffic, and end by themselves.
        ["storage_journal_tail"] = "settled into the journal within moments",
        ["storage_audit_inbox"] = "sealed into the audit within moments",
        ["identity_idempotency"] = "24 hours (IdentityStartup)",
        ["identity_invitations"] = "until they are used or run out (IdentityStartup)",
        ["identity_used_challenges"] = "minutes (IdentityStartup)",
        ["identity_four_eyes_requests"] = "7 days (IdentityStartup)",
        ["identity_sign_ins"] = "until they end or run out (IdentityDirectory)",
        ["identity_setup_links"] = "one, until it is used (SetupLinks)",
        ["pricing_simulations"] = "a tenant's last twenty (SimulationDesk)",
        ["pricing_simulation_parts"] = "those of the simulations",

        // They grow with what there is, not with what it does.
        ["storage_leases"] = "one for each station",
        ["sessions_books"] = "one for each station",
        ["storage_jobs"] = "one for each work, and for each process that lives",
        ["storage_cluster_members"] = "the processes of this database; the engine takes the dead ones away",
        ["storage_cluster_version"] = "one",
        ["stations_stations"] = ByPeople, ["stations_evses"] = "parts of stations", ["stations_connectors"] = "parts of stations", ["stations_locations"] = ByPeople,
        ["customers_tokens"] = ByPeople,
        ["identity_tenants"] = ByPeople, ["identity_operators"] = ByPeople, ["identity_grants"] = ByPeople, ["identity_roles"] = ByPeople, ["identity_api_clients"] = ByPeople,
        ["identity_providers"] = ByPeople, ["identity_person_links"] = "one for each person and provider", ["identity_authenticators"] = "one for each person", ["identity_passkeys"] = ByPeople,
        ["identity_recovery_codes"] = "ten for each person", ["identity_keys"] = "the installation's, and data protection's: one a quarter", ["identity_data_keys"] = "few; destroyed after a rotation",
        ["identity_erasures"] = "one for each person who was erased: the proof that it was done, and what is held",
        ["identity_subject_keys"] = "one for each person; destroyed with them", ["identity_retention"] = "one for each tenant", ["identity_retention_runs"] = "one for each rule and tenant",
        ["operations_rules"] = "one for each rule and tenant", ["operations_channels"] = ByPeople,
        ["pricing_tariffs"] = ByPeople, ["pricing_versions"] = "made by people; CDRs name them, and are priced again by them", ["pricing_publications"] = "when a version was in force: CDRs are explained by it",
        ["pricing_assignments"] = "made by people; why a session had its price is explained by them", ["pricing_curves"] = ByPeople,
    };

    [Fact]
    public async Task Every_table_belongs_to_a_rule_or_says_why_it_need_not()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        using var schema = new SqliteSchemaDbFactory().CreateDbContext([]);
        var tables = schema.Model.GetEntityTypes().Select(type => type.GetTableName()!).ToHashSet();
        var ruled = server.Services.GetServices<IRetention>().SelectMany(kind => kind.Tables).ToHashSet();
        Assert.Empty(tables.Except(ruled).Except(Kept.Keys));
        // What is said here is true: the table is there, and no rule empties it.
        Assert.Empty(Kept.Keys.Except(tables));
        Assert.Empty(ruled.Except(tables));
        Assert.Empty(Kept.Keys.Intersect(ruled));
        Assert.All(Kept.Values, Assert.NotEmpty);
    }

    [Fact]
    public async Task Every_rule_makes_sense_and_has_words_in_every_language()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var rules = server.Services.GetServices<IRetention>().Select(kind => kind.Rule).ToList();
        Assert.Equal(rules.Count, rules.Select(rule => rule.Name).Distinct().Count());
        Assert.All(rules, rule => Assert.True(rule.Least >= 1 && rule.Least <= rule.Days && rule.Days <= rule.Most && rule.Name.All(char.IsAsciiLetter), rule.ToString()));
        foreach (var file in House.Files("RetentionTexts*.resx", "src"))
        {
            var text = File.ReadAllText(file);
            foreach (var name in rules.SelectMany(rule => new[] { "name-", "what-", "why-" }.Select(of => of + rule.Name))) Assert.True(text.Contains($"\"{name}\"", StringComparison.Ordinal), $"{file} does not say {name}.");
        }
        // What the books rest on cannot be cut short by anybody who says so.
        Assert.All(rules.Where(rule => rule.Name is "cdrs" or "audit"), rule => Assert.Equal(RetentionTimes.OfBooks, rule.Least));
    }
}
