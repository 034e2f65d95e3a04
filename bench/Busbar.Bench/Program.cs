using System.Globalization;
using Busbar.Bench;

return args switch
{
    ["speed"] => Speed.Run(Console.Out),
    ["running", .. var rest] => Running.Run(Number(rest, "--seconds", 2), Console.Out),
    ["compare", .. var rest] => Comparison.Run(Number(rest, "--pairs", 1_000_000), Number(rest, "--long", 10_000), Console.Out),
    ["simulate", .. var rest] => await Simulate.RunAsync(Text(rest, "--folder"), Number(rest, "--sessions", 1_000_000), Number(rest, "--threads", 2), Console.Out),
    ["audit", .. var rest] => await AuditRuns.RunAsync(Number(rest, "--entries", 1_000_000), Text(rest, "--postgres"), Console.Out),
    ["guarded"] => await Guarded.RunAsync(Console.Out),
    ["guarded-ask", var url, var requests] => await Guarded.AskAllAsync(url, int.Parse(requests, CultureInfo.InvariantCulture)),
    _ => Usage(),
};

static string? Text(string[] rest, string name)
{
    var at = Array.IndexOf(rest, name);
    return at >= 0 && at + 1 < rest.Length ? rest[at + 1] : null;
}

static int Number(string[] rest, string name, int otherwise)
{
    var at = Array.IndexOf(rest, name);
    return at >= 0 && at + 1 < rest.Length && int.TryParse(rest[at + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}

static int Usage()
{
    Console.Error.WriteLine("bench/rates speed                                       sessions a second on one core; fails below the bar");
    Console.Error.WriteLine("bench/rates running [--seconds 2]                       what a price after a reading costs in ns, by the fold and by a rating of all");
    Console.Error.WriteLine("bench/rates compare [--pairs 1000000] [--long 10000]    the rater beside the naive one; fails at a difference");
    Console.Error.WriteLine("bench/rates simulate [--sessions 1000000] [--threads 2] [--folder a-store-to-keep]    stored sessions priced again; fails above 60 s for a million");
    Console.Error.WriteLine("bench/rates audit [--entries 1000000] [--postgres ...]  the audit's chain: append, seal, verify, attack; fails below 200,000 entries verified a second");
    Console.Error.WriteLine("bench/rates guarded                                     processor time of an authorised GET beside its anonymous twin; fails above 1.2 times");
    return 2;
}
