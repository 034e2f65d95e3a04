namespace Busbar.Simulator.Wire;

/// <summary>Seeded random bits of eight bytes of state: a thousand stations with a generator each cost nothing, and a seed repeats a run. Not for secrets.</summary>
public sealed class Xorshift
{
    private ulong _state;

    public Xorshift(int seed)
    {
        // SplitMix64 spreads neighbouring seeds apart; the state must not be 0.
        unchecked
        {
            var z = ((ulong)(uint)seed + 1) * 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            _state = (z ^ (z >> 31)) | 1;
        }
    }

    public ulong Next()
    {
        unchecked
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return _state * 0x2545F4914F6CDD1DUL;
        }
    }

    /// <summary>From 0 to <paramref name="bound"/> - 1.</summary>
    public int Next(int bound) => (int)((Next() >> 33) % (ulong)bound);

    /// <summary>From 0 to just below 1, with six digits.</summary>
    public decimal NextFraction() => Next(1_000_000) / 1_000_000m;
}
