using Busbar.Identity;
using Busbar.Stations;
using Busbar.Stations.Console;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using ZXing;

namespace Busbar.Tests.Stations;

/// <summary>What is entered on a charger, and carried to it.</summary>
public sealed class StationAddressTests
{
    [Theory]
    [InlineData("http://localhost:8080/console/", null, null, "default", "CP-1", "ws://localhost:8080/ocpp", "ws://localhost:8080/ocpp/CP-1")]
    [InlineData("https://busbar.example/console/", null, null, "default", "CP-1", "wss://busbar.example/ocpp", "wss://busbar.example/ocpp/CP-1")]
    [InlineData("https://busbar.example/console/", "https://*:8443", null, "north", "A B", "wss://busbar.example:8443/ocpp/north", "wss://busbar.example:8443/ocpp/north/A%20B")]
    [InlineData("https://busbar.example/console/", "http://10.0.0.5:80; https://*:8443", null, "default", "1", "ws://10.0.0.5/ocpp", "ws://10.0.0.5/ocpp/1")]
    [InlineData("http://localhost:8080/console/", "https://*:8443", "wss://charge.example/ocpp/", "default", "1", "wss://charge.example/ocpp", "wss://charge.example/ocpp/1")]
    [InlineData("http://localhost:8080/console/", null, "wss://charge.example", "default", "1", "wss://charge.example/ocpp", "wss://charge.example/ocpp/1")]
    public void The_address_is_the_one_that_reaches_the_stations_door(string console, string? listener, string? publicUrl, string slug, string identity, string door, string full)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Busbar:Stations:Url", listener)]).Build();
        var address = new StationAddresses(Options.Create(new StationsOptions { PublicUrl = publicUrl }), configuration).Of(new Uri(console), slug, identity);
        Assert.Equal((door, full), (address.Base, address.Full));
    }

    [Theory]
    [InlineData("charge.example", false)]
    [InlineData("https://charge.example", false)]
    [InlineData("wss://charge.example", true)]
    [InlineData("", true)]
    public void An_address_that_no_station_can_use_stops_the_start(string url, bool usable) => Assert.Equal(usable, new StationsOptions { PublicUrl = url }.Usable);

    [Theory]
    [InlineData("ws://localhost:8080/ocpp/CP-1\nCP-1\nPa55word")]
    [InlineData("wss://charge.example/ocpp/übung/Straße-01")]
    public void A_camera_reads_from_the_code_what_was_put_in(string content)
    {
        var (size, path) = QrDrawing.Draw(content);
        const int Scale = 4;
        var luminance = new byte[size * size * Scale * Scale];
        Array.Fill(luminance, byte.MaxValue);
        foreach (var run in path.Split('M', StringSplitOptions.RemoveEmptyEntries))
        {
            var numbers = run.Split([' ', 'h', 'v'], StringSplitOptions.RemoveEmptyEntries);
            var (x, y, length) = (Number(numbers[0]), Number(numbers[1]), Number(numbers[2]));
            for (var row = y * Scale; row < (y + 1) * Scale; row++) Array.Fill(luminance, (byte)0, (row * size * Scale) + (x * Scale), length * Scale);
        }
        var read = new BarcodeReaderGeneric { Options = { TryHarder = true, PossibleFormats = [BarcodeFormat.QR_CODE] } }
            .Decode(new RGBLuminanceSource(luminance, size * Scale, size * Scale, RGBLuminanceSource.BitmapFormat.Gray8));
        Assert.Equal(content, read?.Text);
    }

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
