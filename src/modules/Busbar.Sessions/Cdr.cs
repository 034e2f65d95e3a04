using System.Text.Json;
using System.Text.Json.Serialization;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;

namespace Busbar.Sessions;

/// <summary>
/// A charge detail record as it is issued, stored and answered: these bytes never change. Members in the order below, absent ones as null. A credit has
/// the same content with the total negated (OCPI 2.2.1, CDRs: only total_cost is negative).
/// </summary>
internal sealed record Cdr
{
    public required string Id { get; init; }
    public required string SessionId { get; init; }
    public required string StationId { get; init; }
    public required int Version { get; init; }
    public required string? CreditOf { get; init; }
    public required int Evse { get; init; }
    public required int Connector { get; init; }
    public required string? TokenUid { get; init; }
    public required string StartedAt { get; init; }
    public required string EndedAt { get; init; }
    public required string TimeZone { get; init; }
    public required decimal EnergyWh { get; init; }
    public required PriceTotal? TotalCost { get; init; }
    public required CdrTariff? Tariff { get; init; }
    public required IReadOnlyList<PriceLine> Lines { get; init; }
    public required IReadOnlyList<PricePeriod> Periods { get; init; }

    /// <summary>SHA-256 of what the price depends on besides the timeline (current, payment, token group, prices of the market), in its canonical bytes; what it
    /// stands for is the session's own state. Absent where nothing of it was known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ContextHash { get; init; }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, CdrJson.Default.Cdr);

    public static Cdr Read(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, CdrJson.Default.Cdr) ?? throw new InvalidOperationException("A stored CDR is empty.");

    /// <summary>The content without ids and version: what makes a new CDR necessary when it changes.</summary>
    public string ContentHash() => Convert.ToHexStringLower(
        System.Security.Cryptography.SHA256.HashData((this with { Id = "", Version = 0, CreditOf = null }).ToBytes()));

    public Cdr Credit(string id, int version) => this with
    {
        Id = id,
        Version = version,
        CreditOf = Id,
        TotalCost = TotalCost is null ? null : TotalCost with { ExclTax = Negate(TotalCost.ExclTax), InclTax = Negate(TotalCost.InclTax) },
    };

    private static string Negate(string amount) =>
        amount.StartsWith('-') ? amount[1..] : amount.Any(c => c is >= '1' and <= '9') ? "-" + amount : amount;
}

internal sealed record CdrTariff(string Id, int Version, string Hash);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Cdr))]
internal sealed partial class CdrJson : JsonSerializerContext;
