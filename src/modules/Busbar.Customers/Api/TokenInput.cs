using Busbar.Customers.Storage;
using Busbar.Identity.Http;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Customers.Api;

/// <summary>A token as a caller says it; the same form for POST, PATCH and import.</summary>
internal sealed record TokenInput
{
    public required string Uid { get; init; }
    public required TokenType Type { get; init; }
    public string? DriverId { get; init; }
    public string? GroupId { get; init; }
    public TokenState? Status { get; init; }
    public Instant? ValidUntil { get; init; }
    public int? ConcurrentSessions { get; init; }

    public void Examine(Check check, string pointer)
    {
        check.That(Uid.Length is > 0 and <= TokenRow.LongestUid && !char.IsWhiteSpace(Uid[0]) && !char.IsWhiteSpace(Uid[^1]) && !Uid.Any(char.IsControl), pointer + "/uid", "invalidValue",
            $"Must have 1 to {TokenRow.LongestUid} printable characters and no blank at an end.");
        check.OptionalText(DriverId, pointer + "/driverId", 100);
        check.OptionalText(GroupId, pointer + "/groupId", 36);
        check.That(ConcurrentSessions is null or (>= 1 and <= 1000), pointer + "/concurrentSessions", "invalidValue", "Must be 1 to 1000.");
    }

    public TokenRow ToRow(TenantId tenant, TokenId id)
    {
        var row = new TokenRow { TenantId = tenant, Id = id, Uid = Uid, UidFolded = TokenRow.Fold(Uid), Type = Type, Status = Status ?? TokenState.Active };
        WriteTo(row);
        return row;
    }

    public void WriteTo(TokenRow row)
    {
        (row.Type, row.DriverId, row.GroupId) = (Type, DriverId, GroupId);
        (row.Status, row.ValidUntil, row.ConcurrentSessions) = (Status ?? TokenState.Active, ValidUntil, ConcurrentSessions);
    }

    public static TokenInput Of(TokenRow row) => new()
    {
        Uid = row.Uid, Type = row.Type, DriverId = row.DriverId, GroupId = row.GroupId, Status = row.Status, ValidUntil = row.ValidUntil,
        ConcurrentSessions = row.ConcurrentSessions,
    };

    /// <summary>Would writing this change the row?</summary>
    public bool Says(TokenRow row) => this with { Uid = row.Uid, Status = Status ?? TokenState.Active } == Of(row);
}

internal sealed record TokenView(
    TokenId Id, string Uid, TokenType Type, string? DriverId, string? GroupId, TokenState Status, Instant? ValidUntil, int? ConcurrentSessions)
{
    public static TokenView Of(TokenRow row) =>
        new(row.Id, row.Uid, row.Type, row.DriverId, row.GroupId, row.Status, row.ValidUntil, row.ConcurrentSessions);
}
