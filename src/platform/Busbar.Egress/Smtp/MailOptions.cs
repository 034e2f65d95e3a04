using System.Net;
using MimeKit;

namespace Busbar.Egress.Smtp;

/// <summary>The installation's SMTP server, configured under <c>Busbar:Mail</c>.</summary>
internal sealed class MailOptions
{
    public const string Section = "Busbar:Mail";

    /// <summary>Its name; none: no mail is sent.</summary>
    public string Host { get; set; } = "";

    /// <summary>Its port.</summary>
    public int Port { get; set; } = 587;

    /// <summary><c>startTls</c>, <c>tls</c> from the first byte, or <c>none</c>, which takes a password only on this machine.</summary>
    public MailTls Tls { get; set; } = MailTls.StartTls;

    /// <summary>Who signs in; none: nobody does.</summary>
    public string User { get; set; } = "";

    /// <summary>The password; from the environment or a file of secrets.</summary>
    public string Password { get; set; } = "";

    /// <summary>The sender, such as <c>Busbar &lt;alerts@example.com&gt;</c>.</summary>
    public string From { get; set; } = "";

    /// <summary>How long the server may take for one step.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    internal bool IsConfigured => Host.Length > 0;

    /// <summary>Null: it can be used as it is.</summary>
    internal string? Fault =>
        !IsConfigured ? null
        : Port is < 1 or > 65_535 ? $"{Section}:Port must be 1 to 65535."
        : Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromMinutes(5) ? $"{Section}:Timeout must be above 0 and at most five minutes."
        : !MailboxAddress.TryParse(From, out _) ? $"{Section}:From must be an address."
        : Tls == MailTls.None && User.Length > 0 && !IsThisMachine ? $"{Section}:User would send its password in clear text: use TLS."
        : null;

    private bool IsThisMachine => Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));
}

/// <summary>How the connection to the SMTP server is secured.</summary>
internal enum MailTls
{
    StartTls,
    Tls,
    None,
}
