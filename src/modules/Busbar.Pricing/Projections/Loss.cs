namespace Busbar.Pricing;

/// <summary>Something of a tariff that a projection does not say.</summary>
/// <param name="Pointer">A JSON pointer into the tariff's own (canonical) JSON; empty: the tariff as a whole.</param>
/// <param name="Code">Stable.</param>
/// <param name="Detail">For people.</param>
/// <param name="Effect">What it does to who computes by the projection.</param>
internal sealed record Loss(string Pointer, string Code, string Detail, LossEffect Effect);

/// <summary>Compared with what the tariff itself costs, before taxes where the projection has none.</summary>
internal enum LossEffect
{
    /// <summary>More or less, by the session.</summary>
    Unknown,

    /// <summary>Never less.</summary>
    More,

    /// <summary>Never more.</summary>
    Less,

    /// <summary>The same amount; at most its last digits differ.</summary>
    None,
}
