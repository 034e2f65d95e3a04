using System.Text;
using System.Xml.Linq;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Identity;

/// <summary>ASP.NET Core's data-protection keys, as sealed rows of <c>identity_keys</c>: every process of a cluster reads what another sealed.</summary>
internal sealed class KeyRing(RoomDbFactory<IdentityDb> rooms, RowReader reader, SealedBox box) : IXmlRepository
{
    internal const string Purpose = "data-protection-key";
    private const string Prefix = "data-protection:";
    private volatile string[] _known = [];

    /// <summary>From memory: see <see cref="ReloadAsync"/>.</summary>
    public IReadOnlyCollection<XElement> GetAllElements() => [.. _known.Select(XElement.Parse)];

    // The interface is synchronous. It is called at start and when a key is 88 days old; nothing that waits for this thread holds a lock here.
    public void StoreElement(XElement element, string friendlyName) => StoreAsync(element, friendlyName).GetAwaiter().GetResult();

    private async Task StoreAsync(XElement element, string friendlyName)
    {
        await using (var db = await rooms.OpenAsync(TenantScope.System, CancellationToken.None))
        {
            // Of the processes that start at once on an empty database, one gives all of them their first key.
            var name = Prefix + (_known.Length == 0 ? "first" : friendlyName);
            db.Keys.Add(new KeyRow { TenantId = default(TenantId), Name = name, Value = box.Seal(Purpose, Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting))) });
            try { await db.CommitAsync(CancellationToken.None); }
            catch (DbUpdateException error) when (error.IsDuplicateKey()) { }
        }
        await ReloadAsync(CancellationToken.None);
    }

    // All keys are read to find these: there are a handful, one for each quarter of a year.
    public async Task ReloadAsync(CancellationToken ct) =>
        _known = [.. (await reader.ReadAsync(TenantScope.System, KeyRow.Source, ct)).Where(row => row.Name.StartsWith(Prefix, StringComparison.Ordinal)).Select(row => Encoding.UTF8.GetString(box.Open(Purpose, row.Value)))];
}
