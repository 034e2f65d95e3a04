using Busbar.Customers.Storage;
using Busbar.Shell;
using NodaTime;

namespace Busbar.Customers.Console;

/// <summary>The room's texts, and what its states mean to who looks at them.</summary>
internal static class TokenTexts
{
    public const string Tokens = "/console/tokens";

    private static readonly Texts All = new("Busbar.Customers.Console.TokenTexts", typeof(TokenTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    /// <summary>By the id: a uid may have any character.</summary>
    public static string To(TokenId id) => $"{Tokens}/{id}";

    /// <summary>What it is worth now: an active one whose date has passed is expired.</summary>
    public static (string Text, Tone Tone) Status(TokenRow row, Instant now) => TokenBook.Judge(row, row.Uid, now).Status switch
    {
        TokenStatus.Accepted => (Say("status-Active"), Tone.Good),
        TokenStatus.Expired => (Say("status-Expired"), Tone.Neutral),
        _ => (Say("status-Blocked"), Tone.Bad),
    };
}
