using System.Data.Common;
using Busbar.Kernel;

namespace Busbar.Storage.Rooms;

/// <summary>
/// Reads tenants' rows by key, several callers' at once: what is asked for while a read is under way waits for the next, which asks for all of one tenant's. It waits for
/// nothing else, so a caller who comes alone is served at once; when all stations come back at the same moment, a thousand questions are a few round trips.
/// </summary>
/// <param name="load">Reads what is there of at most <see cref="MostKeys"/> different keys of one tenant; those that are not there are left out.</param>
/// <remarks>
/// A read that fails because the database did not answer fails for all who waited for it. One that fails for any other reason is repeated key by key, so that a key which
/// cannot be read hurts those who asked for it and nobody else.
/// </remarks>
public sealed class BatchLoader<TKey, TValue>(Func<TenantId, TKey[], CancellationToken, Task<IReadOnlyDictionary<TKey, TValue>>> load)
    where TKey : notnull where TValue : class
{
    /// <summary>Of one read.</summary>
    public const int MostKeys = 500;

    private readonly Lock _lock = new();
    private Dictionary<(TenantId Tenant, TKey Key), TaskCompletionSource<TValue?>> _waiting = [];
    private bool _isLoading;

    /// <summary>Null: there is no such row. What is answered was read after the call.</summary>
    /// <param name="ct">Ends the waiting, not the read, which others wait for too.</param>
    public Task<TValue?> LoadAsync(TenantId tenant, TKey key, CancellationToken ct)
    {
        Task<TValue?> answer;
        lock (_lock)
        {
            if (!_waiting.TryGetValue((tenant, key), out var asked)) _waiting[(tenant, key)] = asked = new TaskCompletionSource<TValue?>(TaskCreationOptions.RunContinuationsAsynchronously);
            answer = asked.Task;
            if (!_isLoading)
            {
                _isLoading = true;
                _ = Task.Run(DrainAsync, CancellationToken.None);
            }
        }
        return answer.WaitAsync(ct);
    }

    private async Task DrainAsync()
    {
        while (Next() is { } batch)
        {
            foreach (var tenant in batch.GroupBy(asked => asked.Key.Tenant, asked => KeyValuePair.Create(asked.Key.Key, asked.Value)))
                foreach (var part in tenant.Chunk(MostKeys)) await AnswerAsync(tenant.Key, part);
        }
    }

    private Dictionary<(TenantId Tenant, TKey Key), TaskCompletionSource<TValue?>>? Next()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _isLoading = false;
                return null;
            }
            var batch = _waiting;
            _waiting = [];
            return batch;
        }
    }

    private async Task AnswerAsync(TenantId tenant, KeyValuePair<TKey, TaskCompletionSource<TValue?>>[] asked)
    {
        try
        {
            var found = await load(tenant, [.. asked.Select(pair => pair.Key)], CancellationToken.None);
            foreach (var (key, answer) in asked) answer.SetResult(found.GetValueOrDefault(key));
        }
        catch (Exception error) when (asked.Length > 1 && !IsSilence(error))
        {
            foreach (var one in asked) await AnswerAsync(tenant, [one]);
        }
#pragma warning disable CA1031 // Whatever it was, those who wait must hear it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            foreach (var (_, answer) in asked) answer.SetException(error);
        }
    }

    private static bool IsSilence(Exception error) => error is TimeoutException or OperationCanceledException or DbException { IsTransient: true };
}
