using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>The negative control: says "committed" first and writes later. A kill must lose what was acknowledged.</summary>
    private sealed class AckFirst(ICommitWriter inner) : Decorated(inner)
    {
        private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(100);
        private readonly SemaphoreSlim _one = new(1, 1);

        public override Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct)
        {
            var copies = units.Select(unit => new CommitUnit(unit.Key, unit.Epoch, unit.Entry, unit.Rows)).ToArray();
            foreach (var unit in units) unit.Decide(CommitOutcome.Committed.Instance);
            _ = WriteLaterAsync(copies);
            return Task.CompletedTask;
        }

        private async Task WriteLaterAsync(CommitUnit[] units)
        {
            await Task.Delay(Later);
            await _one.WaitAsync();
            try { await Inner.WriteAsync(units, CancellationToken.None); }
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

        public Task ClaimAsync(IReadOnlyList<LeaseClaim> claims, CancellationToken ct) => inner.ClaimAsync(claims, ct);
        public abstract Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct);
        public Task ResetAsync() => inner.ResetAsync();
        public bool IsOutage(Exception error) => inner.IsOutage(error);
        public bool IsTransient(Exception error) => inner.IsTransient(error);
        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
