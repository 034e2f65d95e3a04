namespace Busbar.Stations.Console;

/// <summary>Where a make of charger is told its server. Only what is sure: for all others there is the general hint.</summary>
/// <param name="Key">Its hint is the text <c>vendor-</c> and this.</param>
/// <param name="AddsId">It adds its id to the address by itself; null: it depends on the model.</param>
internal sealed record VendorHint(string Key, string Name, bool? AddsId)
{
    public static IReadOnlyList<VendorHint> All { get; } =
    [
        new("other", "", null),
        new("abb", "ABB (Terra AC)", null),
        new("alfen", "Alfen", true),
        new("keba", "KEBA (P30)", true),
        new("wallbox", "Wallbox", true),
    ];
}
