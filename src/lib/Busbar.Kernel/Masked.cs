namespace Busbar.Kernel;

/// <summary>What is shown of a token's uid to those who need not know it whole: who knows one can make a card of it. And what is kept of a name where it cannot be erased.</summary>
public static class Masked
{
    private const int Shown = 4;

    /// <summary>A masked uid begins with it.</summary>
    public const char Mark = '…';

    /// <summary>Its end: enough to tell two cards of a hand apart, not enough to make one. At most half of it.</summary>
    public static string Uid(string uid) => Mark + uid[^int.Min(Shown, uid.Length / 2)..];

    /// <summary>A letter, and of a mail address the domain: enough to tell that it changed, not enough to know whom it names.</summary>
    public static string Person(string text) => text.Length == 0 ? "" : text[..1] + "…" + (text.LastIndexOf('@') is >= 0 and var at ? text[at..] : "");
}
