using Busbar.Kernel;
using Busbar.Operations;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Tests.Operations;

/// <summary>The rules as tables: a state goes in, and what is wrong comes out.</summary>
public sealed class AlertRulesTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 26, 12, 0);
    private static readonly TenantId Tenant = new(Guid.Parse("01890000-0000-7000-8000-000000000001"));
    private static readonly StationId Station = new(Guid.Parse("01890000-0000-7000-8000-0000000000aa"));
    private static readonly LocationId Site = new(Guid.Parse("01890000-0000-7000-8000-0000000000bb"));

    [Theory]
    [InlineData(true, 60, true, 600, false, false)]         // online
    [InlineData(false, null, true, 600, false, false)]      // it never came
    [InlineData(false, 9, true, 600, true, false)]          // not for long enough
    [InlineData(false, 10, true, 600, true, true)]
    [InlineData(false, 600, true, 3, true, false)]          // we have looked for three minutes: before that it may have been us
    [InlineData(false, 600, false, 600, false, false)]      // switched off
    public void A_station_is_offline_when_it_was_there_once_and_is_away_for_long_enough(bool online, int? awayMinutes, bool enabled, int watchedMinutes, bool isFound, bool isDue)
    {
        Instant? seen = awayMinutes is { } away ? Now - Duration.FromMinutes(away) : null;
        var found = AlertRules.Offline(State(online, seen, seen), Rule(AlertRule.StationOffline, enabled, 10), Now - Duration.FromMinutes(watchedMinutes), Now);
        Assert.Equal(isFound, found is not null);
        if (found is null) return;
        Assert.Equal((isDue, seen, Station.ToString()), (found.IsDue, found.Since, found.Thing));
    }

    [Theory]
    [InlineData("Available", 60, 0, false)]
    [InlineData("Faulted", 4, null, false)]
    [InlineData("Faulted", 5, null, true)]
    [InlineData("Faulted", 4, 500, false)]      // the station's clock is late: what counts is what we saw
    [InlineData("Faulted", 5, -500, true)]      // or early
    public void A_connector_is_faulted_when_it_has_said_so_for_long_enough_by_our_clock(string status, int noticedMinutes, int? toldMinutes, bool isDue)
    {
        Instant? told = toldMinutes is { } minutes ? Now - Duration.FromMinutes(minutes) : null;
        var station = State(true, Now, Now, new ConnectorState(1, 1, "Available", Now, null), new ConnectorState(2, 1, status, told, "GroundFailure"));
        var noticed = Now - Duration.FromMinutes(noticedMinutes);
        var found = AlertRules.Faulted(station, Rule(AlertRule.ConnectorFaulted, true, 5), _ => noticed, Now).ToList();
        Assert.Equal(status == "Faulted" ? 1 : 0, found.Count);
        Assert.Equal(isDue, found.Exists(finding => finding.IsDue));
        Assert.All(found, finding => Assert.Equal((2, 1, "GroundFailure", 0.5m), (finding.Evse, finding.Connector, finding.Error, finding.Share)));
        Assert.All(found, finding => Assert.Equal(told < noticed ? told.Value : noticed, finding.Since));
    }

    [Fact]
    public void A_station_that_invents_connectors_is_a_few_alerts()
    {
        var station = State(true, Now, Now, [.. Enumerable.Range(1, 256).Select(number => new ConnectorState(1, number, "Faulted", Now, null))]);
        var found = AlertRules.Faulted(station, Rule(AlertRule.ConnectorFaulted, true, 5), _ => Now - Duration.FromMinutes(9), Now).Select(finding => finding.Connector).ToList();
        Assert.Equal(Enumerable.Range(1, 8).Cast<int?>(), found);
    }

    [Theory]
    [InlineData(59, 120, false, false, false)]
    [InlineData(60, 120, false, true, true)]
    [InlineData(60, 120, true, true, false)]        // its station is away: that is told
    [InlineData(1, 24 * 60, false, true, true)]     // it talks, and lasts too long
    [InlineData(-30, 120, false, false, false)]     // a clock that is ahead
    public void A_session_is_stuck_when_it_is_silent_or_open_for_too_long(int silentMinutes, int openMinutes, bool isAway, bool isFound, bool isDue)
    {
        var session = new WatchedSession(
            new SessionId(Guid.Parse("01890000-0000-7000-8000-0000000000cc")), Station, "CP-1", 1, 0, Now - Duration.FromMinutes(openMinutes), Now - Duration.FromMinutes(silentMinutes), new Money(3, Currency.Eur));
        var found = AlertRules.Stuck(session, Rule(AlertRule.SessionStuck, true, 60, 24), isAway, Now);
        Assert.Equal(isFound, found is not null);
        if (found is not null) Assert.Equal((isDue, 1, null, new Money(3, Currency.Eur)), (found.IsDue, found.Evse, found.Connector, found.Unbilled));
    }

    // 84 sessions in 28 days are three a day.
    [Theory]
    [InlineData("Available", true, 84, 28, 48, null, true)]
    [InlineData("Available", true, 84, 28, 23, null, false)]        // not for a day yet
    [InlineData("Available", true, 84, 28, 36, null, false)]        // 4.5 sessions are missing, not 5
    [InlineData("Available", true, 5, 28, 48, null, false)]         // hardly used at all
    [InlineData("Available", true, 30, 6, 48, null, false)]         // not known for long enough
    [InlineData("Charging", true, 84, 28, 48, null, false)]
    [InlineData("Faulted", true, 84, 28, 48, null, false)]
    [InlineData("Available", false, 84, 28, 48, null, false)]       // away: another rule's
    [InlineData("Available", true, 0, 28, 900, 800, true)]          // told already, and still nobody
    [InlineData("Available", false, 0, 28, 900, 800, true)]
    [InlineData("Available", true, 1, 1, 2, 800, false)]            // somebody charged since
    [InlineData("Charging", true, 0, 28, 900, 800, false)]
    public void A_connector_is_unused_when_its_usual_rate_would_have_brought_sessions(string status, bool online, int sessions, int days, int idleHours, int? openHours, bool isFound)
    {
        var connector = new ConnectorState(1, 1, status, null, null);
        var usage = sessions == 0 ? null : new ConnectorUsage(Station, 1, 1, sessions, Now - Duration.FromDays(days), Now - Duration.FromHours(idleHours));
        Instant? open = openHours is { } hours ? Now - Duration.FromHours(hours) : null;
        var found = AlertRules.Unused(State(online, Now, Now, connector), connector, usage, Rule(AlertRule.ConnectorUnused, true, 24 * 60, 5), open, Now);
        Assert.Equal(isFound, found is not null);
        if (isFound) Assert.Equal(open ?? usage!.LastEnd, found!.Since);
    }

    [Theory]
    [InlineData(2, 10, 3, false, false)]        // too few
    [InlineData(3, 4, 3, true, true)]
    [InlineData(3, 6, 3, true, true)]
    [InlineData(3, 7, 3, false, false)]         // less than half of the site
    [InlineData(3, 4, 0, false, false)]         // never
    [InlineData(3, 4, 3, true, false, 5)]       // nobody for long enough yet
    public void Many_stations_of_one_site_are_one_alert(int away, int known, int amount, bool isFound, bool isDue, int minutes = 20)
    {
        var rule = Rule(AlertRule.StationOffline, true, 10, amount);
        var found = AlertRules.Sites(Enumerable.Range(0, away).Select(number => Gone(rule, number, minutes - number)), new Dictionary<LocationId, int> { [Site] = known }, rule).ToList();
        Assert.Equal(isFound, found.Count == 1);
        // Since when so many were away: the third.
        if (isFound) Assert.Equal((isDue, Site.ToString(), away, Now - Duration.FromMinutes(minutes - 2)), (found[0].IsDue, found[0].Thing, found[0].Away.Count, found[0].Since));
    }

    [Theory]
    [InlineData(4, false, 20_000, 2, 1)]        // one was dead for days already: two more have only just gone
    [InlineData(4, true, 20_000, 12, 10)]       // so many are away for long enough
    [InlineData(4, false, 20_000, 19_000, 9)]    // the third of them is not yet
    [InlineData(10, false, 60, 50, 40, 3, 2)]    // half of the site is five: the fifth
    [InlineData(10, true, 60, 50, 40, 30, 12)]
    [InlineData(9, false, 60, 50, 40, 30, 3)]    // half of nine is five too
    public void A_site_is_an_alert_when_so_many_are_away_for_long_enough_and_not_when_its_first_is(int known, bool isDue, params int[] awayMinutes)
    {
        var rule = Rule(AlertRule.StationOffline, true, 10);
        var found = AlertRules.Sites(awayMinutes.Select((minutes, number) => Gone(rule, number, minutes)), new Dictionary<LocationId, int> { [Site] = known }, rule).Single();
        Assert.Equal((isDue, awayMinutes.Length), (found.IsDue, found.Away.Count));
        Assert.Equal(Now - Duration.FromMinutes(awayMinutes[^1]), found.Since);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(12, false)]     // due, and its site is to come: they are told together
    [InlineData(20, true)]      // it waits no longer, should the site never come
    public void A_station_waits_for_its_site_as_long_again_and_no_longer(int minutes, bool isDue)
    {
        var rule = Rule(AlertRule.StationOffline, true, 10);
        Assert.Equal(isDue, AlertRules.WithItsSite(Gone(rule, 0, minutes).Finding, rule, Instant.MinValue, Now).IsDue);
        // What was before this process looked does not count here either.
        Assert.False(AlertRules.WithItsSite(Gone(rule, 0, 600).Finding, rule, Now - Duration.FromMinutes(15), Now).IsDue);
    }

    [Theory]
    [InlineData(null, true, false, 0, AlertStep.None)]
    [InlineData(null, true, true, 0, AlertStep.Raise)]
    [InlineData(null, false, false, 0, AlertStep.None)]
    [InlineData(-1, true, false, 2, AlertStep.None)]        // it lasts, due or not
    [InlineData(-1, false, false, 2, AlertStep.Clear)]
    [InlineData(-1, false, false, 0, AlertStep.Resolve)]
    [InlineData(1, false, false, 2, AlertStep.None)]
    [InlineData(2, false, false, 2, AlertStep.Resolve)]
    [InlineData(1, true, true, 2, AlertStep.Return)]
    public void An_alert_is_over_when_its_thing_has_been_well_for_long_enough(int? clearedMinutes, bool isPresent, bool isDue, int recoverMinutes, object expected)
    {
        var open = clearedMinutes is not { } minutes ? null
            : new OpenAlert(default, AlertRule.StationOffline, "x", Now, minutes < 0 ? null : Now - Duration.FromMinutes(minutes));
        Assert.Equal(expected.ToString(), AlertSteps.Next(open, isPresent, isDue, Duration.FromMinutes(recoverMinutes), Now).ToString());
    }

    [Theory]
    [InlineData("GroundFailure", "GroundFailure")]
    [InlineData("a\0b\r\nc", "a b  c")]
    public void A_stations_words_are_one_line_that_every_database_holds(string said, string kept) => Assert.Equal(kept, AlertDesk.Clean(said));

    [Fact]
    public void A_station_that_comes_and_goes_is_told_of_once()
    {
        // Away for 12 minutes, then back for a minute and away for three, again and again, then back for good.
        var rule = Rule(AlertRule.StationOffline, true, 10);
        var (told, open) = (new List<AlertStep>(), (OpenAlert?)null);
        var gone = Now;
        for (var minute = 0; minute < 80; minute++)
        {
            var now = Now + Duration.FromMinutes(minute);
            var online = minute >= 12 && (minute % 4 == 0 || minute >= 60);
            if (online) gone = now;
            var found = AlertRules.Offline(State(online, Now, gone), rule, Instant.MinValue, now);
            var step = AlertSteps.Next(open, found is not null, found?.IsDue == true, Duration.FromMinutes(2), now);
            open = step switch
            {
                AlertStep.Raise => new OpenAlert(default, AlertRule.StationOffline, "x", found!.Since, null),
                AlertStep.Clear => open! with { ClearedAt = now },
                AlertStep.Return => open! with { ClearedAt = null },
                AlertStep.Resolve => null,
                _ => open,
            };
            if (step is AlertStep.Raise or AlertStep.Resolve) told.Add(step);
        }
        Assert.Equal([AlertStep.Raise, AlertStep.Resolve], told);
    }

    [Fact]
    public void Money_at_risk_is_what_was_earned_in_an_hour_and_nothing_where_nothing_is_known()
    {
        var rule = Rule(AlertRule.StationOffline, true, 10);
        var offline = AlertRules.Offline(State(false, Now, Now - Duration.FromHours(1)), rule, Instant.MinValue, Now)!;
        Dictionary<StationId, StationRevenue> Earned(decimal amount, Duration ago) => new() { [Station] = new StationRevenue(Station, new Money(amount, Currency.Eur), Now - ago) };

        Assert.Equal(new Money(1, Currency.Eur), MoneyAtRisk.Of(offline, Earned(672, AlertRules.History), Now)!.PerHour!.Value.ToPayable());     // 28 days of 24 hours
        Assert.Equal(new Money(1, Currency.Eur), MoneyAtRisk.Of(offline, Earned(24, Duration.FromHours(3)), Now)!.PerHour!.Value.ToPayable());  // a day at least
        Assert.Equal(new Money(0.5m, Currency.Eur), MoneyAtRisk.Of(offline with { Share = 0.5m }, Earned(672, AlertRules.History), Now)!.PerHour!.Value.ToPayable());
        Assert.Null(MoneyAtRisk.Of(offline, new Dictionary<StationId, StationRevenue>(), Now));
        Assert.Null(MoneyAtRisk.Of(offline, Earned(0, AlertRules.History), Now));
        Assert.Null(MoneyAtRisk.Of(offline, Earned(-5, AlertRules.History), Now));      // credits only
        var stuck = new Finding(AlertRule.SessionStuck, "ses", Now, true);
        Assert.Null(MoneyAtRisk.Of(stuck, Earned(672, AlertRules.History), Now));
        Assert.Equal((null, (Money?)new Money(3, Currency.Eur)), (MoneyAtRisk.Of(stuck with { Unbilled = new Money(3, Currency.Eur) }, Earned(672, AlertRules.History), Now)!.PerHour, MoneyAtRisk.Of(stuck with { Unbilled = new Money(3, Currency.Eur) }, Earned(672, AlertRules.History), Now)!.Fixed));
    }

    private static (Finding Finding, StationState Station) Gone(RuleSettings rule, int number, int minutes)
    {
        var seen = Now - Duration.FromMinutes(minutes);
        var station = State(false, seen, seen) with { Id = new StationId(new Guid(number, 0, 0, new byte[8])), Location = Site };
        return (AlertRules.Offline(station, rule, Instant.MinValue, Now)!, station);
    }

    private static StationState State(bool online, Instant? first, Instant? last, params ConnectorState[] connectors) => new(Tenant, Station, "CP-1", null, first, last, online, connectors);

    private static RuleSettings Rule(AlertRule rule, bool enabled, int afterMinutes, int amount = 3) => new(rule, enabled, Duration.FromMinutes(afterMinutes), Duration.FromMinutes(2), amount);
}
