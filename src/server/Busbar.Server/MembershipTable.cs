using System.Globalization;
using Busbar.Storage.Cluster;
using Orleans.Runtime;
using ClusterMember = Busbar.Storage.Cluster.ClusterMember;

namespace Busbar.Server;

/// <summary>The cluster engine's view of <see cref="ClusterTable"/>. The table's version guards every change, so that a row needs no tag of its own.</summary>
internal sealed class MembershipTable(ClusterTable table) : IMembershipTable
{
    public Task InitializeMembershipTable(bool tryInitTableVersion) => table.PrepareAsync(CancellationToken.None);

    public async Task<MembershipTableData> ReadAll()
    {
        var (version, members) = await table.ReadAsync(CancellationToken.None);
        return Data(version, members);
    }

    public async Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        var (version, members) = await table.ReadAsync(CancellationToken.None);
        return Data(version, members.Where(member => member.Address == key.ToParsableString()));
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => table.TryAddAsync(Member(entry), VersionOf(tableVersion), CancellationToken.None);

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) =>
        table.TryReplaceAsync(Member(entry), VersionOf(tableVersion), CancellationToken.None);

    public Task UpdateIAmAlive(MembershipEntry entry) =>
        table.TouchAsync(entry.SiloAddress.ToParsableString(), Milliseconds(entry.IAmAliveTime), CancellationToken.None);

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) =>
        table.ForgetAsync((long)SiloStatus.Dead, beforeDate.ToUnixTimeMilliseconds(), CancellationToken.None);

    // The engine asks for this in its own tests only.
    public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException("A cluster's members are forgotten one by one.");

    private static MembershipTableData Data(long version, IEnumerable<ClusterMember> members)
    {
        var present = new TableVersion((int)version, version.ToString(CultureInfo.InvariantCulture));
        return new MembershipTableData([.. members.Select(member => Tuple.Create(Entry(member), present.VersionEtag))], present);
    }

    // The engine hands in the next version with the tag of the one that it decided on.
    private static long VersionOf(TableVersion next) => long.Parse(next.VersionEtag, CultureInfo.InvariantCulture);

    private static MembershipEntry Entry(ClusterMember member) => new()
    {
        SiloAddress = SiloAddress.FromParsableString(member.Address),
        SiloName = member.Node,
        HostName = member.Host,
        Status = (SiloStatus)member.Status,
        StartTime = Time(member.StartedAt),
        IAmAliveTime = Time(member.AliveAt),
        SuspectTimes = [.. member.Suspicions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Suspicion)],
    };

    private static ClusterMember Member(MembershipEntry entry) => new(
        entry.SiloAddress.ToParsableString(), entry.SiloName, entry.HostName, (long)entry.Status, Milliseconds(entry.StartTime), Milliseconds(entry.IAmAliveTime),
        string.Join(' ', (entry.SuspectTimes ?? []).Select(vote => string.Create(CultureInfo.InvariantCulture, $"{vote.Item1.ToParsableString()}={Milliseconds(vote.Item2)}"))));

    /// <summary>Who suspects, and when: <c>address=milliseconds</c>.</summary>
    private static Tuple<SiloAddress, DateTime> Suspicion(string text)
    {
        var split = text.LastIndexOf('=');
        return Tuple.Create(SiloAddress.FromParsableString(text[..split]), Time(long.Parse(text.AsSpan(split + 1), CultureInfo.InvariantCulture)));
    }

    private static long Milliseconds(DateTime utc) => new DateTimeOffset(DateTime.SpecifyKind(utc, DateTimeKind.Utc)).ToUnixTimeMilliseconds();

    private static DateTime Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime;
}
