using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Shell.People;
using NodaTime;

namespace Busbar.Shell.Clients;

/// <summary>What the pages about API clients say.</summary>
internal static class ClientTexts
{
    // Time enough to tell whoever runs the program.
    private static readonly Duration Soon = Duration.FromDays(14);

    private static readonly Texts All = new("Busbar.Shell.Clients.ClientTexts", typeof(ClientTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    /// <summary>Whether it may call now, and for how long it will.</summary>
    public static (string Text, Tone Tone) StateOf(RegisteredClient client, Instant now) => client switch
    {
        { Configured: true } => (Say("state-configured"), Tone.Neutral),
        { ExpiresAt: null } => (Say("state-good"), Tone.Good),
        { ExpiresAt: { } end } when end <= now => (Say("state-over"), Tone.Bad),
        { ExpiresAt: { } end } when end - now <= Soon => (Say("state-soon", Spoken.Roughly(end - now)), Tone.Warning),
        _ => (Say("state-good"), Tone.Good),
    };

    public static string WhereOf(RegisteredClient client) =>
        client.Where is not { } places ? Say("where-tenant") : places.Count == 0 ? Say("where-gone") : string.Join(", ", places.Select(place => place.Title));

    /// <summary>Why something was not done; null: it was.</summary>
    public static string? Fault(ClientChange change) => change switch
    {
        ClientChange.Gone => Say("fault-gone"),
        ClientChange.Stale => Say("fault-stale"),
        ClientChange.Configured => Say("fault-configured"),
        ClientChange.Beyond beyond => FaultBeyond(beyond.Missing),
        ClientChange.Wrong wrong => string.Join(' ', wrong.Check.Errors.Select(error => Wrong(error.Pointer, error.Error)).Distinct()),
        _ => null,
    };

    public static string FaultBeyond(MissingRight missing) =>
        Say("fault-beyond", PeopleTexts.NameOf(missing.Scope), missing.Scope, Say(missing.Where.Kind == PlaceKind.Tenant ? "where-tenant" : "where-there"));

    private static string Wrong(string pointer, FieldError error)
    {
        var field = pointer.Split('/')[1];
        return All.SayOr($"wrong-{field}-{error.Code}", All.SayOr("wrong-" + field, error.Detail));
    }
}

internal static class ClientLinks
{
    public const string Clients = ConsoleMap.Root + "/clients";
    public const string New = Clients + "/new";

    public static string To(ApiClientId id) => $"{Clients}/{id}";
}
