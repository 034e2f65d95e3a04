using System.Text.Json;
using Busbar.Sessions;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Identity;

/// <summary>What an erasure must leave: the way to what is held, and what a bill is made of.</summary>
public sealed partial class PersonalDataTests
{
    /// <summary>Who asks by the driver's id must find them once more when the charge is over: what leads from one to the other stays until then, and lets nobody charge.</summary>
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_driver_whose_charge_is_not_over_is_found_again_by_their_id(DatabaseKind kind)
    {
        var (log, store) = (new SecretCanaryTests.Lines(), await servers.NewStoreAsync(kind));
        await using var server = await StartAsync(store);
        var (owner, driver) = (await Staff.FoundAsync(server), Driver.New());
        var password = await StationAsync(owner, "CP-1");
        await PostAsync(owner, "tokens", new { uid = driver.Card, type = "rfid", driverId = driver.Id });
        await using var station = await WireStation.ConnectAsync(server.Address, "CP-1", "ocpp1.6", "CP-1", password);
        await station.CallAsync("BootNotification", """{"chargePointVendor":"V","chargePointModel":"M"}""");
        var begun = await station.CallAsync("StartTransaction", $$"""{"connectorId":1,"idTag":"{{driver.Card}}","meterStart":0,"timestamp":"{{Told}}"}""");
        Assert.Equal(["customers tokens chargeNotOver", "sessions sessions chargeNotOver"], Held(await PostAsync(owner, "personal-data/erasures", new { driverId = driver.Id })).Where(held => !held.StartsWith("storage", StringComparison.Ordinal)).Order());
        Assert.Contains("Blocked", await station.CallAsync("Authorize", $$"""{"idTag":"{{driver.Card}}"}"""), StringComparison.Ordinal);

        await station.CallAsync("StopTransaction", $$"""{"transactionId":{{JsonElement.Parse(begun).GetProperty("transactionId").GetInt32()}},"idTag":"{{driver.Card}}","meterStop":5000,"timestamp":"{{Ended}}"}""");
        Assert.Equal(["storage auditEntries accountability"], Held(await PostAsync(owner, "personal-data/erasures", new { driverId = driver.Id })));
        foreach (var name in new[] { driver.Id, driver.Card }) Assert.Empty(await FindAsync(server, owner, store, log, name));
        Assert.Single(await BilledAsync(owner));
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    /// <summary>Stations make a transaction's id of the card; and the digits of a uid stand in registers, as words of the standard stand for people.</summary>
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_uid_in_a_transactions_id_goes_and_one_that_looks_like_a_register_takes_no_energy_with_it(DatabaseKind kind)
    {
        const string Digits = "12345678";
        var (log, store) = (new SecretCanaryTests.Lines(), await servers.NewStoreAsync(kind));
        await using var server = await StartAsync(store);
        var (owner, card) = (await Staff.FoundAsync(server), "CNRY" + Fresh(10));
        await PostAsync(owner, "tariffs", Tariff("T", 0.5));
        await using var station = await WireStation.ConnectAsync(server.Address, "CP-1", "ocpp2.0.1", "CP-1", await StationAsync(owner, "CP-1"));
        await station.CallAsync("BootNotification", """{"reason":"PowerUp","chargingStation":{"vendorName":"V","model":"M"}}""");
        foreach (var (uid, hour) in new[] { (card, "08"), (Digits, "10"), ("Accepted", "12") })
            foreach (var (type, minute, wh, n) in new[] { ("Started", "00", 12_345_678, 0), ("Ended", "59", 12_350_678, 1) })
            {
                await station.CallAsync("TransactionEvent", $$$"""
                    {"eventType":"{{{type}}}","timestamp":"2026-01-02T{{{hour}}}:{{{minute}}}:00Z","triggerReason":"Authorized","seqNo":{{{n}}},"transactionInfo":{"transactionId":"{{{uid}}}-{{{hour}}}"},"evse":{"id":1,"connectorId":1},
                     "idToken":{"idToken":"{{{uid}}}","type":"ISO14443"},"meterValue":[{"timestamp":"2026-01-02T{{{hour}}}:{{{minute}}}:00Z","sampledValue":[{"value":"{{{wh}}}","context":"{{{(n == 0 ? "Transaction.Begin" : "Transaction.End")}}}"}]}]}
                    """);
            }
        var before = await BilledAsync(owner);
        Assert.Equal(3, before.Count);
        foreach (var uid in new[] { card, Digits, "Accepted" })
        {
            await PostAsync(owner, "personal-data/erasures", new { tokenUid = uid });
            Assert.Equal(before, await BilledAsync(owner));
            Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
        }
        Assert.Empty(await FindAsync(server, owner, store, log, card));
    }
}
