using Busbar.Simulator.Cli;

namespace Busbar.Load;

/// <summary>What the stations talk to.</summary>
internal enum TargetKind
{
    Floor,
    Sqlite,
    Postgres,

    /// <summary>PostgreSQL with its row-level security taken away: what that costs.</summary>
    OpenPostgres,
}

/// <summary>A run, as it was asked for.</summary>
internal sealed record LoadOptions
{
    public required Work Work { get; init; }

    /// <summary>Calls a second of all stations together; null: each calls again as soon as it is answered.</summary>
    public int? CallsPerSecond { get; init; }

    public required int Stations { get; init; }

    public required TimeSpan WarmUp { get; init; }

    public required TimeSpan Measured { get; init; }

    /// <summary>How often each target has its turn; the figures are medians.</summary>
    public required int Rounds { get; init; }

    public required IReadOnlyList<TargetKind> Targets { get; init; }

    /// <summary>The server's assembly, busbar.dll.</summary>
    public required string Server { get; init; }

    /// <summary>A PostgreSQL whose login may create databases and roles; null: one of the run's own.</summary>
    public string? Postgres { get; init; }

    /// <summary>Where the stores lie while a round runs; it should be a disk.</summary>
    public required string Folder { get; init; }

    /// <summary>Of a start on a store that has grown.</summary>
    public required int Sessions { get; init; }

    public required string Json { get; init; }

    /// <summary>Environment variables of the servers, for profilers and the like; the floor gets them too.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <exception cref="UsageException">What was typed makes no sense.</exception>
    public static LoadOptions Read(Arguments arguments)
    {
        var paced = arguments.Verb == "paced";
        var options = new LoadOptions
        {
            Work = arguments.Verb == "heartbeats" ? Work.Heartbeats : Work.Sessions,
            Stations = (int)arguments.Number("stations", arguments.Verb switch { "hold" => 19_500, "cold" => 100_000, "cost" => 1_000, _ => 200 }),
            WarmUp = TimeSpan.FromSeconds((double)arguments.Number("warm-up", arguments.Verb == "cost" ? 30 : 10)),
            Measured = TimeSpan.FromSeconds((double)arguments.Number("seconds", arguments.Verb == "cost" ? 60 : 20)),
            Rounds = (int)arguments.Number("rounds", arguments.Verb switch { "hold" => 1, "security" => 5, _ => 3 }),
            CallsPerSecond = paced ? (int)arguments.Number("rate", 2000) : null,
            Targets = ReadTargets(arguments.Text("targets") ?? (arguments.Verb switch { "hold" => "sqlite,postgres", "cost" => "sqlite", "security" => "postgres,openPostgres", _ => "floor,sqlite,postgres" })),
            Sessions = (int)arguments.Number("sessions", 1_000_000),
            Server = Path.GetFullPath(arguments.Text("server") ?? Path.Combine(Root(), "src/server/Busbar.Server/bin/Release/net10.0/busbar.dll")),
            Postgres = arguments.Text("postgres"),
            Folder = Path.GetFullPath(arguments.Text("folder") ?? Path.GetTempPath()),
            Json = Path.GetFullPath(arguments.Text("json") ?? Path.Combine(Root(), $"artifacts/bench/load{(arguments.Verb == "session" ? "" : "-" + arguments.Verb)}.json")),
            Environment = ReadEnvironment(arguments.Text("environment") ?? ""),
        };
        arguments.End();
        if (options.Stations < 1 || options.Stations > (arguments.Verb == "cold" ? 100_000 : 20_000))
        {
            throw new UsageException("--stations: from 1 to 20000, and to 100000 of a store that has grown.");
        }

        if (options.CallsPerSecond * 5 < options.Stations)
        {
            throw new UsageException("--rate: at least a call every 5 s for each station, else pings would go unanswered.");
        }

        if (options.CallsPerSecond is { } rate && options.WarmUp.TotalSeconds * rate < options.Stations * LoadStation.SessionCalls)
        {
            throw new UsageException("--warm-up: at least the time of one session at that rate, else not every station has begun.");
        }

        if (options.Targets.Any(target => target != TargetKind.Floor) && !File.Exists(options.Server))
        {
            throw new UsageException($"There is no {options.Server}: dotnet build src/server/Busbar.Server -c Release");
        }

        return options;
    }

    private static TargetKind[] ReadTargets(string text) =>
        [.. text.Split(',').Select(name => Enum.TryParse<TargetKind>(name, ignoreCase: true, out var kind) ? kind : throw new UsageException($"--targets {text}: some of floor, sqlite, postgres.")).Distinct()];

    private static Dictionary<string, string> ReadEnvironment(string text) =>
        text.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair.Length == 2 ? pair[1] : throw new UsageException($"--environment {text}: NAME=VALUE;NAME=VALUE is wanted."));

    /// <summary>The repository's root where the program lies in it, else the working directory.</summary>
    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Busbar.slnx")))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
