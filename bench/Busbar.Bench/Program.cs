using System.Globalization;
using Busbar.Bench;

return args switch
{
    ["speed"] => Speed.Run(Console.Out),
    ["running", .. var rest] => Running.Run(Number(rest, "--seconds", 2), Console.Out),
    ["compare", .. var rest] => Comparison.Run(Number(rest, "--pairs", 1_000_000), Number(rest, "--long", 10_000), Console.Out),
    ["simulate", .. var rest] => await Simulate.RunAsync(Text(rest, "--folder"), Number(rest, "--sessions", 1_000_000), Number(rest, "--threads", 2), Console.Out),
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
    return 2;
}
