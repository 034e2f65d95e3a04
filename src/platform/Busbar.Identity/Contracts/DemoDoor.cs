using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity;

/// <summary>
/// The way into a demo: a link that signs in as the demo's operator, without a password, for as long as the process runs. Only a demo maps its page
/// (<see cref="IdentityModule.MapDemo"/>), and a demo is reached from its own machine only.
/// </summary>
public sealed class DemoDoor
{
    private const string Email = "demo@busbar.example";

    private readonly RoomDbFactory<IdentityDb> _rooms;
    private readonly IdentityDirectory _directory;
    private readonly Passwords _passwords;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;
    private readonly string _code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
    private OperatorId? _operator;

    internal DemoDoor(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, Passwords passwords, IdSource ids, TimeProvider clock) =>
        (_rooms, _directory, _passwords, _ids, _clock) = (rooms, directory, passwords, ids, clock);

    /// <summary>Lets the bearer of the link into a tenant, whose operator is made if it is not there.</summary>
    /// <returns>The link below the server's address. Its code stands behind the <c>#</c>, which no log has.</returns>
    /// <exception cref="ArgumentException">There is no such tenant.</exception>
    public async Task<string> OpenAsync(string slug, CancellationToken ct)
    {
        var tenant = _directory.Find(slug)?.Id ?? throw new ArgumentException($"There is no tenant '{slug}'.", nameof(slug));
        await using var db = await _rooms.OpenAsync(TenantScope.Of(tenant).By(Author.System("demo")), ct);
        var folded = OperatorDesk.Fold(Email);
        var row = await db.Operators.SingleOrDefaultAsync(other => other.EmailFolded == folded, ct);
        if (row is null)
        {
            // A password that nobody knows: the link is the only way in.
            var hash = await _passwords.HashAsync(folded, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)), ct)
                ?? throw new InvalidOperationException("Too many passwords are being checked.");
            row = new OperatorRow
            {
                TenantId = tenant, Id = _ids.New<OperatorId>(), Email = Email, EmailFolded = folded, PasswordHash = hash,
                SecurityStamp = OperatorDesk.NewStamp(), CreatedAt = _clock.GetInstant(),
            };
            db.Add(row);
            db.Add(GrantRow.Of(tenant, row.Id, new Grant(Role.Owner, Place.Tenant)));
            await db.CommitAsync(ct);
            await _directory.ReloadAsync(CancellationToken.None);
        }
        _operator = row.Id;
        return "demo#" + _code;
    }

    /// <summary>Null: the code is not this process's, or the demo is not ready.</summary>
    internal Entry.Granted? Enter(string code) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(code), Encoding.UTF8.GetBytes(_code)) && _operator is { } id && _directory.Find(id) is { } known
            ? new Entry.Granted(known.Tenant, id, known.Stamp) : null;
}
