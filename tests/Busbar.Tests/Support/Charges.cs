using System.Text.Json;

namespace Busbar.Tests.Support;

/// <summary>A charge as a 1.6 station tells it.</summary>
internal static class Charges
{
    /// <summary>The station connects, charges 5 kWh with a token and leaves.</summary>
    /// <param name="path">Of its address: <c>tenant/station</c>.</param>
    public static async Task OneAsync(RunningServer server, string path, string password, string uid)
    {
        await using var station = await WireStation.ConnectAsync(server.Address, path, "ocpp1.6", path.Split('/')[^1], password);
        await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        await station.CallAsync("Authorize", $$"""{"idTag":"{{uid}}"}""");
        var now = TimeProvider.System.GetUtcNow();
        var begun = await station.CallAsync("StartTransaction", $$"""{"connectorId":1,"idTag":"{{uid}}","meterStart":1000,"timestamp":"{{Text(now.AddMinutes(-1))}}"}""");
        var transaction = JsonElement.Parse(begun).GetProperty("transactionId").GetInt32();
        await station.CallAsync("StopTransaction", $$"""{"transactionId":{{transaction}},"idTag":"{{uid}}","meterStop":6000,"timestamp":"{{Text(now)}}"}""");
    }

    /// <summary>The station tells the end of a charge that nobody knows.</summary>
    public static async Task UnknownEndAsync(RunningServer server, string path, string password, string uid)
    {
        await using var station = await WireStation.ConnectAsync(server.Address, path, "ocpp1.6", path.Split('/')[^1], password);
        await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        await station.CallAsync("StopTransaction", $$"""{"transactionId":-1,"idTag":"{{uid}}","meterStop":600,"timestamp":"{{Text(TimeProvider.System.GetUtcNow())}}"}""");
    }

    private static string Text(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
