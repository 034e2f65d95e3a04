using Busbar.Identity.Http;

namespace Busbar.Identity.Personal;

/// <summary>Of a room that keeps nothing of anybody.</summary>
internal sealed class NoPersonalData(string room, string why) : IPersonalData
{
    public string Room => room;
    public string KeepsNoneBecause => why;

    public IAsyncEnumerable<PersonalRecord> ExportAsync(PersonalSubject subject, CancellationToken ct) => AsyncEnumerable.Empty<PersonalRecord>();

    public Task<RoomErasure> EraseAsync(Caller caller, PersonalSubject subject, CancellationToken ct) => Task.FromResult(RoomErasure.Nothing);
}
