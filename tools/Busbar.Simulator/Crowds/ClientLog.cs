using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Simulator.Crowds;

/// <summary>What became of a message, as the one who sent it knows.</summary>
public enum DeliveryState
{
    /// <summary>It is about to be sent. The last word on it if the client itself ends.</summary>
    Invoke,

    /// <summary>A CALLRESULT came.</summary>
    Ok,

    /// <summary>A CALLERROR came.</summary>
    Error,

    /// <summary>No answer: the server may have it or not.</summary>
    Unknown,
}

public enum TransactionStep
{
    Start,
    Meter,
    Stop,
}

/// <summary>The truth about a session, written before any of it is sent.</summary>
/// <param name="Session">Unique in the log.</param>
/// <param name="Readings">Registers of the meter values, in order.</param>
public sealed record SessionTruth(
    string Session, string StationId, int Connector, string IdTag, long StartUnixMs, long MeterStart, long MeterStop, IReadOnlyList<long> Readings)
{
    public Instant StartedAt => Instant.FromUnixTimeMilliseconds(StartUnixMs);

    public long EnergyWh => MeterStop - MeterStart;
}

/// <param name="Index">Which of the meter values, from 0.</param>
/// <param name="TransactionId">What an acknowledged start brought, and what a meter value or stop was sent with.</param>
/// <param name="WallUnixMs">For people; <paramref name="Ticks"/> is what order is judged by.</param>
/// <param name="Ticks">Of the monotonic clock, in microseconds.</param>
public sealed record Delivery(
    string Session, TransactionStep Step, int Index, DeliveryState State, string MessageId, string? TransactionId, string? Detail, long WallUnixMs, long Ticks);

/// <summary>A line of the log: one of the two.</summary>
public sealed record ClientLogLine
{
    public SessionTruth? Truth { get; init; }

    public Delivery? Delivery { get; init; }
}

/// <summary>
/// Writes the client's side of a run as JSON lines. It is the truth that a server is measured by, so an acknowledgement that is not in here was never counted;
/// and one that is in here was seen by the client.
/// </summary>
public sealed class ClientLogWriter : IAsyncDisposable
{
    private readonly Channel<ClientLogLine> _lines = Channel.CreateUnbounded<ClientLogLine>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TimeProvider _clock;
    private readonly Task _writing;

    public ClientLogWriter(Stream output, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _writing = Task.Run(() => WriteAsync(output));
    }

    public void Write(SessionTruth truth) => _lines.Writer.TryWrite(new ClientLogLine { Truth = truth });

    public void Write(string session, TransactionStep step, int index, DeliveryState state, string messageId, string? transactionId, string? detail = null) =>
        _lines.Writer.TryWrite(new ClientLogLine
        {
            Delivery = new Delivery(session, step, index, state, messageId, transactionId, detail, _clock.GetInstant().ToUnixTimeMilliseconds(), _clock.GetElapsedTime(0, _clock.GetTimestamp()).Ticks / TimeSpan.TicksPerMicrosecond),
        });

    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync(Stream output)
    {
        await using var owned = output;
        await foreach (var line in _lines.Reader.ReadAllAsync())
        {
            await JsonSerializer.SerializeAsync(output, line, ClientLogJson.Default.ClientLogLine);
            output.WriteByte((byte)'\n');
        }
    }
}

/// <summary>A log that was read: sessions with what became of their messages.</summary>
public sealed class ClientLog
{
    private ClientLog(IReadOnlyList<ToldSession> sessions) => Sessions = sessions;

    public IReadOnlyList<ToldSession> Sessions { get; }

    /// <summary>Messages that the server has acknowledged, each once.</summary>
    public int Acknowledged => Sessions.Sum(session => (session.IsStartAcknowledged ? 1 : 0) + session.AcknowledgedReadings.Count + (session.Stop == DeliveryState.Ok ? 1 : 0));

    /// <exception cref="InvalidDataException">A delivery belongs to no session.</exception>
    public static ClientLog Read(Stream input)
    {
        using var reader = new StreamReader(input);
        var sessions = new Dictionary<string, ToldSession>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } text)
        {
            ClientLogLine? line;
            try
            {
                line = JsonSerializer.Deserialize(text, ClientLogJson.Default.ClientLogLine);
            }
            catch (JsonException) when (reader.EndOfStream)
            {
                break;          // cut by the end of the process
            }

            if (line?.Truth is { } truth)
            {
                sessions.Add(truth.Session, new ToldSession(truth));
            }
            else if (line?.Delivery is { } delivery)
            {
                (sessions.GetValueOrDefault(delivery.Session) ?? throw new InvalidDataException($"Nobody wrote down the truth about {delivery.Session}.")).Take(delivery);
            }
        }

        return new ClientLog([.. sessions.Values]);
    }

    /// <summary>Reads several files as one run: a client for each.</summary>
    public static ClientLog ReadFiles(params IEnumerable<string> files)
    {
        var all = new List<ToldSession>();
        foreach (var file in files)
        {
            using var input = File.OpenRead(file);
            all.AddRange(Read(input).Sessions);
        }

        return new ClientLog(all);
    }
}

/// <summary>A session and what the client knows about its messages. A state of null: it was never sent.</summary>
public sealed class ToldSession(SessionTruth truth)
{
    private readonly HashSet<int> _readings = [];
    private readonly HashSet<string> _transactionIds = new(StringComparer.Ordinal);

    public SessionTruth Truth { get; } = truth;

    public DeliveryState? Start { get; private set; }

    public DeliveryState? Stop { get; private set; }

    public bool IsStartAcknowledged => Start == DeliveryState.Ok;

    /// <summary>What acknowledged starts brought: more than one is a lie.</summary>
    public IReadOnlyCollection<string> TransactionIds => _transactionIds;

    /// <summary>Indexes of meter values that were acknowledged.</summary>
    public IReadOnlyCollection<int> AcknowledgedReadings => _readings;

    internal void Take(Delivery delivery)
    {
        switch (delivery.Step)
        {
            case TransactionStep.Start:
                Start = Later(Start, delivery.State);
                if (delivery is { State: DeliveryState.Ok, TransactionId: { } id })
                {
                    _transactionIds.Add(id);
                }

                break;
            case TransactionStep.Stop:
                Stop = Later(Stop, delivery.State);
                break;
            case TransactionStep.Meter when delivery.State == DeliveryState.Ok:
                _readings.Add(delivery.Index);
                break;
        }
    }

    /// <summary>Once acknowledged is acknowledged; once without an answer, a later refusal does not undo what may have been taken.</summary>
    private static DeliveryState Later(DeliveryState? before, DeliveryState now) => (before, now) switch
    {
        (DeliveryState.Ok, _) or (_, DeliveryState.Ok) => DeliveryState.Ok,
        (DeliveryState.Unknown, _) or (_, DeliveryState.Unknown) => DeliveryState.Unknown,
        _ => now,
    };
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ClientLogLine))]
internal sealed partial class ClientLogJson : JsonSerializerContext;
