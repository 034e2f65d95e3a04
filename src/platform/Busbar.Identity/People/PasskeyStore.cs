using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Identity;

/// <summary>
/// What ASP.NET Core Identity's passkey handler asks: who somebody is, and which passkeys they have. It writes nothing; <see cref="Passkeys"/> does, with an author and in one transaction. Of Identity's
/// other stores there is none.
/// </summary>
internal sealed class PasskeyStore(RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory) : IUserPasskeyStore<KnownOperator>
{
    public Task<string> GetUserIdAsync(KnownOperator user, CancellationToken cancellationToken) => Task.FromResult(user.Id.ToString());

    public Task<string?> GetUserNameAsync(KnownOperator user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.Email);

    /// <summary>Nobody where the account is disabled.</summary>
    public Task<KnownOperator?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        Task.FromResult(TypedId.TryParse<OperatorId>(userId, out var id) ? directory.Find(id) : null);

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(KnownOperator user, CancellationToken cancellationToken)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(user.Tenant), cancellationToken);
        return (await db.Passkeys.AsNoTracking().Where(row => row.Holder == user.Id).ToListAsync(cancellationToken)).ConvertAll(Of);
    }

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(KnownOperator user, byte[] credentialId, CancellationToken cancellationToken)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(user.Tenant), cancellationToken);
        return await db.Passkeys.AsNoTracking().SingleOrDefaultAsync(row => row.Holder == user.Id && row.CredentialId == credentialId, cancellationToken) is { } row ? Of(row) : null;
    }

    // A credential is one operator's in the whole installation.
    public async Task<KnownOperator?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, cancellationToken);
        return await db.Passkeys.AsNoTracking().SingleOrDefaultAsync(row => row.CredentialId == credentialId, cancellationToken) is { } row ? directory.Find(row.Holder) : null;
    }

    public void Dispose()
    {
    }

    private static UserPasskeyInfo Of(PasskeyRow row) => new(
        row.CredentialId, row.PublicKey, row.CreatedAt.ToDateTimeOffset(), checked((uint)row.SignCount), row.Transports.Split(' ', StringSplitOptions.RemoveEmptyEntries), isUserVerified: true,
        row.BackupEligible, row.BackedUp, attestationObject: [], clientDataJson: []) { Name = row.Name };

    public Task SetUserNameAsync(KnownOperator user, string? userName, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<string?> GetNormalizedUserNameAsync(KnownOperator user, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task SetNormalizedUserNameAsync(KnownOperator user, string? normalizedName, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<IdentityResult> CreateAsync(KnownOperator user, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<IdentityResult> UpdateAsync(KnownOperator user, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<IdentityResult> DeleteAsync(KnownOperator user, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task<KnownOperator?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task AddOrUpdatePasskeyAsync(KnownOperator user, UserPasskeyInfo passkey, CancellationToken cancellationToken) => throw new NotSupportedException();
    public Task RemovePasskeyAsync(KnownOperator user, byte[] credentialId, CancellationToken cancellationToken) => throw new NotSupportedException();
}
