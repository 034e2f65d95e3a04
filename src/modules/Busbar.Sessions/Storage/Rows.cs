using System.Globalization;
using System.Security.Cryptography;
using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Sessions.Contracts;
using Busbar.Storage.Commits;

namespace Busbar.Sessions.Storage;

/// <summary>Sessions, CDRs and books as rows for the commit loop.</summary>
internal static class Rows
{
    /// <param name="running">The price so far; null without a tariff.</param>
    public static RowWrite Of(StationKey key, string station, Session session, Energy energy, RunningCost? running) => SessionsSchema.Sessions.Row(
        key.Tenant.Value, session.Id.Value, key.Station, station, (long)session.Evse, (long)session.Connector, FoundBy.Token(session.Token), FoundBy.Transaction(session.TransactionId),
        (long)session.Status, session.StartedAt.ToUnixTimeMilliseconds(), session.EndedAt?.ToUnixTimeMilliseconds(), energy.MilliwattHours,
        Micros(running?.Total.ExclTax, running?.Currency), Micros(running?.Total.InclTax, running?.Currency), running?.Currency.Code,
        (long)session.Version, SessionsJson.Write(session));

    /// <summary>The row that would be written now.</summary>
    public static SessionRow As(this SessionRow row, Session session, Energy energy, RunningCost? running) => new()
    {
        TenantId = row.TenantId, Id = row.Id, StationId = row.StationId, Station = row.Station,
        Evse = session.Evse, Connector = session.Connector, TokenKey = FoundBy.Token(session.Token), TransactionId = FoundBy.Transaction(session.TransactionId), Status = session.Status,
        StartedAt = session.StartedAt, EndedAt = session.EndedAt, Energy = energy, CostExclTax = Micros(running?.Total.ExclTax, running?.Currency),
        CostInclTax = Micros(running?.Total.InclTax, running?.Currency), Currency = running?.Currency.Code, Version = session.Version, State = SessionsJson.Write(session),
    };

    public static RowWrite Of(StationKey key, Cdr cdr, Session session)
    {
        var bytes = cdr.ToBytes();
        var currency = cdr.TotalCost is { } total ? Currency.Parse(total.Currency) : null;
        return SessionsSchema.Cdrs.Row(
            key.Tenant.Value, IdOf(cdr.Id), session.Id.Value, key.Station, cdr.StationId, (long)cdr.Version, cdr.CreditOf is { } credit ? IdOf(credit) : null,
            session.StartedAt.ToUnixTimeMilliseconds(), (session.EndedAt ?? session.StartedAt).ToUnixTimeMilliseconds(),
            Energy.FromWattHours(cdr.EnergyWh).MilliwattHours, Micros(Amount(cdr.TotalCost?.ExclTax), currency), Micros(Amount(cdr.TotalCost?.InclTax), currency),
            currency?.Code, SHA256.HashData(bytes), bytes);
    }

    public static RowWrite Of(StationKey key, StationBook book) => SessionsSchema.Books.Row(
        key.Tenant.Value, key.Station, book.Place.Epoch, book.Place.N, SessionsJson.Write(StoredBook.Of(book)));

    private static decimal? Amount(string? text) => text is null ? null : decimal.Parse(text, CultureInfo.InvariantCulture);

    private static long? Micros(decimal? amount, Currency? currency) => amount is { } value && currency is not null ? new Money(value, currency).ToMicros() : null;

    private static Guid IdOf(string id) => TypedId.TryParse<CdrId>(id, out var parsed) ? parsed.Value : throw new InvalidOperationException($"'{id}' is not a CDR's id.");
}
