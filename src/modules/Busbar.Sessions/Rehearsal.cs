using Busbar.Customers;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>A charge of a station that is nobody's, from its frames to its CDR, in memory; and the book of a station that has none, from the database.</summary>
internal sealed class Rehearsal(BookStore books, IFactReader facts, ITokenBook tokens) : IWarmUp
{
    private const int Ocpp16 = 16;

    private static readonly Instant Noon = Instant.FromUtc(2026, 1, 5, 12, 0);
    private static readonly StationKey Nobody = new(new TenantId(Guid.Empty), Guid.Empty);

    private static readonly (string Action, byte[] Raw)[] Told =
    [
        ("StartTransaction", """{"connectorId":1,"idTag":"A","meterStart":1000,"timestamp":"2026-01-05T12:00:00Z"}"""u8.ToArray()),
        ("MeterValues", """{"connectorId":1,"transactionId":1,"meterValue":[{"timestamp":"2026-01-05T12:10:00Z","sampledValue":[{"value":"2000","measurand":"Energy.Active.Import.Register","unit":"Wh"}]}]}"""u8.ToArray()),
        ("StopTransaction", """{"transactionId":1,"idTag":"A","meterStop":4000,"timestamp":"2026-01-05T13:00:00Z","reason":"Local"}"""u8.ToArray()),
    ];

    public async Task WarmUpAsync(CancellationToken ct)
    {
        await tokens.JudgeAsync(Nobody.Tenant, "A", Noon, ct);
        var (book, _) = await books.LoadAsync(Nobody, ct);
        var booking = new Booking(new SampleBook(), new Market(new SampleBook(), new SampleBook()));
        var running = new RunningPrice();
        for (var n = 0; n < Told.Length; n++)
        {
            var (action, raw) = Told[n];
            var receivedAt = Noon + Duration.FromMinutes(n * 30);
            var decided = n == 0
                ? new Decided { TransactionId = "1", TokenStatus = "Accepted", Tariff = SampleBook.Pin, Station = "A", Zone = "Europe/Berlin" }
                : new Decided { TokenStatus = "Accepted" };
            decided = SessionsJson.ReadDecided(SessionsJson.Write(decided));
            var fact = Booking.FactOf(Nobody, 1, facts.Read(Ocpp16, action, raw, receivedAt), n + 1, receivedAt, decided);
            var booked = await booking.ApplyAsync(book, fact, Nobody.Tenant, _ => Task.FromResult<IReadOnlyList<Session>>([]), ct);
            book = booked.Book;
            foreach (var session in booked.Changed.Select(book.Find).OfType<Session>())
            {
                var price = await booking.PriceAsync(Nobody.Tenant, session, running, ct);
                Rows.Of(Nobody, "A", session, price.Energy, price.Cost);
                SessionsJson.ReadSession(SessionsJson.Write(session));
            }
            foreach (var (session, cdr) in booked.Cdrs) Rows.Of(Nobody, cdr, session);
            Rows.Of(Nobody, book);
            SessionsJson.ReadBook(SessionsJson.Write(StoredBook.Of(book)));
        }
    }

    private sealed class SampleBook : ITariffBook, ICurveBook
    {
        private static readonly TaxRate[] Vat = [new TaxRate("VAT", 19m)];

        private static readonly PinnedTariff Sample = new(new TariffId(Guid.Empty), 1, "sample", new Tariff
        {
            Currency = Currency.Eur,
            TaxMode = TaxMode.Exclusive,
            Elements =
            [
                new TariffElement([new PriceComponent(Dimension.Energy, 0.49m, 1, Vat)], new Restrictions { StartTime = new LocalTime(6, 0), EndTime = new LocalTime(22, 0) }),
                new TariffElement([new PriceComponent(Dimension.Energy, 0.29m, 1, Vat), new PriceComponent(Dimension.Time, 1.20m, 1, Vat), new PriceComponent(Dimension.Flat, 0.50m, 1, Vat)]),
            ],
        });

        public static TariffPin Pin { get; } = new(Sample.Id.ToString(), Sample.Version, Sample.Hash);

        public ValueTask<PinnedTariff?> FindAsync(TariffQuestion question, CancellationToken ct) => ValueTask.FromResult<PinnedTariff?>(Sample);

        public ValueTask<PinnedTariff?> PinnedAsync(TenantId tenant, string hash, CancellationToken ct) => ValueTask.FromResult<PinnedTariff?>(Sample);

        public ValueTask<string?> RefusedAsync(TenantId tenant, Currency currency, IReadOnlyList<string> missing, CancellationToken ct) => default;

        public ValueTask<IReadOnlyList<PriceCurve>> FindAsync(TenantId tenant, Currency currency, IReadOnlyCollection<string> names, Instant from, Instant until, CancellationToken ct) =>
            ValueTask.FromResult<IReadOnlyList<PriceCurve>>([]);
    }
}
