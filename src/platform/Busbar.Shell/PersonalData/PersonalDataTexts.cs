using Busbar.Identity;

namespace Busbar.Shell.PersonalData;

/// <summary>What the page about personal data says.</summary>
internal static class PersonalDataTexts
{
    private static readonly Texts All = new("Busbar.Shell.PersonalData.PersonalDataTexts", typeof(PersonalDataTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    /// <summary>A kind of record, or of what was erased; its own name where it is a room's that came later.</summary>
    public static string What(string kind) => All.SayOr("what-" + kind, kind);

    public static string Room(string room) => All.SayOr("room-" + room, room);

    public static string Called(PersonalSubject subject) => subject.Name ?? subject.Email ?? (subject.DriverId is { } driver ? Say("driver", driver) : Say("token", subject.Uids.Count > 0 ? subject.Uids[0] : ""));
}
