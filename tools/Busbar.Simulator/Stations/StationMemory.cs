using System.Text.Json;
using System.Threading.Channels;

namespace Busbar.Simulator.Stations;

/// <summary>
/// What a station does not forget: messages without an acknowledgement, in order, and its transactions. With a file it survives the end of the process: a line
/// for each change, handed to the operating system before it counts.
/// </summary>
internal sealed class StationMemory : IDisposable
{
    private const int Remembered = 64;

    private readonly Lock _gate = new();
    private readonly List<StationFact> _queue = [];
    private readonly Queue<StationFact> _acknowledged = new();
    private readonly Dictionary<string, StationTransaction> _transactions = new(StringComparer.Ordinal);
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly StreamWriter? _file;
    private TaskCompletionSource? _drained;
    private long _number;

    public StationMemory(string? file)
    {
        if (file is null)
        {
            return;
        }

        if (File.Exists(file))
        {
            Load(file);
        }

        _file = new StreamWriter(new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read), leaveOpen: false) { AutoFlush = true };
        foreach (var (connector, register) in Registers)
        {
            Write(new MemoryLine { Connector = connector, RegisterWh = register });
        }

        foreach (var transaction in _transactions.Values.Where(transaction => transaction.ServerId is not null && (transaction.IsRunning || Holds(transaction))))
        {
            Write(new MemoryLine { Transaction = transaction.Id, ServerId = transaction.ServerId });
        }

        foreach (var fact in _queue)
        {
            Write(new MemoryLine { Add = fact });
        }
    }

    public ChannelReader<bool> Changed => _changed.Reader;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count;
            }
        }
    }

    public IReadOnlyList<StationTransaction> Transactions
    {
        get
        {
            lock (_gate)
            {
                return [.. _transactions.Values];
            }
        }
    }

    /// <summary>The last register that was remembered, by connector.</summary>
    public Dictionary<int, decimal> Registers { get; } = [];

    public StationTransaction Open(string id, int connector)
    {
        lock (_gate)
        {
            return _transactions[id] = new StationTransaction(id, connector);
        }
    }

    public StationTransaction? Find(string? id)
    {
        lock (_gate)
        {
            return id is null ? null : _transactions.GetValueOrDefault(id);
        }
    }

    public StationTransaction? FindByServerId(string serverId)
    {
        lock (_gate)
        {
            return _transactions.Values.LastOrDefault(transaction => transaction.ServerId == serverId);
        }
    }

    public bool Holds(StationTransaction? transaction)
    {
        lock (_gate)
        {
            return _queue.Exists(fact => fact.IsTransactional && (transaction is null || fact.Transaction == transaction.Id));
        }
    }

    /// <summary>Adds a fact at the end, with its number.</summary>
    public void Add(StationFact fact)
    {
        lock (_gate)
        {
            fact = fact with { Number = ++_number };
            _queue.Add(fact);
            Write(new MemoryLine { Add = fact });
        }

        _changed.Writer.TryWrite(true);
    }

    public StationFact? Next()
    {
        lock (_gate)
        {
            return _queue.Count > 0 ? _queue[0] : null;
        }
    }

    /// <summary>The first sending's message id stays with the fact.</summary>
    public void Keep(StationFact fact, string messageId)
    {
        lock (_gate)
        {
            var at = _queue.FindIndex(waiting => waiting.Number == fact.Number);
            if (at >= 0)
            {
                _queue[at] = _queue[at] with { MessageId = messageId };
            }
        }
    }

    /// <summary>The fact is acknowledged, or given up.</summary>
    public void Done(StationFact fact)
    {
        lock (_gate)
        {
            _queue.RemoveAll(waiting => waiting.Number == fact.Number);
            Write(new MemoryLine { Done = fact.Number });
            if (fact is { IsTransactional: true, IsReplay: false })
            {
                _acknowledged.Enqueue(fact);
                if (_acknowledged.Count > Remembered)
                {
                    _acknowledged.Dequeue();
                }
            }

            if (_queue.Count == 0)
            {
                _drained?.TrySetResult();
                _drained = null;
            }
        }
    }

    public void Learn(StationTransaction transaction, string serverId)
    {
        lock (_gate)
        {
            transaction.ServerId = serverId;
            Write(new MemoryLine { Transaction = transaction.Id, ServerId = serverId });
        }
    }

    /// <summary>Puts what was acknowledged before in front of the queue again.</summary>
    public void Replay()
    {
        lock (_gate)
        {
            StationFact[] again = [.. _acknowledged.Select(fact => fact with { Number = ++_number, IsReplay = true })];
            _queue.InsertRange(0, again);
        }

        _changed.Writer.TryWrite(true);
    }

    public Task DrainedAsync(CancellationToken ct)
    {
        lock (_gate)
        {
            if (_queue.Count == 0)
            {
                return Task.CompletedTask;
            }

            _drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _drained.Task.WaitAsync(ct);
        }
    }

    public void Dispose() => _file?.Dispose();

    private void Write(MemoryLine line) => _file?.WriteLine(JsonSerializer.Serialize(line, MemoryJson.Default.MemoryLine));

    private void Load(string file)
    {
        var serverIds = new Dictionary<string, string>(StringComparer.Ordinal);
        var lines = File.ReadAllLines(file);
        for (var i = 0; i < lines.Length; i++)
        {
            MemoryLine? line;
            try
            {
                line = JsonSerializer.Deserialize(lines[i], MemoryJson.Default.MemoryLine);
            }
            catch (JsonException) when (i == lines.Length - 1)
            {
                break;          // it was cut by the end of the process, and so never counted
            }

            switch (line)
            {
                case { Add: { } fact }:
                    Restore(fact);
                    break;
                case { Done: { } number }:
                    _queue.RemoveAll(waiting => waiting.Number == number);
                    break;
                case { Transaction: { } id, ServerId: { } serverId }:
                    serverIds[id] = serverId;
                    break;
                case { Connector: { } connector, RegisterWh: { } register }:
                    Registers[connector] = register;
                    break;
            }
        }

        foreach (var transaction in _transactions.Values)
        {
            transaction.ServerId = serverIds.GetValueOrDefault(transaction.Id);
        }
    }

    private void Restore(StationFact fact)
    {
        _queue.Add(fact);
        _number = Math.Max(_number, fact.Number);
        Registers[fact.Connector] = Math.Max(Registers.GetValueOrDefault(fact.Connector), fact.RegisterWh);
        if (fact.Transaction is not { } id)
        {
            return;
        }

        if (!_transactions.TryGetValue(id, out var transaction))
        {
            _transactions[id] = transaction = new StationTransaction(id, fact.Connector);
        }

        transaction.Token ??= fact.Token;
        transaction.NextSeqNo = Math.Max(transaction.NextSeqNo, fact.SeqNo + 1);
        transaction.LastRegisterWh = fact.RegisterWh;
        transaction.IsRunning = !transaction.IsEnded;
        if (fact.Kind == FactKind.Ended)
        {
            transaction.End();
        }
    }
}
