using System.Numerics;

namespace Busbar.Load;

/// <summary>
/// Counts durations in microseconds in fixed log-linear buckets: exact below 64, above in 32 steps to each doubling, so that a percentile is at most one part in
/// 32 too high. Any number of threads may record; it never allocates after it is made.
/// </summary>
public sealed class LatencyHistogram
{
    private const int Exact = 64;
    private const int Steps = 32;
    private const int ExactBits = 6;
    private const int StepBits = 5;
    private const int TopBit = 40;

    /// <summary>What is longer is counted as this: twelve days.</summary>
    public const long Longest = (1L << TopBit) - 1;

    private readonly long[] _counts = new long[Exact + ((TopBit - ExactBits) * Steps)];

    public long Count => _counts.Sum();

    public void Record(TimeSpan duration) => Record((long)duration.TotalMicroseconds);

    public void Record(long microseconds) => Interlocked.Increment(ref _counts[Bucket(Math.Clamp(microseconds, 0, Longest))]);

    /// <summary>The duration that <paramref name="percent"/> of what was recorded do not exceed: the upper end of its bucket, in microseconds; 0 if nothing was recorded.</summary>
    public long Percentile(double percent)
    {
        var rank = (long)Math.Ceiling(Count * percent / 100);
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank && seen > 0)
            {
                return UpperEnd(bucket);
            }
        }

        return 0;
    }

    private static int Bucket(long microseconds)
    {
        if (microseconds < Exact)
        {
            return (int)microseconds;
        }

        var top = BitOperations.Log2((ulong)microseconds);
        return Exact + ((top - ExactBits) * Steps) + (int)((microseconds >> (top - StepBits)) & (Steps - 1));
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < Exact)
        {
            return bucket;
        }

        var (doubling, step) = Math.DivRem(bucket - Exact, Steps);
        return ((long)(Steps + step + 1) << (doubling + ExactBits - StepBits)) - 1;
    }
}
