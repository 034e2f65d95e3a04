using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Busbar.Storage.Commits;

namespace Busbar.ChaosHost;

/// <summary>Commit writers that a crash test needs.</summary>
internal static class Traps
{
    public static ICommitWriter Lay(string plan, ICommitWriter inner)
    {
        var parts = plan.Split(':');
        var count = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        return parts[0] switch
        {
            "ack-first" => new AckFirst(inner),
            "by-message-id" => new ByMessageId(inner),
            "before-commit" => new Killing(inner, count, before: true, TimeSpan.Zero),
            "after-commit" => new Killing(inner, count, before: false, TimeSpan.Zero),
            "after-ack" => new Killing(inner, count, before: false, TimeSpan.FromMilliseconds(2)),
            _ => throw new ArgumentException($"Unknown plan '{plan}'."),
        };
    }

    /// <summary>
    /// The negative control: says "committed" first and writes later. A kill must lose what was acknowledged, and nothing else may be wrong with it: what is
    /// written is written in its order, before any claim that came after it, and never beside another use of the writer's one connection. It is a control for a store's first life only: in
    /// later ones stations repeat what they know no answer to, and it would acknowledge a duplicate as new.
    /// </summary>
    private sealed class AckFirst : Decorated
    {
        private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(100);
        private readonly Channel<(long Since, CommitUnit[] Units)> _late = Channel.CreateUnbounded<(long, CommitUnit[])>();
        private int _waiting;
        private readonly SemaphoreSlim _one = new(1, 1);

        public AckFirst(ICommitWriter inner) : base(inner) => _ = WriteLateAsync();

        public override async Task ClaimAsync(IReadOnlyList<LeaseClaim> claims, CancellationToken ct)
        {
            // A claim fences what is written after it. The loop asks for nothing else meanwhile.
            while (Volatile.Read(ref _waiting) > 0) await Task.Delay(1, ct);
            await InTurnAsync(() => Inner.ClaimAsync(claims, ct));
        }

        public override Task ResetAsync() => InTurnAsync(Inner.ResetAsync);

        public override Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct)
        {
            Interlocked.Increment(ref _waiting);
            _late.Writer.TryWrite((Stopwatch.GetTimestamp(), [.. units.Select(unit => new CommitUnit(unit.Key, unit.Epoch, unit.Entry, unit.Rows))]));
            foreach (var unit in units) unit.Decide(CommitOutcome.Committed.Instance);
            return Task.CompletedTask;
        }

        private async Task WriteLateAsync()
        {
            try
            {
                await foreach (var (since, units) in _late.Reader.ReadAllAsync())
                {
                    var left = Later - Stopwatch.GetElapsedTime(since);
                    if (left > TimeSpan.Zero) await Task.Delay(left);
                    await InTurnAsync(() => Inner.WriteAsync(units, CancellationToken.None));
                    Interlocked.Decrement(ref _waiting);
                }
            }
            catch (Exception error)
            {
                // A control that fails in another way than it is meant to proves nothing.
                Environment.FailFast("The late write failed.", error);
            }
        }

        private async Task InTurnAsync(Func<Task> act)
        {
            await _one.WaitAsync();
            try { await act(); }
            finally { _one.Release(); }
        }
    }

    /// <summary>The negative control of retries: what a station tells twice is the same only if its message id is.</summary>
    private sealed class ByMessageId(ICommitWriter inner) : Decorated(inner)
    {
        public override async Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct)
        {
            var keyed = units.Select(unit => new CommitUnit(unit.Key, unit.Epoch, Keyed(unit.Entry), unit.Rows)).ToArray();
            await Inner.WriteAsync(keyed, ct);
            for (var i = 0; i < keyed.Length; i++) units[i].Decide(keyed[i].Outcome!);
        }

        private static JournalEntry? Keyed(JournalEntry? entry) =>
            entry is null ? null : entry with { NaturalKey = SHA256.HashData(Encoding.UTF8.GetBytes(entry.MessageId)) };
    }

    /// <summary>Ends the process, as <c>kill -9</c> does, at the n-th batch.</summary>
    private sealed class Killing(ICommitWriter inner, int count, bool before, TimeSpan delay) : Decorated(inner)
    {
        private int _batches;

        public override async Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct)
        {
            var now = Interlocked.Increment(ref _batches) == count;
            if (now && before) Die();
            await Inner.WriteAsync(units, ct);
            if (!now) return;
            if (delay == TimeSpan.Zero) Die();
            _ = Task.Delay(delay, CancellationToken.None).ContinueWith(_ => Die(), TaskScheduler.Default);
        }

        private static void Die() => Process.GetCurrentProcess().Kill();
    }

    private abstract class Decorated(ICommitWriter inner) : ICommitWriter
    {
        protected ICommitWriter Inner => inner;

        public virtual Task ClaimAsync(IReadOnlyList<LeaseClaim> claims, CancellationToken ct) => inner.ClaimAsync(claims, ct);
        public abstract Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct);
        public Task TidyAsync(CancellationToken ct) => inner.TidyAsync(ct);
        public virtual Task ResetAsync() => inner.ResetAsync();
        public bool IsOutage(Exception error) => inner.IsOutage(error);
        public bool IsTransient(Exception error) => inner.IsTransient(error);
        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
