using System.Threading.Channels;
using Busbar.Egress.Contracts;
using Busbar.Kernel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Operators;

/// <summary>What happened to somebody's account that its owner should know, whoever did it.</summary>
internal enum AccountEvent
{
    PasswordChanged,
    AuthenticatorAdded,
    AuthenticatorRemoved,
    RecoveryCodesMade,
    PasskeyAdded,
    PasskeyRemoved,
    SecondFactorsReset,
}

/// <summary>
/// Mails people what happened to their account: who did not do it themselves learns of it. It goes behind what was done, which waits for no mail server and does not fail with one; what could not be sent
/// stands in the audit all the same. Nothing secret is in it.
/// </summary>
internal sealed class AccountMail(IdentityDirectory directory, IMailer mailer, IdSource ids, TimeProvider clock, ILogger<AccountMail> log) : BackgroundService
{
    private const int MostWaiting = 1_000;
    private const int Tries = 3;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Channel<Mail> _waiting = Channel.CreateBounded<Mail>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <param name="source">The address that it was done from, where it is known.</param>
    public void Tell(OperatorId id, AccountEvent what, string? source)
    {
        if (!mailer.IsConfigured || directory.Find(id) is not { } known || directory.Find(known.Tenant) is not { } tenant) return;
        var language = DoorTexts.LanguageOf(tenant.Languages);
        var text = DoorTexts.Say("mail-account", language, LinkMail.OneLine(tenant.Name), DoorTexts.Say($"account-{what}", language), $"{clock.GetInstant().InUtc():uuuu-MM-dd HH:mm} UTC", source ?? "–");
        _waiting.Writer.TryWrite(new Mail(known.Email, DoorTexts.Say("mail-account-subject", language, tenant.Name), text + "\n", ids.New<SignInId>().ToString()));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var mail in _waiting.Reader.ReadAllAsync(stoppingToken))
            {
                try { await SendAsync(mail, stoppingToken); }
                catch (Exception error) when (error is not OperationCanceledException) { Log.AccountNotMailed(log, error); }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; the audit has what was not told.
        }
    }

    private async Task SendAsync(Mail mail, CancellationToken ct)
    {
        for (var i = 1; ; i++)
        {
            DeliveryOutcome outcome;
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(ct))
            {
                limit.CancelAfter(Patience);
                try { outcome = await mailer.SendAsync(mail, limit.Token); }
                catch (OperationCanceledException) when (!ct.IsCancellationRequested) { outcome = new DeliveryOutcome.Failed("timeout"); }
            }
            switch (outcome)
            {
                case DeliveryOutcome.Failed when i < Tries:
                    await Task.Delay(BetweenTries, clock, ct);
                    continue;
                case DeliveryOutcome.Failed failed:
                    Log.LinkNotMailed(log, failed.Reason);
                    return;
                case DeliveryOutcome.Refused refused:
                    Log.LinkNotMailed(log, refused.Reason);
                    return;
                default:
                    return;
            }
        }
    }
}
