namespace Busbar.Kernel;

/// <summary>What is shown of a token's uid to those who need not know it whole: who knows one can make a card of it.</summary>
public static class Masked
{
    private const int Shown = 4;

    /// <summary>Its end: enough to tell two cards of a hand apart, not enough to make one. At most half of it.</summary>
    public static string Uid(string uid) => "…" + uid[^int.Min(Shown, uid.Length / 2)..];
}
