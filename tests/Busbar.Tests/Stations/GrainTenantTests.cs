using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Stations;
using Busbar.Stations.Cluster;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Orleans;
using Orleans.Runtime;
using Orleans.Services;

namespace Busbar.Tests.Stations;

/// <summary>
/// Every method of every grain of the program, by reflection, asked of one tenant about another's station, whose socket is here: it answers as of a station that nobody has, and the station hears
/// nothing (S4).
/// </summary>
[Trait("suite", "stories")]
public sealed class GrainTenantTests(Servers servers)
{
    private const string Password = "a-password-of-its-own";

    [Fact]
    public async Task No_grain_tells_or_does_anything_of_another_tenants_station()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Postgres), null, "--Busbar:Cluster:Enabled=true", "--Busbar:Stations:CommandSeconds=5");
        var (mine, theirs) = (await TenantAsync(server, "ay"), await TenantAsync(server, "bee"));
        (await server.Admin.With("bee").PostAsync("stations", new { stationId = "CP-1", password = Password, evses = new[] { new { id = 1, connectors = new[] { new { id = 1 } } } } })).Is(HttpStatusCode.Created);
        await using var station = await WireStation.ConnectAsync(server.Address, "bee/CP-1", "ocpp1.6", "CP-1", Password);
        station.Answers["ClearCache"] = """{"status":"Accepted"}""";
        await station.CallAsync("BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}""");
        await station.CallAsync("StatusNotification", """{"connectorId":1,"errorCode":"NoError","status":"Available"}""");
        var known = await IdAsync(server, theirs);
        var nobodys = server.Services.GetRequiredService<IdSource>().New<StationId>().Value;
        var heard = station.Heard.Count(action => action == "ClearCache");

        var (asked, told) = (0, new List<string>());
        foreach (var grain in Grains())
            foreach (var method in grain.GetInterfaces().Append(grain).Where(one => one.Assembly == grain.Assembly).SelectMany(one => one.GetMethods()))
            {
                asked++;
                var (foreign, none) = (await AskAsync(server, grain, method, mine, known), await AskAsync(server, grain, method, mine, nobodys));
                Assert.True(foreign == none, $"{grain.Name}.{method.Name} of another tenant's station: {foreign}, of nobody's: {none}");
                // The control: its own tenant is told, and served.
                if (await AskAsync(server, grain, method, theirs, known) is var own && own != none) told.Add(method.Name);
                else Assert.Fail($"{grain.Name}.{method.Name} tells its own tenant no more: {own}");
            }
        TestContext.Current.TestOutputHelper?.WriteLine($"{asked} methods of {Grains().Count} grains; its own tenant is answered otherwise by {string.Join(' ', told)}");
        Assert.Equal(["IStationNode", "IStationRouterGrain"], Grains().Select(grain => grain.Name).Order());
        // By the router and by the process, of its own tenant.
        Assert.Equal(2, station.Heard.Count(action => action == "ClearCache") - heard);
    }

    /// <summary>Whatever the engine can be asked, of all rooms.</summary>
    private static List<Type> Grains() =>
    [
        .. Directory.GetFiles(AppContext.BaseDirectory, "Busbar.*.dll").Select(Path.GetFileNameWithoutExtension).Where(name => !name!.Contains("Tests", StringComparison.Ordinal) && !name.Contains("Stories", StringComparison.Ordinal))
            .Select(name => Assembly.Load(name!)).SelectMany(TypesOf).Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type)),
    ];

    // The schema's tools stand on what only the machine of who builds has.
    private static IEnumerable<Type> TypesOf(Assembly assembly)
    {
        try { return assembly.GetTypes(); }
        catch (ReflectionTypeLoadException partly) { return partly.Types.OfType<Type>(); }
    }

    private static async Task<string> AskAsync(RunningServer server, Type grain, MethodInfo method, TenantId tenant, Guid station)
    {
        object target = typeof(IGrainService).IsAssignableFrom(grain)
            ? server.Services.GetRequiredService<StationNodes>().Find(NodeName.Current)!
            : server.Services.GetRequiredService<IGrainFactory>().GetGrain(grain, station, tenant.Value.ToString("D", CultureInfo.InvariantCulture));
        var now = server.Services.GetRequiredService<TimeProvider>().GetInstant();
        var withheld = new ChargingFact.Withheld { Time = new StationTime(now, "", ClockQuality.Plausible), Evse = 1, From = now - Duration.FromMinutes(1) };
        var arguments = method.GetParameters().Select(parameter => (parameter.Name, parameter.ParameterType) switch
        {
            ("tenant", { } type) when type == typeof(Guid) => (object)tenant.Value,
            ("station", { } type) when type == typeof(Guid) => station,
            ("stations", { } type) when type == typeof(Guid[]) => new[] { station },
            (_, { } type) when type == typeof(ForwardedCall) => new ForwardedCall(16, "ClearCache", "{}"u8.ToArray(), TimeSpan.FromSeconds(5)),
            ("action", _) => OwnFacts.ActionOf(withheld),
            ("fact", _) => OwnFacts.Write(withheld),
            var other => throw new InvalidOperationException($"Nobody has said what {grain.Name}.{method.Name} is asked with as {other.Name}."),
        }).ToArray();
        var answer = (Task)method.Invoke(target, arguments)!;
        await answer.WaitAsync(TimeSpan.FromSeconds(30));
        return JsonSerializer.Serialize(answer.GetType().GetProperty("Result")!.GetValue(answer));
    }

    private static async Task<TenantId> TenantAsync(RunningServer server, string slug)
    {
        (await server.Admin.PostAsync("tenants", new { slug, name = slug, currency = "EUR", timeZone = "Europe/Amsterdam" })).Is(HttpStatusCode.Created);
        return server.Services.GetRequiredService<Busbar.Identity.ITenants>().Find(slug)!.Id;
    }

    private static async Task<Guid> IdAsync(RunningServer server, TenantId tenant)
    {
        await using var db = await server.Services.GetRequiredService<RoomDbFactory<StationsDb>>().OpenAsync(TenantScope.Of(tenant), CancellationToken.None);
        return (await db.Stations.SingleAsync()).Id.Value;
    }
}
