namespace Busbar.Identity;

/// <summary>Where passkeys are good.</summary>
public sealed class PasskeyOptions
{
    public const string Section = "Busbar:Passkeys";

    /// <summary>The domain that passkeys are made for; by default the host that the browser asks for. One domain for several hosts below it makes a passkey good for all of them. A passkey is lost when it changes.</summary>
    public string? Domain { get; set; }

    /// <summary>Origins beside the server's own that a passkey may be used from, separated by spaces: <c>https://ops.example.org</c>.</summary>
    public string? Origins { get; set; }
}
