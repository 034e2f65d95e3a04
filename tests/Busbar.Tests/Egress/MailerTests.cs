using System.Text;
using Busbar.Egress.Contracts;
using Busbar.Egress.Smtp;
using Busbar.Tests.Operations;
using Microsoft.Extensions.Options;
using SmtpServer.Protocol;

namespace Busbar.Tests.Egress;

public sealed class MailerTests
{
    [Theory]
    [InlineData("CP-1\r\nBcc: everybody@example.com")]
    [InlineData("CP-1\nX-Evil: 1")]
    [InlineData("CP-1\r\n\r\n<script>alert(1)</script>")]
    [InlineData("CP-1\u0085Bcc: a@example.com\u2028Bcc: b@example.com\0")]
    public async Task Nobodys_name_writes_a_header(string name)
    {
        await using var server = new SmtpReceiver();
        Assert.IsType<DeliveryOutcome.Sent>(await MailerTo(server.Port).SendAsync(new Mail("ops@example.com", name + " is offline", "Text", "evt1"), TestContext.Current.CancellationToken));
        var mail = Assert.Single(server.Mails);
        Assert.Null(mail.Headers["Bcc"]);
        Assert.Null(mail.Headers["X-Evil"]);
        Assert.Empty(mail.Bcc);
        Assert.DoesNotContain(mail.Subject!, char.IsControl);
        Assert.StartsWith("CP-1 ", mail.Subject!, StringComparison.Ordinal);
        Assert.Equal("Text", mail.TextBody!.TrimEnd());
        Assert.Equal("evt1@busbar.example", mail.MessageId);
        Assert.Equal(["ops@example.com"], mail.To.Mailboxes.Select(to => to.Address));
        Assert.Equal(6, Encoding.ASCII.GetString(server.Raw.First()).Split("\r\n\r\n")[0].Split("\r\n").Count(line => line.StartsWith("Subject:", StringComparison.Ordinal)
            || line.StartsWith("Date:", StringComparison.Ordinal) || line.StartsWith("Message-Id:", StringComparison.OrdinalIgnoreCase) || line.StartsWith("From:", StringComparison.Ordinal)
            || line.StartsWith("To:", StringComparison.Ordinal) || line.StartsWith("Auto-Submitted:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_that_is_not_there_or_busy_is_tried_again_and_an_address_that_is_none_is_not()
    {
        var ct = TestContext.Current.CancellationToken;
        var mail = new Mail("ops@example.com", "Subject", "Text", "evt1");
        Assert.Equal(new DeliveryOutcome.Failed("unreachable"), await MailerTo(SmtpReceiver.FreePort()).SendAsync(mail, ct));
        await using var server = new SmtpReceiver { Answer = new SmtpResponse(SmtpReplyCode.Error, "busy") };
        Assert.IsType<DeliveryOutcome.Failed>(await MailerTo(server.Port).SendAsync(mail, ct));
        Assert.Equal(new DeliveryOutcome.Refused("invalidAddress"), await MailerTo(server.Port).SendAsync(mail with { To = "" }, ct));
        Assert.Equal(new DeliveryOutcome.Refused("mailNotConfigured"), await new Mailer(Options.Create(new MailOptions()), TimeProvider.System).SendAsync(mail, ct));
    }

    [Theory]
    [InlineData("", 0, "StartTls", "", "", true)]
    [InlineData("mail.example.com", 587, "StartTls", "user", "a@example.com", true)]
    [InlineData("mail.example.com", 587, "StartTls", "user", "", false)]
    [InlineData("mail.example.com", 70_000, "StartTls", "", "a@example.com", false)]
    [InlineData("mail.example.com", 25, "None", "user", "a@example.com", false)]      // a password in clear text
    [InlineData("127.0.0.1", 25, "None", "user", "a@example.com", true)]
    [InlineData("mail.example.com", 25, "None", "", "a@example.com", true)]
    public void A_mistake_in_the_settings_is_found_at_the_start(string host, int port, string tls, string user, string from, bool isRight) =>
        Assert.Equal(isRight, new MailOptions { Host = host, Port = port, Tls = Enum.Parse<MailTls>(tls), User = user, Password = user, From = from }.Fault is null);

    private static Mailer MailerTo(int port) =>
        new(Options.Create(new MailOptions { Host = "127.0.0.1", Port = port, Tls = MailTls.None, From = "Busbar <alerts@busbar.example>" }), TimeProvider.System);
}
