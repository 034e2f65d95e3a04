using System.Threading.Channels;
using Busbar.Egress.Contracts;
using Busbar.Identity.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Busbar.Identity.Operators;

/// <summary>How people who forgot their password help themselves.</summary>
internal sealed class ForgottenOptions
{
    public const string Section = "Busbar:ForgottenPasswords";

    /// <summary>Where people reach this installation, such as <c>https://busbar.example.com</c>: for the link in the mail. What a request calls this server is not trusted for that. Empty: whoever forgot the password asks somebody who manages people.</summary>
    public string PublicUrl { get; set; } = "";

    internal bool IsUsable => PublicUrl.Length == 0 || (Uri.TryCreate(PublicUrl, UriKind.Absolute, out var url) && url.Scheme is "https" or "http");
}

/// <summary>
/// Mails a link for a new password to whom an account belongs. All of it happens behind the answer, one after the other: whether there is an account is told by no word and by no moment. The
/// link is not put into the outbox, where its code would lie readable in the database.
/// </summary>
internal sealed class ForgottenPasswords(
    IdentityDirectory directory, InvitationDesk links, LinkMail mail, IMailer mailer, IOptions<ForgottenOptions> options, TimeProvider clock, ILogger<ForgottenPasswords> log) : BackgroundService
{
    private const int MostWaiting = 256;

    // Three mails at once, then one in twenty minutes: nobody's mailbox is filled by others.
    private const int MailsAtOnce = 3;
    private static readonly TimeSpan BetweenMails = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(5);
    private const int Tries = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Channel<Asked> _asked = Channel.CreateBounded<Asked>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Buckets _mails = new(MailsAtOnce, 1, BetweenMails);

    private sealed record Asked(string Account, string Source, string Language);

    /// <summary>There is a mail server, and an address for the link.</summary>
    public bool IsOffered => mailer.IsConfigured && options.Value.PublicUrl.Length > 0;

    /// <summary>Returns at once, whoever's address that is.</summary>
    public void Ask(string email, string source, string language) => _asked.Writer.TryWrite(new Asked(OperatorDesk.Fold(email), source, language));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _asked.Reader.WaitToReadAsync(stoppingToken))
            {
                // What is done for one address and not for another is not felt by who still waits for the answer.
                await Task.Delay(Pause, clock, stoppingToken);
                while (_asked.Reader.TryRead(out var asked))
                {
                    try { await AnswerAsync(asked, stoppingToken); }
                    catch (Exception error) when (error is not OperationCanceledException) { Log.ForgottenFailed(log, error); }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; who asked asks again.
        }
    }

    public override void Dispose()
    {
        _mails.Dispose();
        base.Dispose();
    }

    private async Task AnswerAsync(Asked asked, CancellationToken ct)
    {
        // Who must sign on elsewhere has no use for a password here.
        if (directory.FindByAccount(asked.Account) is not { } known || directory.MustSignOn(known)) return;
        // Nobody comes into a tenant that is closed.
        if (directory.IsClosed(known.Tenant)) return;
        if (_mails.Take(asked.Account) > TimeSpan.Zero) return;
        var link = await links.ForgottenAsync(known, asked.Source, ct);
        var address = new Uri($"{options.Value.PublicUrl.TrimEnd('/')}/{link.Path}");
        for (var i = 1; await mail.SendAsync(link, address, directory.Find(known.Tenant)!, asked.Language, ct) != LinkMailState.Sent && i < Tries; i++) await Task.Delay(BetweenTries, clock, ct);
    }
}
