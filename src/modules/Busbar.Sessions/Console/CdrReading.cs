using System.Globalization;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Sessions.Console;

/// <summary>What became of a record: one that was credited speaks for its session no more.</summary>
internal enum CdrStanding
{
    Record,
    Credited,
    Credit,
}

/// <summary>A tax of all lines together, as they name it.</summary>
internal sealed record TaxSum(string Name, string Percent, decimal Amount);

/// <summary>All that a CDR's page shows.</summary>
/// <param name="Chain">All of its session, in their order: itself, what it credits, and what came after.</param>
internal sealed record CdrSheet(CdrRow Row, Cdr Cdr, IReadOnlyList<CdrRow> Chain)
{
    public CdrStanding StandingOf(CdrRow row) =>
        row.CreditOf is not null ? CdrStanding.Credit : Chain.Any(other => other.CreditOf == row.Id) ? CdrStanding.Credited : CdrStanding.Record;

    public CdrStanding Standing => StandingOf(Row);

    /// <summary>A credit has its record's lines; only what it comes to is turned round.</summary>
    public IReadOnlyList<TaxSum> Taxes => [.. Cdr.Lines.SelectMany(line => line.Tax).GroupBy(tax => (tax.Name, tax.Percent))
        .Select(tax => new TaxSum(tax.Key.Name, tax.Key.Percent, tax.Sum(one => decimal.Parse(one.Amount, CultureInfo.InvariantCulture)) * (Cdr.CreditOf is null ? 1 : -1)))];
}

/// <summary>Reads CDRs' pages.</summary>
internal sealed class CdrReading(RoomDbFactory<SessionsDb> rooms, SessionReach within)
{
    /// <summary>Null: there is no such CDR within the reach.</summary>
    public async Task<CdrSheet?> ReadAsync(Caller caller, Reach reach, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<CdrId>(id, out var cdr)) return null;
        CdrRow? found;
        List<CdrRow> chain;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct))
        {
            found = await db.Cdrs.AsNoTracking().SingleOrDefaultAsync(row => row.Id == cdr, ct);
            if (found is null) return null;
            chain = await db.Cdrs.AsNoTracking().Where(row => row.SessionId == found.SessionId).OrderBy(row => row.Version).ToListAsync(ct);
        }
        return await within.CoversAsync(found.TenantId, reach, found.StationId, ct) ? new CdrSheet(found, Cdr.Read(found.Document), chain) : null;
    }
}
