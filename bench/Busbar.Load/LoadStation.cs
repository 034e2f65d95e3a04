using System.Globalization;
using System.Text;
using Busbar.Simulator.Wire;

namespace Busbar.Load;

/// <summary>A session whose stop was acknowledged.</summary>
internal readonly record struct ToldSession(string StationId, int Transaction, long EnergyWh);

/// <summary>The server did not do what it has to, so that a figure of this run would mean nothing.</summary>
internal sealed class LoadException(string message) : Exception(message);

/// <summary>
/// One 1.6 station on a bare socket, one call in flight. It tells sessions of ten calls: Authorize, status, start, five meter values, stop, status. Its days are
/// told in milliseconds, so they lie in the past, each a minute long.
/// </summary>
internal sealed class LoadStation(int number, Fleet fleet) : IAsyncDisposable
{
    /// <summary>Calls of a session.</summary>
    public const int SessionCalls = 10;

    private const int Readings = 5;
    private const int ReadingSeconds = 10;
    private const int MostWhPerReading = 30;

    private readonly byte[] _frame = new byte[CallFrames.Longest];
    private readonly byte[] _id = new byte[CallFrames.IdLength];
    private readonly byte[] _other = new byte[CallFrames.Longest];
    private readonly string _idTag = TagOf(number);
    private readonly Xorshift _random = new(number);
    private RawWebSocket? _socket;
    private Pace? _pace;
    private DateTimeOffset _day = fleet.Clock.GetUtcNow().AddDays(-20);
    private long _register = 1000L * number;
    private long _ids;
    private long _calls;

    /// <summary>Calls that were answered with a CALLRESULT.</summary>
    public long Calls => Volatile.Read(ref _calls);

    /// <summary>Complete once <see cref="RunAsync"/> has returned.</summary>
    public List<ToldSession> Told { get; } = [];

    private RawWebSocket Socket => _socket ?? throw new InvalidOperationException("Connect first.");

    private ReadOnlySpan<byte> Id => _id;

    public static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"LOAD-{number:00000}");

    public static string TagOf(int number) => string.Create(CultureInfo.InvariantCulture, $"LOADTAG{number:00000}");

    public async Task ConnectAsync(Uri url, string password, CancellationToken ct)
    {
        _socket = await RawWebSocket.ConnectAsync(
            new StationSocketOptions { Url = url, StationId = IdOf(number), Password = Encoding.UTF8.GetBytes(password), Seed = number, Clock = fleet.Clock }, ct);
        NextId();
        await AcceptedAsync(CallFrames.Boot(_frame, Id));
    }

    /// <summary>Works until <see cref="Fleet.Finishing"/>, and then tells what it has begun to its end.</summary>
    /// <param name="pace">When each call is due; null: as soon as the one before is answered.</param>
    public async Task RunAsync(Work work, Pace? pace)
    {
        _pace = pace;
        while (!fleet.Finishing)
        {
            await (work == Work.Heartbeats ? HeartbeatAsync() : SessionAsync());
        }
    }

    /// <summary>Ends the connection at once; whoever waits for an answer gets a <see cref="LoadException"/>.</summary>
    public void Abort() => _socket?.Abort();

    public ValueTask DisposeAsync() => _socket?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task HeartbeatAsync()
    {
        NextId();
        await CallAsync(CallFrames.Heartbeat(_frame, Id), fleet.Others);
    }

    private async Task SessionAsync()
    {
        var began = _register;
        var at = _day;
        if (at > fleet.Clock.GetUtcNow())
        {
            throw new LoadException($"{IdOf(number)}'s days have caught up with ours: more stations or fewer seconds, please.");
        }

        NextId();
        await AcceptedAsync(CallFrames.Authorize(_frame, Id, _idTag));
        NextId();
        await CallAsync(CallFrames.Status(_frame, Id, "Preparing", at), fleet.Others);
        NextId();
        var started = await CallAsync(CallFrames.Start(_frame, Id, _idTag, began, at), fleet.Transactions);
        if (!CallFrames.TryTransaction(started.Span, out var transaction) || !CallFrames.IsAccepted(started.Span))
        {
            throw Unwanted(started);
        }

        for (var reading = 0; reading < Readings; reading++)
        {
            var energy = 1 + _random.Next(MostWhPerReading);
            _register += energy;
            at = at.AddSeconds(ReadingSeconds);
            NextId();
            await CallAsync(CallFrames.Meter(_frame, Id, transaction, _register, energy * 3600L / ReadingSeconds, at), fleet.Transactions);
        }

        at = at.AddSeconds(ReadingSeconds);
        _register += 1 + _random.Next(MostWhPerReading);
        NextId();
        await CallAsync(CallFrames.Stop(_frame, Id, transaction, _idTag, _register, at), fleet.Transactions);
        Told.Add(new(IdOf(number), transaction, _register - began));
        NextId();
        await CallAsync(CallFrames.Status(_frame, Id, "Available", at), fleet.Others);
        _day = at.AddSeconds(ReadingSeconds);
    }

    private void NextId() => CallFrames.Id(_id, number, ++_ids);

    private async Task AcceptedAsync(int length)
    {
        var answer = await CallAsync(length, fleet.Others);
        if (!CallFrames.IsAccepted(answer.Span))
        {
            throw Unwanted(answer);
        }
    }

    /// <summary>Sends what lies in the frame's buffer and waits for its answer, which is valid until the next call.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> CallAsync(int length, LatencyHistogram latencies)
    {
        var since = _pace is null ? fleet.Clock.GetTimestamp() : await _pace.TurnAsync(fleet.Finishing);
        await Socket.SendAsync(_frame.AsMemory(0, length), CancellationToken.None);
        while (true)
        {
            // Without a token, which would cost a registration a call: Abort ends a wait that has become hopeless.
            if (await Socket.ReceiveAsync(CancellationToken.None) is not { } received)
            {
                throw new LoadException($"{IdOf(number)} lost its connection ({Socket.CloseStatus}) while it waited for the answer to {Encoding.UTF8.GetString(_frame.AsSpan(0, length))}");
            }

            if (CallFrames.IsResultOf(received.Span, Id))
            {
                Volatile.Write(ref _calls, _calls + 1);
                if (fleet.Measuring)
                {
                    latencies.Record(fleet.Clock.GetElapsedTime(since));
                }

                return received;
            }

            if (!CallFrames.IsCall(received.Span))
            {
                throw Unwanted(received);
            }

            await Socket.SendAsync(_other.AsMemory(0, CallFrames.NotSupported(_other, received.Span)), CancellationToken.None);
        }
    }

    private LoadException Unwanted(ReadOnlyMemory<byte> answer) => new($"{IdOf(number)} got {Encoding.UTF8.GetString(answer.Span)}");
}

/// <summary>
/// An open loop: a station's calls are due at fixed instants, however long answers take, and a call that could not leave in time because the one before was
/// unanswered is measured from when it was due. A timer that woke late is the generator's fault, not the server's: it is counted apart.
/// </summary>
internal sealed class Pace(TimeProvider clock, long first, long interval, LatencyHistogram lateness)
{
    private long _due = first;

    /// <summary>Waits until the next call is due; returns the timestamp from which it counts.</summary>
    public async ValueTask<long> TurnAsync(bool finishing)
    {
        var due = _due;
        _due += interval;
        var wait = clock.GetElapsedTime(clock.GetTimestamp(), due);
        if (finishing)
        {
            return clock.GetTimestamp();
        }

        if (wait <= TimeSpan.Zero)
        {
            return due;
        }

        await Task.Delay(wait, clock);
        lateness.Record(clock.GetElapsedTime(due));
        return clock.GetTimestamp();
    }
}
