using Busbar.Identity.Http;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Identity;

/// <summary>Whose data: a person who works here, or a driver. Rooms add what they know of them (<see cref="IPersonalData.IdentifyAsync"/>) before anything is looked for.</summary>
public sealed record PersonalSubject
{
    public required TenantId Tenant { get; init; }

    /// <summary>Null: a driver.</summary>
    public OperatorId? Operator { get; init; }

    /// <summary>An operator's e-mail address, and what others call them.</summary>
    public string? Email { get; init; }
    public string? Name { get; init; }

    /// <summary>By which the tenant knows a driver.</summary>
    public string? DriverId { get; init; }

    /// <summary>A driver's cards and contracts, as they were given: an eMAID is a token's uid.</summary>
    public IReadOnlyList<string> Uids { get; init; } = [];

    /// <summary>The things in which the audit tells of them: kind and id.</summary>
    public IReadOnlyList<(string Kind, string Id)> Things { get; init; } = [];

    /// <summary>In an erasure: another room holds charges of theirs that are not over. Who names them must be able to once more, when these are.</summary>
    public bool HasOpenCharges { get; init; }

    /// <summary>In free text a name is looked for only where it is long enough not to be a part of other words.</summary>
    private const int ShortestWord = 6;

    /// <summary>What names them in a text that people wrote.</summary>
    public IReadOnlyList<string> Words => [.. new[] { Email, Name, DriverId }.Concat(Uids).OfType<string>().Where(word => word.Length >= ShortestWord).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>A text that people wrote names them.</summary>
    public bool IsIn(string? text) => text is not null && Words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));
}

/// <summary>One record of somebody's data, as an export shows it.</summary>
/// <param name="Kind">What it is: <c>session</c>.</param>
/// <param name="Data">Written as JSON.</param>
public sealed record PersonalRecord(string Kind, object Data);

/// <summary>What became of data.</summary>
public enum ErasureManner
{
    /// <summary>It is there no more.</summary>
    Removed,

    /// <summary>It is there, and names nobody.</summary>
    Pseudonymised,
}

/// <summary>Why data stays.</summary>
public enum HoldReason
{
    /// <summary>A charge is not over, or a person has to decide about it: the law of contracts asks for it.</summary>
    ChargeNotOver,

    /// <summary>Who did what must be provable, and an entry that is changed breaks the chain.</summary>
    Accountability,

    /// <summary>A signed reading is worth nothing once a letter of it is changed, and the law of measuring asks for it.</summary>
    SignedReading,
}

/// <param name="What">What it is: <c>sessions</c>.</param>
public sealed record ErasedData(string What, long Count, ErasureManner Manner);

/// <param name="What">What it is: <c>sessions</c>.</param>
/// <param name="Until">When it goes by itself; null: with what <paramref name="Reason"/> says.</param>
public sealed record HeldData(string What, long Count, HoldReason Reason, Instant? Until);

/// <summary>What a room did.</summary>
public sealed record RoomErasure(IReadOnlyList<ErasedData> Erased, IReadOnlyList<HeldData> Held)
{
    public static RoomErasure Nothing { get; } = new([], []);

    /// <summary>Without what there was none of.</summary>
    public static RoomErasure Of(params IEnumerable<ErasedData> erased) => new([.. erased.Where(part => part.Count > 0)], []);
}

/// <summary>A room's part of everybody's right to see and to erase what is kept of them. Every room has one, or says why it needs none (<see cref="IdentityModule.AddNoPersonalData"/>).</summary>
public interface IPersonalData
{
    /// <summary>As its project is called behind the dot, in lower case.</summary>
    string Room { get; }

    /// <summary>Why the room keeps none; null: it does.</summary>
    string? KeepsNoneBecause => null;

    /// <summary>
    /// It says who somebody is: it erases last, so that an erasure that was cut off can be asked for again; and as long as charges are open (<see cref="PersonalSubject.HasOpenCharges"/>) it keeps what
    /// leads to the rest.
    /// </summary>
    bool NamesSubjects => false;

    /// <summary>Adds what the room knows of who it is.</summary>
    ValueTask<PersonalSubject> IdentifyAsync(PersonalSubject subject, CancellationToken ct) => ValueTask.FromResult(subject);

    /// <summary>Why nothing of them may be erased, as a problem's code; null: it may.</summary>
    ValueTask<string?> RefusalAsync(Caller caller, PersonalSubject subject, CancellationToken ct) => ValueTask.FromResult<string?>(null);

    /// <summary>All that the room has of them.</summary>
    IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, CancellationToken ct);

    /// <summary>Erases it, again and again if it must be: what is gone already counts for nothing.</summary>
    Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct);
}
