using System.Globalization;
using System.Threading.RateLimiting;
using Busbar.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Busbar.Identity.Http;

/// <summary>Limits of the web listener, per process, configured under <c>Busbar:Limits</c>.</summary>
internal sealed class LimitsOptions
{
    public const string Section = "Busbar:Limits";

    /// <summary>Requests a second that one client or operator may send in the long run.</summary>
    public int RequestsPerSecond { get; set; } = 50;

    /// <summary>Requests that one client or operator may send at once.</summary>
    public int RequestBurst { get; set; } = 500;

    /// <summary>Requests without a valid key or session a minute and source address; beyond, 429 in place of 401.</summary>
    public int ApiFailuresPerMinute { get; set; } = 120;

    /// <summary>Passwords a minute that one source address may try at one account.</summary>
    public int SignInsPerAccount { get; set; } = 10;

    /// <summary>Passwords and set-up codes a minute that one source address may try.</summary>
    public int SignInsPerSource { get; set; } = 60;

    /// <summary>Passwords a minute that browsers which never signed in to an account may try at it, all together.</summary>
    public int SignInsFromStrangers { get; set; } = 120;

    public bool Positive =>
        int.Min(int.Min(RequestsPerSecond, RequestBurst), int.Min(int.Min(ApiFailuresPerMinute, SignInsPerAccount), int.Min(SignInsPerSource, SignInsFromStrangers))) > 0;
}

/// <summary>A token bucket per key. What is not asked for any more is forgotten.</summary>
internal sealed class Buckets(int burst, int tokens, TimeSpan period) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(
        key => RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst, TokensPerPeriod = tokens, ReplenishmentPeriod = period, QueueLimit = 0,
        }));

    public static Buckets PerMinute(int count) => new(count, 1, TimeSpan.FromMinutes(1) / count);

    /// <summary>Takes one token and answers zero, or answers how long to wait.</summary>
    public TimeSpan Take(string key)
    {
        using var lease = _limiter.AttemptAcquire(key);
        if (lease.IsAcquired) return TimeSpan.Zero;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.Zero ? wait : period;
    }

    public void Dispose() => _limiter.Dispose();
}

/// <summary>How fast a caller may call, and how often a source may fail. A source's failures never stop a valid key: one address may be many clients.</summary>
internal sealed class RequestLimits(IOptions<LimitsOptions> options) : IDisposable
{
    private readonly Buckets _requests = new(options.Value.RequestBurst, options.Value.RequestsPerSecond, TimeSpan.FromSeconds(1));
    private readonly Buckets _failures = Buckets.PerMinute(options.Value.ApiFailuresPerMinute);

    /// <summary>Null: go on.</summary>
    public ProblemHttpResult? Called(HttpContext context, string actor) => TooMany(context, Wait(actor));

    /// <summary>Zero: go on.</summary>
    public TimeSpan Wait(string actor) => _requests.Take(actor);

    /// <summary>Null: the source has not failed too often.</summary>
    public ProblemHttpResult? Failed(HttpContext context) => TooMany(context, FailedWait(context));

    /// <inheritdoc cref="Failed" />
    /// <returns>Zero: it has not.</returns>
    public TimeSpan FailedWait(HttpContext context) => _failures.Take(SourceOf(context));

    private static ProblemHttpResult? TooMany(HttpContext context, TimeSpan wait) => wait == TimeSpan.Zero ? null : Problems.TooManyRequests(context, wait);

    /// <summary>Whole seconds, rounded up.</summary>
    public static void RetryAfter(HttpContext context, TimeSpan wait) =>
        context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>The caller's <see cref="Subscriber"/>; empty where the connection has no address.</summary>
    public static string SourceOf(HttpContext context) => context.Connection.RemoteIpAddress is { } address ? Subscriber.Of(address).ToString() : "";

    public void Dispose()
    {
        _requests.Dispose();
        _failures.Dispose();
    }
}
