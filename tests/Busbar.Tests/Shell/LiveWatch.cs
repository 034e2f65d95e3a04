using System.Globalization;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Tests.Support;
using Microsoft.Playwright;
using NodaTime;

namespace Busbar.Tests.Shell;

/// <summary>Stations that charge, and browsers whose pages are watched for what was told.</summary>
public abstract class LiveWatch(ConsoleRig rig)
{
    private protected ConsoleRig Rig { get; } = rig;

    /// <summary>What is told has to be plausible: at the power of such a connector.</summary>
    private protected Instant Start { get; } = Instants.GetInstant(TimeProvider.System) - Duration.FromHours(1);

    private protected async Task<(WireStation Station, int Transaction)> BeginAsync(string name, int power = 22_000)
    {
        await Rig.GivenStationAsync(name, power: power);
        var station = await Rig.ConnectAsync(name, "ocpp1.6");
        return (station, await StartTransactionAsync(station, 1, Start));
    }

    private protected static async Task<int> StartTransactionAsync(WireStation station, int connector, Instant at)
    {
        var told = await station.CallAsync("StartTransaction", JsonSerializer.Serialize(new { connectorId = connector, idTag = "04A1B2C3", meterStart = 4_000, timestamp = at.ToRfc3339() }));
        return JsonElement.Parse(told).GetProperty("transactionId").GetInt32();
    }

    /// <returns>When it was acknowledged, as the browsers count.</returns>
    private protected static async Task<double> MeterAsync(WireStation station, int transaction, int wattHours, Instant readAt)
    {
        await station.CallAsync("MeterValues", JsonSerializer.Serialize(new
        {
            connectorId = 1, transactionId = transaction,
            meterValue = new[]
            {
                new
                {
                    timestamp = readAt.ToRfc3339(),
                    sampledValue = new[] { new { value = (4_000 + wattHours).ToString(CultureInfo.InvariantCulture), measurand = "Energy.Active.Import.Register", unit = "Wh" } },
                },
            },
        }));
        return Now();
    }

    private protected static double Now() => Instants.GetInstant(TimeProvider.System).ToUnixTimeMilliseconds();

    /// <summary>When the text stands on the page; both run on this machine's clock.</summary>
    private protected static Task<double> SeenAsync(ConsoleBrowser browser, string text, string within = "main") => browser.Page.EvaluateAsync<double>(
        """
        ([text, within]) => new Promise((done, fail) => {
          const look = () => [...document.querySelectorAll(within)].some(place => within === 'main' ? place.innerText.replaceAll(/\s+/g, " ").includes(text) : place.textContent === text);
          const limit = setTimeout(() => fail(new Error(`${text} does not come`)), 15000);
          const watch = new MutationObserver(() => { if (look()) { watch.disconnect(); clearTimeout(limit); done(Date.now()); } });
          watch.observe(document.body, { subtree: true, childList: true, characterData: true });
        })
        """, new[] { text, within });

    private protected static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
