using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>Several stations' journals read together are what each of them is alone.</summary>
public sealed class JournalReaderTests(Servers servers)
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 11, 20, 12, 0);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Rows_of_many_stations_are_those_of_each_after_its_own_position(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        var other = await server.NewTenantAsync();
        var strange = await ToldStation.MadeAsync(server, other, other.Tenant!, "CP-1");
        await strange.TellAsync(Frames.Start(1, "TAG", Noon, 1_000));
        var stations = new List<ToldStation>();
        for (var number = 1; number <= 3; number++)
        {
            var station = await ToldStation.MadeAsync(server, api, api.Tenant!, $"CP-{number}");
            stations.Add(station);
            // Two epochs, whose rows are numbered on and must not be mixed.
            for (var session = 0; session < 2; session++)
            {
                var at = Noon + Duration.FromHours(session * 2);
                var transaction = (await station.TellAsync(Frames.Start(1, "TAG", at, 1_000 + (session * 2_000)))).TransactionId!;
                await station.TellAsync(Frames.Meter(1, transaction, at + Duration.FromMinutes(10), 1_500 + (session * 2_000)));
                await station.TellAsync(Frames.Stop(transaction, at + Duration.FromHours(1), 3_000 + (session * 2_000), "TAG"));
                await station.ConnectAgainAsync();
            }
        }

        var reader = server.Services.GetRequiredService<JournalReader>();
        var tenant = stations[0].Key.Tenant;
        var all = await AloneAsync(reader, stations[0].Key, 0, 0);
        Assert.Equal(6, all.Count);
        // From the beginning, from the middle, from the end; one that has no rows, and one of another tenant's.
        JournalPosition[] positions =
        [
            new(stations[0].Key.Station, 0, 0), new(stations[1].Key.Station, all[1].Epoch, 2), new(stations[2].Key.Station, all[^1].Epoch, 6),
            new(Guid.Parse("01890000-0000-7000-8000-0000000000ff"), 0, 0), new(strange.Key.Station, 0, 0),
        ];
        var found = await reader.AfterAsync(tenant, positions, TestContext.Current.CancellationToken);
        Assert.Equal([6, 4, 0, 0, 0], positions.Select(at => found[at.Station].Count()));
        foreach (var at in positions[..2])
        {
            var alone = await AloneAsync(reader, new StationKey(tenant, at.Station), at.Epoch, at.N);
            Assert.Equal(alone.Select(Told), found[at.Station].Select(Told));
        }
    }

    private static (long, long, string, string) Told(JournalRow row) => (row.Epoch, row.Entry.N, row.Entry.Action, Convert.ToHexString(row.Entry.Raw.Span));

    private static async Task<List<JournalRow>> AloneAsync(JournalReader reader, StationKey station, long epoch, long n)
    {
        var rows = new List<JournalRow>();
        await foreach (var row in reader.AfterAsync(station, epoch, n, TestContext.Current.CancellationToken)) rows.Add(row);
        return rows;
    }
}
