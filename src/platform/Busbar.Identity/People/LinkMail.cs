using Busbar.Egress.Contracts;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity;

/// <summary>What became of the mail with a link.</summary>
public enum LinkMailState
{
    NotConfigured,
    Sent,
    Failed,
}

/// <summary>
/// Mails a link to whom it is for. It is sent at once and not put into the outbox: there the code would lie readable in the database, and who gave the link can hand it on in another way.
/// </summary>
public sealed class LinkMail
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IMailer _mailer;
    private readonly ILogger<LinkMail> _log;

    internal LinkMail(IMailer mailer, ILogger<LinkMail> log) => (_mailer, _log) = (mailer, log);

    /// <param name="address">The whole link.</param>
    /// <param name="language"><c>en</c> or <c>de</c>.</param>
    public async Task<LinkMailState> SendAsync(PersonLink link, Uri address, Tenant tenant, string language, CancellationToken ct)
    {
        if (!_mailer.IsConfigured) return LinkMailState.NotConfigured;
        var until = $"{link.ExpiresAt.InUtc():uuuu-MM-dd HH:mm} UTC";
        var mail = new Mail(link.Email, DoorTexts.Say(link.IsInvitation ? "mail-invited-subject" : "mail-password-subject", language, tenant.Name),
            DoorTexts.Say(link.IsInvitation ? "mail-invited" : link.IsOwn ? "mail-forgotten" : "mail-password", language, OneLine(tenant.Name), address, until) + "\n", link.Id.ToString());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        DeliveryOutcome outcome;
        try { outcome = await _mailer.SendAsync(mail, limit.Token); }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested) { outcome = new DeliveryOutcome.Failed("timeout"); }
        switch (outcome)
        {
            case DeliveryOutcome.Failed failed:
                Log.LinkNotMailed(_log, failed.Reason);
                return LinkMailState.Failed;
            case DeliveryOutcome.Refused refused:
                Log.LinkNotMailed(_log, refused.Reason);
                return LinkMailState.Failed;
            default:
                return LinkMailState.Sent;
        }
    }

    // Nobody's name writes lines of ours.
    public static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
