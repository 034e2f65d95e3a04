using System.Net;
using System.Security.Cryptography;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Operations;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>Values that cannot be opened any more keep no other from being sealed anew, however many they are.</summary>
public sealed class ResealTests(Servers servers)
{
    // More than are looked at in one go.
    private const int Broken = 250;

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Boxes_behind_many_that_cannot_be_opened_are_sealed_anew(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), null, "--Busbar:Keys:Pace=00:00:00.5", "--Busbar:Keys:KeepRetired=00:10:00");
        var tenant = server.Services.GetRequiredService<ITenants>().Find("default")!.Id;
        // Their ids are younger than those below, so they stand behind them.
        for (var i = 0; i < 3; i++) (await server.Admin.PostAsync("notification-channels", new { kind = "webhook", name = $"hook {i}", url = $"https://hooks.example.org/{i}" })).Is(HttpStatusCode.Created);
        await using (var db = await server.Services.GetRequiredService<RoomDbFactory<OperationsDb>>().OpenAsync(TenantScope.Of(tenant), default))
        {
            for (var i = 0; i < Broken; i++)
            {
                db.Add(new ChannelRow
                {
                    TenantId = tenant, Id = IdSource.Derived<ChannelId>(i, BitConverter.GetBytes(i)), Kind = ChannelKind.Webhook, Name = $"broken {i}", Target = "https://hooks.example.org", Language = "en", CreatedAt = default,
                    Secret = [.. SealedBox.Header(1), .. RandomNumberGenerator.GetBytes(60)],
                });
            }
            await db.CommitAsync(default);
        }
        Assert.Equal((3 + Broken, 0), await CountAsync(server));

        (await server.Admin.PostAsync("encryption-keys", new { })).Is(HttpStatusCode.Created);
        for (var i = 0; i < 60 && await CountAsync(server) is not (Broken, 3); i++) await Task.Delay(250);
        Assert.Equal((Broken, 3), await CountAsync(server));
    }

    /// <summary>Boxes of the first key and of the second.</summary>
    private static async Task<(int First, int Second)> CountAsync(RunningServer server)
    {
        await using var db = await server.Services.GetRequiredService<RoomDbFactory<OperationsDb>>().OpenAsync(TenantScope.System, default);
        var boxes = await db.Channels.AsNoTracking().Select(row => row.Secret!).ToListAsync();
        return (boxes.Count(box => SealedBox.NumberOf(box) == 1), boxes.Count(box => SealedBox.NumberOf(box) == 2));
    }
}
