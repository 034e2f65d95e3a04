using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Busbar.Ocpp;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using Busbar.Simulator.Wire;

namespace Busbar.Simulator.Cli;

/// <summary>The simulator as a command: 0 when every session was accepted, 1 when not, 2 when what was typed makes no sense, 3 when the server is not reached.</summary>
public static class Commands
{
    private const int Accepted = 0;
    private const int NotAccepted = 1;
    private const int Usage = 2;
    private const int Unreachable = 3;

    /// <summary>A little longer than the charge takes, so that the last timestamp lies in the past.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(2);

    public static string Help { get; } = $"""
        Simulated charging stations for an OCPP server.

          charge   one station charges one car
          fleet    many stations charge, over and over

        Options of both
          --url URL             the server without the station: ws://localhost:8080/ocpp, or wss:
          --trust FILE          PEM of the authorities that the server's certificate may come from;
                                without it those of the operating system
          --password TEXT       Basic authentication; none without it. In a fleet {"{n}"} is the station's number
          --token UID           the token that is shown. In a fleet {"{n}"} is the station's number
          --protocol VERSION    1.6 (default), 2.0.1 or 2.1; in a fleet also mixed
          --kwh NUMBER          energy of a session (5)
          --power WATTS         rated power of the outlet (11000)
          --dc                  a DC outlet
          --speed FACTOR        so many times as fast as life (1); the timestamps end about now
          --interval SECONDS    between meter values, in the car's time (60)
          --idle MINUTES        the car stays when it takes no more (0)
          --misbehave NAMES     with commas between
          --seed NUMBER         the same number, the same run (1)
          --trace               prints every frame
        Options of charge
          --station ID          the station
          --memory FILE         keeps what was not acknowledged, for the next time
        Options of fleet
          --count NUMBER        stations (10)
          --station PREFIX      station n is PREFIX and n (SIM-)
          --sessions NUMBER     sessions of each station (1)
          --source ADDRESS      local address to connect from: 127.0.1.1

        Misbehaviours
        {string.Join('\n', MisbehaviourText.All.Select(known => $"  {known.Misbehaviour,-20}  {known.Does}"))}
        """;

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors, TimeProvider clock, CancellationToken ct)
    {
        try
        {
            var arguments = new Arguments(args);
            if (args.Count == 0 || arguments.Has("help"))
            {
                await output.WriteLineAsync(Help);
                return args.Count == 0 ? Usage : Accepted;
            }

            return arguments.Verb switch
            {
                "charge" => await ChargeAsync(arguments, output, errors, clock, ct),
                "fleet" => await FleetAsync(arguments, output, errors, clock, ct),
                _ => throw new UsageException($"'{arguments.Verb}' is unknown: charge or fleet."),
            };
        }
        catch (Exception exception) when (exception is UsageException or FormatException)
        {
            await errors.WriteLineAsync(exception.Message);
            return Usage;
        }
        catch (Exception exception) when (exception is HandshakeRefusedException or SocketException or TimeoutException or AuthenticationException or IOException)
        {
            await errors.WriteLineAsync(Explain(exception));
            return Unreachable;
        }
        catch (OperationCanceledException)
        {
            return NotAccepted;
        }
    }

    private static async Task<int> ChargeAsync(Arguments arguments, TextWriter output, TextWriter errors, TimeProvider clock, CancellationToken ct)
    {
        var plan = Plan(arguments);
        var common = Options(arguments, plan, clock);
        var token = arguments.Required("token");
        var options = common with
        {
            StationId = arguments.Required("station"),
            Password = arguments.Text("password"),
            Version = Version(arguments.Text("protocol") ?? "1.6"),
            MemoryFile = arguments.Text("memory"),
        };
        arguments.End();
        options = options with { Log = line => output.WriteLine($"{options.StationId}: {line}"), Trace = options.Trace is null ? null : (direction, frame) => Trace(output, options.StationId, direction, frame) };

        await using var station = new SimulatedStation(options);
        await station.ConnectAsync(patient: false, ct);
        var report = await station.ChargeAsync(token, plan, ct);
        if (!report.IsAccepted)
        {
            await errors.WriteLineAsync($"{options.StationId}: not accepted: {report.Verdict}{(station.GivenUp > 0 ? $", {station.GivenUp} messages refused" : "")}");
        }

        return report.IsAccepted ? Accepted : NotAccepted;
    }

    private static async Task<int> FleetAsync(Arguments arguments, TextWriter output, TextWriter errors, TimeProvider clock, CancellationToken ct)
    {
        var plan = Plan(arguments);
        var token = arguments.Required("token");
        var password = arguments.Text("password");
        var prefix = arguments.Text("station") ?? "SIM-";
        var protocol = arguments.Text("protocol") ?? "1.6";
        var count = (int)arguments.Number("count", 10);
        var sessions = (int)arguments.Number("sessions", 1);
        var source = arguments.Text("source") is { } address ? System.Net.IPAddress.TryParse(address, out var ip) ? ip : throw new UsageException($"--source {address}: no address.") : null;
        var common = Options(arguments, plan, clock) with { Source = source };
        arguments.End();
        string Numbered(string text, int number) => text.Replace("{n}", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

        var lines = TextWriter.Synchronized(output);
        var accepted = 0;
        await Task.WhenAll(Enumerable.Range(1, count).Select(async number =>
        {
            var id = prefix + number.ToString(CultureInfo.InvariantCulture);
            await using var station = new SimulatedStation(common with
            {
                StationId = id,
                Password = password is null ? null : Numbered(password, number),
                Version = protocol == "mixed" ? (OcppVersion)(number % 3) : Version(protocol),
                Seed = common.Seed + number,
                Log = common.Trace is null ? null : line => lines.WriteLine($"{id}: {line}"),
                Trace = common.Trace is null ? null : (direction, frame) => Trace(lines, id, direction, frame),
            });
            try
            {
                await station.ConnectAsync(patient: false, ct);
                for (var session = 0; session < sessions; session++)
                {
                    var report = await station.ChargeAsync(Numbered(token, number), plan, ct);
                    await lines.WriteLineAsync($"{id}: {report.Verdict}, transaction {report.Transaction?.ServerId}, {report.EnergyWh.ToString("0.#", CultureInfo.InvariantCulture)} Wh");
                    Interlocked.Add(ref accepted, report.IsAccepted ? 1 : 0);
                }
            }
            catch (Exception exception) when (exception is HandshakeRefusedException or SocketException or TimeoutException or AuthenticationException or IOException)
            {
                await lines.WriteLineAsync($"{id}: {Explain(exception)}");
            }
        }));
        await output.WriteLineAsync($"{accepted} of {count * sessions} sessions accepted");
        if (accepted < count * sessions)
        {
            await errors.WriteLineAsync($"{(count * sessions) - accepted} sessions were not accepted.");
        }

        return accepted == count * sessions ? Accepted : NotAccepted;
    }

    private static ChargePlan Plan(Arguments arguments) => new()
    {
        EnergyWh = arguments.Number("kwh", 5) * 1000,
        Idle = arguments.Has("idle") ? TimeSpan.FromMinutes((double)arguments.Number("idle", 1)) : TimeSpan.Zero,
        Vehicle = new Vehicle { MaxPowerW = decimal.MaxValue, CapacityWh = Math.Max(60_000, arguments.Number("kwh", 5) * 4_000), SocPercent = 20 },
    };

    private static StationOptions Options(Arguments arguments, ChargePlan plan, TimeProvider clock)
    {
        if (!Uri.TryCreate(arguments.Required("url"), UriKind.Absolute, out var url) || url.Scheme is not ("ws" or "wss"))
        {
            throw new UsageException("--url: a ws: or wss: address is wanted, such as ws://localhost:8080/ocpp.");
        }

        var power = arguments.Number("power", 11_000);
        var speed = arguments.Number("speed", 1);
        var interval = TimeSpan.FromSeconds((double)arguments.Number("interval", 60));

        // A charge at sixty times the speed must not end in the future: it begins as long ago as it takes.
        var length = TimeSpan.FromHours((double)(plan.EnergyWh / power * 1.1m)) + plan.Idle + Margin;
        return new StationOptions
        {
            Url = url,
            ServerCertificate = arguments.Text("trust") is { } file ? Trust(file) : null,
            StationId = "",
            Clock = clock,
            LifeClock = speed == 1 ? null : new FastClock(clock, clock.GetUtcNow() - (length * (1 - (1 / (double)speed))), speed),
            Outlet = new Outlet(power, arguments.Has("dc") ? 0 : 3),
            MeterInterval = interval,
            Misbehaviours = MisbehaviourText.Parse(arguments.Text("misbehave") ?? ""),
            Seed = (int)arguments.Number("seed", 1),
            Trace = arguments.Has("trace") ? (_, _) => { } : null,
        };
    }

    private static System.Net.Security.RemoteCertificateValidationCallback Trust(string file)
    {
        try
        {
            return TrustedRoots.FromPem(File.ReadAllText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new UsageException($"--trust {file}: {exception.Message}");
        }
    }

    private static OcppVersion Version(string text) =>
        OcppVersions.TryParse("ocpp" + text, out var version) ? version : throw new UsageException($"--protocol {text}: 1.6, 2.0.1 or 2.1.");

    private static void Trace(TextWriter output, string station, FrameDirection direction, ReadOnlyMemory<byte> frame) =>
        output.WriteLine($"{station} {(direction == FrameDirection.Sent ? "->" : "<-")} {System.Text.Encoding.UTF8.GetString(frame.Span)}");

    private static string Explain(Exception exception) => exception switch
    {
        HandshakeRefusedException { Status: 401 } => "The server knows no such station, or the password is wrong (401).",
        HandshakeRefusedException { Status: 400 } => "The server speaks none of the offered versions of OCPP (400).",
        HandshakeRefusedException { Status: 404 } => "There is no OCPP at that address (404).",
        HandshakeRefusedException { Status: 503 } refused => $"The server is busy (503){(refused.RetryAfter is { } wait ? $"; it asks to come back in {wait.TotalSeconds:0} s" : "")}.",
        SocketException => $"The server is not reached: {exception.Message}.",
        AuthenticationException => $"No TLS connection: {exception.Message}",
        _ => exception.Message,
    };
}
