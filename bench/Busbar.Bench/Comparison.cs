using System.Globalization;
using Busbar.Rating;
using Busbar.Tests.Rating;
using CsCheck;

namespace Busbar.Bench;

/// <summary>What <c>./test</c> does a hundred thousand times, as often as one likes: random tariffs and sessions by the rater and by the naive one.</summary>
internal static class Comparison
{
    public static int Run(int pairs, int longPairs, TextWriter output) =>
        Agree("up to 40 minutes", RandomCases.Cases, pairs, output) && Agree("up to 20 hours", RandomCases.LongCases, longPairs, output) ? 0 : 1;

    private static bool Agree(string what, Gen<RandomCases.Case> cases, int count, TextWriter output)
    {
        if (count == 0) return true;
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            cases.Sample(c => Compare(c), iter: count);
        }
        catch (CsCheckException difference)
        {
            output.WriteLine($"{what}: {difference.Message}");
            return false;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {count:#,0} pairs, 0 differences, {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} s"));
        return true;
    }

    private static bool Compare(RandomCases.Case c)
    {
        var priced = Rater.Finish(c.Periods.Aggregate(c.Begin(), Rater.Extend));
        var total = new Cost(priced.Lines.Sum(line => line.ExclTax), priced.Lines.Sum(line => line.InclTax));
        return total == priced.Total && total == NaiveRater.Rate(c.Tariff, c.Zone, c.Start, c.Periods, c.Context);
    }
}
