using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Stations;
using Busbar.Stations.Connections;
using Busbar.Stations.Contracts;
using Busbar.Stations.Presence;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NodaTime;

namespace Busbar.Tests.Stations;

internal sealed class FakeLink(TenantId tenant, Guid station, OcppVersion version, Instant at) : IStationLink
{
    public TenantId Tenant => tenant;
    public Guid Station => station;
    public string Identity => "CS-1";
    public OcppVersion Version => version;
    public int SecurityProfile => 1;
    public IPAddress Remote { get; init; } = IPAddress.Loopback;
    public Instant ConnectedAt { get; } = at;
    public Instant LastInbound { get; set; } = at;
    public bool IsOpen { get; set; } = true;
    public (int Status, string Reason)? Closed { get; private set; }
    public List<(string Action, string Payload)> Calls { get; } = [];
    public Func<string, string, Task<CallAnswer>> Answer { get; set; } = static (_, _) => Task.FromResult<CallAnswer>(new CallAnswer.NotSent("nobody answers"));

    /// <summary>What a CALL waits for until its turn comes.</summary>
    public Func<string, Task> AtTurn { get; set; } = static _ => Task.CompletedTask;

    public async Task<CallAnswer> CallAsync(string action, ReadOnlyMemory<byte> payload, TimeSpan deadline, CancellationToken ct, SendCondition? only = null)
    {
        var text = Encoding.UTF8.GetString(payload.Span);
        await AtTurn(action);
        if (only is not null)
        {
            lock (only.Gate) if (!only.Holds()) return new CallAnswer.NotSent("it does not hold any more");
        }
        Calls.Add((action, text));
        return await Answer(action, text);
    }

    public void Close(int status, string reason)
    {
        Closed ??= (status, reason);
        IsOpen = false;
    }
}

internal sealed class FakeDesk : IChargingDesk
{
    public List<(StationSeat Seat, FactFrame Frame)> Recorded { get; } = [];
    public List<StationSeat> Gone { get; } = [];
    public DeskDecision Decision { get; set; } = DeskDecision.None;
    public Func<ReadOnlyMemory<byte>, DeskOutcome> Outcome { get; set; } = static answer => new DeskOutcome.Recorded(answer);
    public TokenVerdictText Verdict { get; set; } = TokenVerdictText.Invalid;

    /// <summary>What a commit waits for.</summary>
    public Task Stall { get; set; } = Task.CompletedTask;

    public async ValueTask<DeskOutcome> RecordAsync(StationSeat seat, FactFrame frame, Func<DeskDecision, ReadOnlyMemory<byte>> answer, CancellationToken ct)
    {
        Recorded.Add((seat, frame));
        await Stall;
        return Outcome(answer(Decision));
    }

    public ValueTask<TokenVerdictText> AuthorizeAsync(StationSeat seat, PresentedToken token, CancellationToken ct) => ValueTask.FromResult(Verdict);

    public void Left(StationSeat seat) => Gone.Add(seat);
}

internal sealed class FakeLeases : IStationLeases
{
    private readonly Dictionary<StationKey, long> _epochs = [];
    public Exception? Failure { get; set; }
    public TaskCompletionSource? Hold { get; set; }

    public async ValueTask<long> ClaimAsync(StationKey key, CancellationToken ct)
    {
        var epoch = _epochs[key] = _epochs.GetValueOrDefault(key) + 1;
        if (Hold is not null) await Hold.Task;
        return Failure is null ? epoch : throw Failure;
    }
}

internal sealed class NoMeters : IMeterFactory
{
    public Meter Create(MeterOptions options) => new(options);

    public void Dispose()
    {
    }
}

/// <summary>What was logged.</summary>
internal sealed class LinesOf<T> : ILogger<T>
{
    public List<string> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Add($"{logLevel}: {formatter(state, exception)}");
}

/// <summary>A room with one station, without sockets and without a database.</summary>
internal sealed class StationRig
{
    public static readonly Instant Start = Instant.FromUtc(2026, 11, 23, 6, 0);

    public StationRig()
    {
        Connections = new ConnectionBook(new IdSource(Clock), Clock);
        Actors = new StationActors(Leases, Desk, Presence, Connections, new SecurityEvents(new NoMeters(), SecurityLog), new ToleranceMetrics(new NoMeters()), Options.Create(new StationsOptions()), Clock);
    }

    /// <summary>The line broke.</summary>
    public static LinkEnd Broken { get; } = new(LinkEnding.Broken, null, "the connection broke");

    public FakeTimeProvider Clock { get; } = new(Start.ToDateTimeOffset());
    public FakeDesk Desk { get; } = new();
    public LinesOf<SecurityEvents> SecurityLog { get; } = new();
    public FakeLeases Leases { get; } = new();
    public PresenceBook Presence { get; } = new(new Hints());
    public ConnectionBook Connections { get; }
    public StationActors Actors { get; }
    public StationKey Key { get; } = new(new TenantId(Guid.Parse("01890000-0000-7000-8000-000000000001")), Guid.Parse("01890000-0000-7000-8000-000000000002"));

    public FakeLink Link(OcppVersion version = OcppVersion.V16) => new(Key.Tenant, Key.Station, version, Clock.GetInstant());

    public (FakeLink Link, StationActor Actor) Connect(OcppVersion version = OcppVersion.V16)
    {
        var link = Link(version);
        return (link, (StationActor)Actors.Connected(link));
    }

    public InboundCall Call(string action, string payload) => new(FrameKind.Call, "m1", action, Encoding.UTF8.GetBytes(payload), Clock.GetInstant());

    public async Task<CallReply> TellAsync(StationActor actor, string action, string payload)
    {
        var call = Call(action, payload);
        var reply = await actor.OnCallAsync(call, TestContext.Current.CancellationToken);
        if (reply is CallReply.Result or CallReply.Error) actor.OnReplied(call);
        return reply;
    }
}
