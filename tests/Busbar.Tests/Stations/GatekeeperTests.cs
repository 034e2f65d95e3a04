using System.Net;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Stations;
using Busbar.Stations.Contracts;
using Busbar.Stations.Presence;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace Busbar.Tests.Stations;

public sealed class GatekeeperTests
{
    private static readonly StationCredential Basic =
        new(new TenantId(Guid.Empty), new StationId(Guid.Empty), "CS-1", [1], 1, null, null, "Europe/Amsterdam", Currency.Eur);

    [Theory]
    [InlineData(1, "CS-1", "secret", false, true)]
    [InlineData(1, "CS-1", "wrong", false, false)]
    [InlineData(1, "cs-1", "secret", false, false)]          // the user is the station, letter by letter
    [InlineData(1, null, "secret", false, false)]
    [InlineData(1, "CS-1", "secret", true, true)]            // the profile is the least that is asked for
    [InlineData(1, "CS-1", "wrong", true, false)]
    [InlineData(2, "CS-1", "wrong", true, false)]
    [InlineData(2, null, "secret", true, false)]
    [InlineData(2, "CS-1", "secret", true, true)]
    [InlineData(2, "CS-1", "secret", false, false)]          // profile 2 never without TLS
    [InlineData(3, "CS-1", "secret", true, false)]
    public async Task A_profile_decides_who_comes_in(int profile, string? user, string password, bool tls, bool admitted)
    {
        var admission = await Knock(new FakeDoor(Basic with { SecurityProfile = profile }), user, password, tls);
        Assert.Equal(admitted, admission is Admission.Admitted);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(0, false)]
    [InlineData(60, true)]
    public async Task Profile_0_needs_an_exception_that_has_not_expired(int? seconds, bool admitted)
    {
        var until = seconds is { } given ? StationRig.Start.Plus(Duration.FromSeconds(given)) : (Instant?)null;
        var admission = await Knock(new FakeDoor(Basic with { SecurityProfile = 0, InsecureUntil = until }), null, "", false);
        Assert.Equal(admitted, admission is Admission.Admitted);
    }

    [Fact]
    public async Task Whoever_comes_in_without_proof_is_told_of_each_time()
    {
        var log = new LinesOf<SecurityEvents>();
        var door = new FakeDoor(Basic with { SecurityProfile = 0, InsecureUntil = StationRig.Start.Plus(Duration.FromSeconds(60)) });
        await Knock(door, null, "", false, log);
        await Knock(door, null, "", true, log);
        await Knock(new FakeDoor(Basic), "CS-1", "secret", false, log);
        Assert.Equal(2, log.Lines.Count);
        Assert.All(log.Lines, line => Assert.Equal("Warning: CS-1: let in from 127.0.0.1 without any proof (security profile 0, until 2026-11-23T06:01:00Z)", line));
    }

    [Fact]
    public async Task An_unknown_station_costs_the_same_check()
    {
        var door = new FakeDoor(null);
        Assert.IsType<Admission.Refused>(await Knock(door, "CS-1", "secret", false));
        Assert.Equal(1, door.Checks);
    }

    [Theory]
    [InlineData("secret", true)]
    [InlineData("wrong", false)]
    public async Task Who_booted_at_another_process_is_known_to_have_booted(string password, bool known)
    {
        var presence = new PresenceBook(new Hints());
        await Knock(new FakeDoor(Basic with { BootedAt = StationRig.Start }), "CS-1", password, false, presence: presence);
        Assert.Equal(known, presence.Entry(new StationKey(Basic.Tenant, Basic.Station.Value)).HasBooted);
    }

    private static async Task<Admission> Knock(
        FakeDoor door, string? user, string password, bool tls, LinesOf<SecurityEvents>? log = null, PresenceBook? presence = null) =>
        await new Gatekeeper(door, presence ?? new PresenceBook(new Hints()), new SecurityEvents(new NoMeters(), log ?? new()), new StationRig().Clock, NullLogger<Gatekeeper>.Instance).AdmitAsync(
            new StationKnock(null, "CS-1", user, System.Text.Encoding.UTF8.GetBytes(password), OcppVersion.V16, IPAddress.Loopback, tls), TestContext.Current.CancellationToken);

    private sealed class FakeDoor(StationCredential? known) : IStationDoor
    {
        public int Checks { get; private set; }

        public ValueTask<StationCredential?> FindAsync(string slug, string identity, CancellationToken ct) => ValueTask.FromResult(slug == "default" ? known : null);

        public bool Accepts(StationCredential? credential, ReadOnlySpan<byte> password)
        {
            Checks++;
            return credential is not null && password.SequenceEqual("secret"u8);
        }
    }
}
