namespace Busbar.Pricing.Simulation;

/// <summary>What some sessions come to, before and after. Amounts are millionths of the currency's unit, exact; who pays less or more is told by what can be paid.</summary>
internal sealed class Sums
{
    public long Sessions { get; private set; }
    public decimal BeforeExcl { get; private set; }
    public decimal BeforeIncl { get; private set; }
    public decimal AfterExcl { get; private set; }
    public decimal AfterIncl { get; private set; }
    public long Winners { get; private set; }
    public long Losers { get; private set; }
    public long StandIns { get; private set; }
    public long Unchanged => Sessions - Winners - Losers;

    /// <param name="payable">The difference with tax in the currency's smallest coin.</param>
    public void Add(Repriced session, long payable)
    {
        Sessions++;
        BeforeExcl += session.BeforeExcl;
        BeforeIncl += session.BeforeIncl;
        AfterExcl += session.AfterExcl;
        AfterIncl += session.AfterIncl;
        if (payable < 0) Winners++;
        if (payable > 0) Losers++;
        if (session.StandsIn) StandIns++;
    }

    public void Add(Sums other)
    {
        Sessions += other.Sessions;
        BeforeExcl += other.BeforeExcl;
        BeforeIncl += other.BeforeIncl;
        AfterExcl += other.AfterExcl;
        AfterIncl += other.AfterIncl;
        Winners += other.Winners;
        Losers += other.Losers;
        StandIns += other.StandIns;
    }
}
