using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using NodaTime;
using StoredReading = Busbar.Sessions.Reading;

namespace Busbar.Bench;

/// <summary>Finished sessions of 20 readings as the server stores them, with their CDR in their state. The same number gives the same sessions.</summary>
internal static class StoredSessions
{
    public const int Readings = 20;
    private const int Batch = 5_000;
    private const int Stations = 500;

    public static readonly Instant First = Instant.FromUtc(2026, 1, 1, 0, 0);
    public static readonly TenantId Tenant = new(new Guid("01890000-0000-7000-8000-000000000001"));

    /// <summary>By what they were charged: energy at two prices over the day, and idle time.</summary>
    public static Tariff Charged { get; } = TariffOf(0.49m, 0.39m);

    public static Tariff TariffOf(decimal day, decimal night) => new()
    {
        Currency = Currency.Eur, TaxMode = TaxMode.Exclusive,
        Elements =
        [
            new([new(Dimension.Energy, day, 1, [new TaxRate("VAT", 21m)]), new(Dimension.Idle, 3m, 60, [new TaxRate("VAT", 21m)])], new Restrictions { StartTime = new LocalTime(7, 0), EndTime = new LocalTime(22, 0) }),
            new([new(Dimension.Energy, night, 1, [new TaxRate("VAT", 21m)])], null),
        ],
    };

    public static Instant StartOf(int number) => First + Duration.FromSeconds(number * 20L);

    public static async Task WriteAsync(RoomDbFactory<SessionsDb> rooms, int count, TextWriter output)
    {
        var pin = new TariffPin(new TariffId(new Guid("01890000-0000-7000-8000-00000000aaaa")).ToString(), 1, TariffJson.Hash(TariffJson.Write(Charged)));
        for (var from = 0; from < count; from += Batch)
        {
            var rows = new SessionRow[Math.Min(Batch, count - from)];
            Parallel.For(0, rows.Length, i => rows[i] = Row(from + i, pin));
            await using var db = await rooms.OpenAsync(TenantScope.Of(Tenant), default);
            await db.CommitAsync(ct => db.InsertAllAsync(rows, ct), default);
            if ((from + Batch) % 100_000 == 0) await output.WriteLineAsync($"stored {from + Batch} sessions");
        }
    }

    private static SessionRow Row(int number, TariffPin pin)
    {
        var start = StartOf(number);
        // A few ways to charge: from 2 to 21 kWh in an hour, the vehicle full for the last quarter of every third.
        var step = Energy.FromWattHours(100 + (number % 950));
        var readings = Enumerable.Range(0, Readings).Select(i => new StoredReading(
            start + Duration.FromMinutes(3 * i), i == 0 ? ReadingKind.Begin : i == Readings - 1 ? ReadingKind.End : ReadingKind.Sample,
            new Energy(1_000_000 + (number % 3 == 0 ? Math.Min(i, 15) : i) * step.MilliwattHours), null, null, null, null));
        var end = start + Duration.FromMinutes(3 * (Readings - 1));
        List<StateMark> states = [new(start, ChargingState.Charging)];
        if (number % 3 == 0) states.Add(new(start + Duration.FromMinutes(45), ChargingState.SuspendedByVehicle));
        var session = new Session
        {
            Id = new SessionId(IdOf(number, 1)), TransactionId = $"tx-{number}", Phase = SessionPhase.Completed, Evse = 1, Connector = 1, Token = new PresentedToken("04A1B2C3", "ISO14443"),
            StartedAt = start, EndedAt = end, EndReason = "Local", Station = $"CP{number % Stations}", Zone = "Europe/Amsterdam", RatedPower = Power.FromWatts(50_000), StartKnown = true, Tariff = pin,
            Timeline = new SessionTimeline(AppendList<StoredReading>.Of(readings), AppendList<StateMark>.Of(states)),
        };
        var verdict = MeterJudge.Judge(session);
        var priced = Biller.Price(session, Charged, end, verdict)!;
        session = Biller.Bill(session, Charged).Session;
        return new SessionRow
        {
            TenantId = Tenant, Id = session.Id, StationId = new StationId(IdOf(number % Stations, 2)), Station = session.Station!, Evse = 1, Connector = 1, TokenKey = "04A1B2C3", TransactionId = session.TransactionId,
            Status = SessionStatus.Completed, StartedAt = start, EndedAt = end, Energy = verdict.Energy, CostExclTax = new Money(priced.Total.ExclTax, priced.Currency).ToMicros(),
            CostInclTax = new Money(priced.Total.InclTax, priced.Currency).ToMicros(), Currency = "EUR", Version = 1, State = SessionsJson.Write(session),
        };
    }

    private static Guid IdOf(int number, byte kind) => new(number, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, kind);
}
