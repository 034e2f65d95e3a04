namespace Busbar.Tests.Support;

/// <summary>Inputs that many tests begin with.</summary>
internal static class Given
{
    public static readonly object Location = new
    {
        name = "Harbour", timeZone = "Europe/Amsterdam", country = "NLD", address = "Kade 1", city = "Rotterdam", postalCode = "3011 AA",
        coordinates = new { latitude = 51.9225, longitude = 4.47917 }, currency = "EUR",
    };
}
