using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Storage;

/// <summary>What somebody proves themselves by, beside the password.</summary>
internal static class FactorTables
{
    public static void Add(ModelBuilder model)
    {
        model.Entity<AuthenticatorRow>(table =>
        {
            table.ToTable("identity_authenticators");
            table.HasKey(row => new { row.TenantId, row.Holder });
        });
        model.Entity<RecoveryCodeRow>(table =>
        {
            table.ToTable("identity_recovery_codes");
            table.HasKey(row => new { row.TenantId, row.Holder, row.CodeHash });
        });
        model.Entity<PasskeyRow>(table =>
        {
            table.ToTable("identity_passkeys");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => row.CredentialId).IsUnique();
        });
        model.Entity<UsedChallengeRow>(table =>
        {
            table.ToTable("identity_used_challenges");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => row.Until);
        });
    }
}

/// <summary>An authenticator app (TOTP).</summary>
[NotAudited("that it was turned on and off is told by SecondFactors, with whose it is")]
internal sealed class AuthenticatorRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required OperatorId Holder { get; init; }

    /// <summary>In a <see cref="SealedBox"/> with a key of this operator's own.</summary>
    [Sealed]
    public required byte[] SealedSecret { get; init; }

    /// <summary>The time step whose code was used last: it and those before are worth nothing.</summary>
    public required long LastStep { get; set; }

    public Instant CreatedAt { get; init; }
}

/// <summary>Gone once it was used.</summary>
[NotAudited("that they were made, and that one was used, is told by SecondFactors")]
internal sealed class RecoveryCodeRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required OperatorId Holder { get; init; }
    public required byte[] CodeHash { get; init; }
}

/// <summary>A credential of WebAuthn: the public half, which opens nothing.</summary>
[NotAudited("that it was added and removed is told by Passkeys, with whose it is")]
internal sealed class PasskeyRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required PasskeyId Id { get; init; }
    public required OperatorId Holder { get; init; }
    [Personal]
    public required string Name { get; init; }

    /// <summary>The host that it is good for (the relying party's id).</summary>
    public required string Domain { get; init; }

    public required byte[] CredentialId { get; init; }

    /// <summary>COSE.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>What the authenticator counted at its last use; 0 of one that does not count.</summary>
    public required long SignCount { get; set; }

    /// <summary>Separated by spaces: how a browser reaches it.</summary>
    public required string Transports { get; init; }

    /// <summary>It may be on several devices of one person.</summary>
    public required bool BackupEligible { get; init; }
    public required bool BackedUp { get; set; }

    public Instant CreatedAt { get; init; }
    public Instant? UsedAt { get; set; }
}

/// <summary>A challenge that was answered: whoever sends the answer again is refused. It is forgotten when the challenge is too old anyway.</summary>
[NotAudited("random values, of which each is good once")]
internal sealed class UsedChallengeRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required Guid Id { get; init; }
    public Instant Until { get; init; }
}
