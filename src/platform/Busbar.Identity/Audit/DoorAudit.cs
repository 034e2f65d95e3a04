using Busbar.Identity.Clients;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Identity.SignOn;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Identity.Audit;

/// <summary>
/// Tells the audit who came in and who was refused. Refusals cannot fill the disk: of those of one kind, source and minute there is the first, and then one that counts the others; beyond
/// a number of kinds and sources in a minute all others are one. They come up to a second later, and no answer waits for them.
/// </summary>
internal sealed class DoorAudit(AuditLog audit, IdentityDirectory directory, TimeProvider clock, ILogger<DoorAudit> log) : BackgroundService
{
    private const int MostKinds = 60;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly Duration Window = Duration.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<Kind, Count> _counts = [];

    private sealed record Kind(TenantId Tenant, string Actor, AuditWay Way, string? Source, string Action, string Of, string Thing, string? Name, string? Why = null);

    private sealed class Count(Instant since)
    {
        public Instant Since => since;
        public Instant Last { get; set; }
        public long Times { get; set; }
        public bool IsFirstTold { get; set; }
    }

    /// <summary>Before the session is given: nobody is in whom the audit does not know.</summary>
    /// <param name="by">What they proved it with: <c>password</c>, <c>authenticator</c>, <c>recoveryCode</c>, <c>passkey</c>, <c>singleSignOn</c>; null: a link.</param>
    public Task SignedInAsync(OperatorId id, string? source, string? by = null)
    {
        if (directory.Find(id) is not { } known) return Task.CompletedTask;
        var entry = AuditEntry.Of(new Author(id.ToString(), AuditWay.Console, source), known.Tenant, clock.GetInstant(), "operator.signedIn", "operator", id.ToString());
        return audit.WriteAsync([entry with { Name = Masked.Person(known.Email), After = by is null ? null : AuditText.Object([new("by", by)]) }]);
    }

    /// <param name="account">As <see cref="OperatorDesk.Fold"/> makes it. One that is nobody's is not kept: people type passwords into that field.</param>
    public void SignInRefused(string account, string? source)
    {
        if (directory.FindByAccount(account) is { } known) Refused(new Kind(known.Tenant, "unknown", AuditWay.Console, source, "operator.signInRefused", "operator", known.Id.ToString(), Masked.Person(known.Email)));
        else Refused(new Kind(Installation, "unknown", AuditWay.Console, source, "operator.signInRefused", "operator", "unknown", null));
    }

    /// <summary>After the right password: somebody has it who has no more.</summary>
    public void SecondFactorRefused(KnownOperator known, string? source) =>
        Refused(new Kind(known.Tenant, "unknown", AuditWay.Console, source, "operator.secondFactorRefused", "operator", known.Id.ToString(), Masked.Person(known.Email)));

    /// <param name="why">A word of ours, never the provider's.</param>
    public void SignOnRefused(KnownProvider provider, string? source, string why) =>
        Refused(new Kind(provider.Tenant, "unknown", AuditWay.Console, source, "identityProvider.signInRefused", "identityProvider", provider.Id.ToString(), provider.Name, why));

    public void KeyRefused(string? source) => Refused(new Kind(Installation, "unknown", AuditWay.Api, source, "apiClient.keyRefused", "apiClient", "unknown", null));

    /// <summary>Its key was right, and yet it was not let in.</summary>
    public void ClientRefused(KnownClient client, string source, string what) =>
        Refused(new Kind(client.Tenant, client.Id.ToString(), AuditWay.Api, source, "apiClient." + what, "apiClient", client.Id.ToString(), client.Name));

    public void RightRefused(Caller caller, string scope) => Refused(new Kind(caller.Tenant, caller.Actor, caller.Author.Way, caller.Source, "right.refused", "right", scope, null));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TellAsync(isLast: true);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await TellAsync(isLast: false);
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>Writes what is due: the first of a kind, and after its minute how many others there were.</summary>
    internal async Task TellAsync(bool isLast)
    {
        var now = clock.GetInstant();
        var entries = new List<AuditEntry>();
        lock (_lock)
        {
            foreach (var (kind, count) in _counts.ToList())
            {
                if (!count.IsFirstTold)
                {
                    entries.Add(Of(kind, count.Since));
                    (count.IsFirstTold, count.Times) = (true, count.Times - 1);
                }
                if (!isLast && count.Since + Window > now) continue;
                if (count.Times > 0) entries.Add(Of(kind, count.Last) with { After = AuditText.Object([.. WhyOf(kind), new("times", count.Times), new("since", count.Since), new("until", count.Last)]) });
                _counts.Remove(kind);
            }
        }
        if (entries.Count == 0) return;
        try { await audit.WriteAsync(entries); }
        catch (Exception error) when (error is not OperationCanceledException) { Log.RefusalsUntold(log, error, entries.Count); }
    }

    private TenantId Installation => directory.Find(IdentityModule.DefaultSlug)?.Id ?? default;

    private void Refused(Kind kind)
    {
        var now = clock.GetInstant();
        lock (_lock)
        {
            if (!_counts.TryGetValue(kind, out var count))
            {
                if (_counts.Count >= MostKinds) kind = new Kind(Installation, "unknown", kind.Way, null, kind.Action, kind.Of, "many", null);
                if (!_counts.TryGetValue(kind, out count)) _counts[kind] = count = new Count(now);
            }
            (count.Times, count.Last) = (count.Times + 1, now);
        }
    }

    private static AuditEntry Of(Kind kind, Instant at) =>
        AuditEntry.Of(new Author(kind.Actor, kind.Way, kind.Source), kind.Tenant, at, kind.Action, kind.Of, kind.Thing) with { Name = kind.Name, Outcome = "refused", After = kind.Why is null ? null : AuditText.Object([.. WhyOf(kind)]) };

    private static IEnumerable<KeyValuePair<string, object?>> WhyOf(Kind kind) => kind.Why is null ? [] : [new("why", kind.Why)];
}
