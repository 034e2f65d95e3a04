using System.Net.Sockets;
using System.Text;
using Busbar.Egress.Contracts;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using MimeKit.Text;

namespace Busbar.Egress.Smtp;

/// <summary>One connection for each message: alerts are few, and a connection that idles breaks.</summary>
internal sealed class Mailer(IOptions<MailOptions> options, TimeProvider clock) : IMailer
{
    private const int LongestSubject = 250;

    // From here on a reply says that the message will not be taken as it is (RFC 5321 4.2.1).
    private const int Permanent = 500;

    private readonly MailOptions _options = options.Value;

    public bool IsConfigured => _options.IsConfigured;

    public async Task<DeliveryOutcome> SendAsync(Mail mail, CancellationToken ct)
    {
        if (!IsConfigured) return new DeliveryOutcome.Refused("mailNotConfigured");
        if (!MailboxAddress.TryParse(mail.To, out var to)) return new DeliveryOutcome.Refused("invalidAddress");
        using var message = Compose(mail, to);
        using var client = new SmtpClient { Timeout = (int)_options.Timeout.TotalMilliseconds };
        try
        {
            await client.ConnectAsync(_options.Host, _options.Port, _options.Tls switch
            {
                MailTls.Tls => SecureSocketOptions.SslOnConnect,
                MailTls.None => SecureSocketOptions.None,
                _ => SecureSocketOptions.StartTls,
            }, ct);
            if (_options.User.Length > 0) await client.AuthenticateAsync(_options.User, _options.Password, ct);
            await client.SendAsync(message, ct);
        }
        catch (SmtpCommandException error)
        {
            var reason = $"smtp{(int)error.StatusCode}";
            return (int)error.StatusCode >= Permanent && error.ErrorCode == SmtpErrorCode.RecipientNotAccepted ? new DeliveryOutcome.Refused(reason) : new DeliveryOutcome.Failed(reason);
        }
        catch (AuthenticationException) { return new DeliveryOutcome.Failed("mailSignIn"); }
        catch (SslHandshakeException) { return new DeliveryOutcome.Failed("mailTls"); }
        catch (Exception error) when (error is SocketException or IOException or SmtpProtocolException or NotSupportedException)
        {
            // It says nothing of the message, and a server's words stay with the server.
            return new DeliveryOutcome.Failed(error is NotSupportedException ? "mailTls" : "unreachable");
        }
        await client.DisconnectAsync(true, ct);
        return new DeliveryOutcome.Sent();
    }

    private MimeMessage Compose(Mail mail, MailboxAddress to)
    {
        var from = MailboxAddress.Parse(_options.From);
        var message = new MimeMessage
        {
            Subject = OneLine(mail.Subject), Date = clock.GetUtcNow(), MessageId = $"{mail.Id}@{from.Domain}",
            Body = new TextPart(TextFormat.Plain) { Text = mail.Text },
        };
        message.From.Add(from);
        message.To.Add(to);
        // RFC 3834: no answer by a machine.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        return message;
    }

    /// <summary>A header's end is a line's end: nobody's name may hold one.</summary>
    internal static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) line.Append(Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 ? " " : rune.ToString());
        return line.Length <= LongestSubject ? line.ToString() : line.ToString(0, char.IsHighSurrogate(line[LongestSubject - 1]) ? LongestSubject - 1 : LongestSubject) + "…";
    }
}
