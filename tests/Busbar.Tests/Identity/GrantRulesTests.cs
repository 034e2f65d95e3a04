using Busbar.Identity;
using Busbar.Identity.Http;

namespace Busbar.Tests.Identity;

/// <summary>Who holds what where, and who may give it.</summary>
public sealed class GrantRulesTests
{
    private static readonly Guid Harbour = Guid.Parse("00000000-0000-0000-0000-000000000001"), Mall = Guid.Parse("00000000-0000-0000-0000-000000000002"), Charger = Guid.Parse("00000000-0000-0000-0000-00000000000a");
    private static readonly Place AtHarbour = new(PlaceKind.Location, Harbour), AtMall = new(PlaceKind.Location, Mall), AtCharger = new(PlaceKind.Station, Charger);

    [Fact]
    public void A_right_holds_where_it_was_given_and_nowhere_else()
    {
        var rights = RightsOf(new Grant("technician", AtHarbour), new Grant("finance", AtMall), new Grant("siteHost", AtCharger));
        Assert.True(rights.Within(Scope.StationsCommand).CoversLocation(Harbour));
        Assert.False(rights.Within(Scope.StationsCommand).CoversLocation(Mall));
        Assert.True(rights.Within(Scope.CdrsRead).CoversLocation(Mall));
        Assert.False(rights.Within(Scope.CdrsRead).CoversLocation(Harbour));
        // The same scope by several roles: at all of their places.
        var stations = rights.Within(Scope.StationsRead);
        Assert.True(stations.CoversLocation(Harbour) && stations.CoversLocation(Mall) && stations.CoversStation(null, Charger));
        Assert.False(stations.CoversStation(null, Guid.Empty));
        Assert.False(stations.IsWhole);
        Assert.True(rights.Within(Scope.TokensRead).IsNowhere);
        Assert.Empty(rights.Everywhere);
    }

    [Fact]
    public void A_station_is_reached_by_where_it_stands_now()
    {
        var reach = RightsOf(new Grant("technician", AtHarbour)).Within(Scope.StationsRead);
        Assert.True(reach.CoversStation(Harbour, Charger));
        Assert.False(reach.CoversStation(Mall, Charger));
        Assert.False(reach.CoversStation(null, Charger));
        Assert.False(Reach.Nowhere.CoversStation(Harbour, Charger));
        Assert.True(Reach.Whole.CoversStation(null, Charger));
    }

    [Fact]
    public void An_owner_holds_every_scope_in_the_whole_tenant_and_everything_counts_nowhere_else()
    {
        var owner = RightsOf(new Grant(Role.Owner, Place.Tenant));
        Assert.All(Scope.Known, scope => Assert.True(owner.Within(scope).IsWhole));
        // It cannot be given at a place; if it were, it would be nothing.
        var damaged = RightsOf(new Grant(Role.Owner, AtHarbour));
        Assert.All(Scope.Known.Where(scope => scope != Scope.All), scope => Assert.True(damaged.Within(scope).IsNowhere));
    }

    [Fact]
    public void A_role_that_is_there_no_more_gives_nothing() => Assert.Empty(RightsOf(new Grant("rol0", Place.Tenant)).Everywhere);

    [Theory]
    [InlineData("owner", "tenant", "owner", "tenant", true)]
    [InlineData("owner", "tenant", "technician", "harbour", true)]
    [InlineData("operator", "tenant", "technician", "tenant", true)]
    [InlineData("operator", "tenant", "owner", "tenant", false)]
    [InlineData("technician", "tenant", "operator", "tenant", false)]
    [InlineData("technician", "harbour", "technician", "harbour", true)]
    [InlineData("technician", "harbour", "siteHost", "harbour", false)]
    [InlineData("readOnly", "harbour", "siteHost", "harbour", true)]
    [InlineData("readOnly", "harbour", "siteHost", "charger", true)]
    [InlineData("technician", "harbour", "technician", "tenant", false)]
    [InlineData("technician", "harbour", "technician", "mall", false)]
    [InlineData("technician", "harbour", "support", "harbour", false)]
    [InlineData("technician", "charger", "technician", "charger", true)]
    [InlineData("technician", "charger", "technician", "harbour", false)]
    [InlineData("readOnly", "tenant", "technician", "harbour", false)]
    public void Nobody_gives_what_they_do_not_hold_at_that_very_place(string held, string at, string given, string where, bool may)
    {
        var missing = GrantRules.Lacks(RightsOf(new Grant(held, PlaceOf(at))), [new Grant(given, PlaceOf(where))], Role.FindBuiltIn, StandsAt);
        Assert.Equal(may, missing is null);
        if (missing is not null) Assert.Equal(PlaceOf(where), missing.Where);
    }

    [Fact]
    public void A_client_with_every_scope_by_name_makes_no_owner() => Assert.Equal(
        new MissingRight(Scope.All, Place.Tenant), GrantRules.Lacks(Rights.Of(Scope.Known.Where(scope => scope != Scope.All)), [new Grant(Role.Owner, Place.Tenant)], Role.FindBuiltIn, _ => null));

    [Fact]
    public void Built_in_roles_name_scopes_that_exist_and_only_the_owner_has_all()
    {
        Assert.Equal(["owner", "operator", "technician", "support", "finance", "siteHost", "readOnly"], Role.BuiltIn.Select(role => role.Key));
        Assert.All(Role.BuiltIn, role => Assert.All(role.Scopes, scope => Assert.True(Scope.Known.Contains(scope), scope)));
        Assert.All(Role.BuiltIn.Where(role => role.Key != Role.Owner), role => Assert.DoesNotContain(Scope.All, role.Scopes));
        Assert.DoesNotContain(Role.FindBuiltIn("readOnly")!.Scopes, scope => !scope.EndsWith(":read", StringComparison.Ordinal));
        // Who manages people, clients and tenants is the owner alone.
        Assert.All(Role.BuiltIn.Where(role => role.Key != Role.Owner), role => Assert.DoesNotContain(role.Scopes, scope => scope is Scope.PeopleWrite or Scope.ClientsWrite or Scope.TenantsWrite or Scope.ClientsRead or Scope.TenantsRead));
    }

    [Fact]
    public void What_a_page_asks_of_the_whole_tenant_is_closed_to_who_holds_it_at_a_place()
    {
        var caller = new Caller(default, "opr", RightsOf(new Grant("technician", AtHarbour)));
        Assert.False(caller.May(Scope.StationsRead));
        var page = new Busbar.Shell.ConsolePage("/x", typeof(object), Scope.StationsRead);
        Assert.False(page.IsOpenTo(caller));
        Assert.True((page with { WithinReach = true }).IsOpenTo(caller));
        Assert.False((page with { WithinReach = true, Scope = Scope.TokensRead }).IsOpenTo(caller));
    }

    private static Rights RightsOf(params Grant[] grants) => GrantRules.RightsOf(grants, Role.FindBuiltIn);

    private static Guid? StandsAt(Place place) => place == AtCharger ? Harbour : null;

    private static Place PlaceOf(string name) => name switch { "tenant" => Place.Tenant, "harbour" => AtHarbour, "mall" => AtMall, _ => AtCharger };
}
