using NodaTime;

namespace Busbar.Identity;

/// <summary>What somebody has beside the password. With any of it the password alone opens nothing.</summary>
/// <param name="AuthenticatorSince">Null: no app is set up.</param>
/// <param name="RecoveryCodes">How many are left.</param>
public sealed record FactorsView(Instant? AuthenticatorSince, int RecoveryCodes, IReadOnlyList<PasskeyView> Passkeys)
{
    /// <summary>There is a second factor: the password alone does not do.</summary>
    public bool IsProtected => AuthenticatorSince is not null || Passkeys.Count > 0;
}

/// <param name="Domain">The host that it is good for.</param>
/// <param name="Synced">It is kept by its owner's account and may be on several devices.</param>
/// <param name="UsedAt">Null: never yet.</param>
public sealed record PasskeyView(PasskeyId Id, string Name, string Domain, bool Synced, Instant CreatedAt, Instant? UsedAt);

/// <summary>An authenticator app that is being set up. Nothing of it is kept until a code proves that the app has it.</summary>
/// <param name="Secret">In base 32, for who cannot read the code with a camera.</param>
/// <param name="Uri">For the app, as a QR code.</param>
/// <param name="Draft">To be sent back with a code, within ten minutes.</param>
public sealed record AuthenticatorDraft(string Secret, string Uri, string Draft);

/// <summary>What came of changing one's second factors.</summary>
public abstract record FactorChange
{
    private FactorChange()
    {
    }

    /// <param name="RecoveryCodes">Shown here and never again; empty where none were made.</param>
    public sealed record Done(IReadOnlyList<string> RecoveryCodes) : FactorChange
    {
        /// <summary>The one that was added.</summary>
        public PasskeyView? Passkey { get; init; }
    }

    /// <summary>The session began a while ago: the password first, or a new sign-in.</summary>
    public sealed record Unconfirmed : FactorChange;

    public sealed record WrongPassword : FactorChange;

    /// <summary>Not the app's code of now, or one that was used.</summary>
    public sealed record WrongCode : FactorChange;

    /// <summary>What was begun is too old, or was begun elsewhere.</summary>
    public sealed record Stale : FactorChange;

    /// <summary>The browser's answer about a passkey does not hold.</summary>
    public sealed record WrongPasskey : FactorChange;

    /// <summary>There is one already.</summary>
    public sealed record Already : FactorChange;

    /// <summary>More passkeys than anybody needs.</summary>
    public sealed record TooMany : FactorChange;

    public sealed record WrongName : FactorChange;

    public sealed record Gone : FactorChange;

    public sealed record TooOften(TimeSpan Wait) : FactorChange;

    /// <summary>Passwords are being checked for too many others.</summary>
    public sealed record Busy : FactorChange;
}
