using System.Globalization;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.Components.Authorization;
using NodaTime;

namespace Busbar.Shell;

/// <summary>
/// Who looks at the console now: one per request, and one per open page's connection. The operator is asked for again at every step, since a page stays
/// open longer than a session or a right may last.
/// </summary>
public sealed class Visit(IOperators operators, AuthenticationStateProvider who, ConsoleMap map, TimeProvider clock)
{
    private OperatorAtWork? _operator;
    private TenantId? _tenant;
    private DateTimeZone? _zone;

    /// <summary>The one who was found by the last <see cref="EnterAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">Nobody was.</exception>
    public OperatorAtWork Operator => _operator ?? throw new InvalidOperationException("Nobody is signed in.");

    public Caller Caller => Operator.Caller;

    public Instant Now => clock.GetInstant();

    /// <summary>The zone that this tenant's times are shown in.</summary>
    public DateTimeZone Zone => _zone ??= DateTimeZoneProviders.Tzdb.GetZoneOrNull(Operator.Tenant.TimeZone) ?? DateTimeZone.Utc;

    /// <summary>Whose the page is: one's own tenant, or one below it. It stays that, whatever is chosen in another window meanwhile.</summary>
    /// <param name="tenant">Null: one's own.</param>
    internal void Of(TenantId? tenant) => (_tenant, _zone) = (tenant, tenant == _tenant ? _zone : null);

    /// <summary>False: the session has ended.</summary>
    public async ValueTask<bool> EnterAsync()
    {
        var found = operators.Find((await who.GetAuthenticationStateAsync()).User, _tenant);
        // What is drawn a last time on the way to the sign-in asks whose it is, and what they may do: nothing any more.
        _operator = found ?? (_operator is { } gone ? gone with { Caller = gone.Caller with { Rights = Rights.None } } : null);
        return found is not null;
    }

    /// <summary>Whether the one who looks may see this page.</summary>
    internal bool MaySee(Type page) => map.Of(page) is { } known && known.IsOpenTo(Caller);

    internal ConsolePage? PageOf(Type page) => map.Of(page);

    /// <summary>Where the one who looks holds the page's scope.</summary>
    internal Reach ReachOf(Type page) => map.Of(page) is { WithinReach: true, Scope: { } scope } ? Caller.Within(scope) : Reach.Nowhere;

    /// <summary>A moment in full: <c>26 Nov 2026, 15:04:05</c>.</summary>
    public string Exact(Instant at) => Local(at).ToDateTimeUnspecified().ToString("d MMM yyyy, HH:mm:ss", CultureInfo.CurrentCulture);

    /// <summary>With the zone's name, for who must be sure.</summary>
    public string ExactWithZone(Instant at) => $"{Exact(at)} ({Zone.Id})";

    public LocalDateTime Local(Instant at) => Calendar.Clamp(at).InZone(Zone).LocalDateTime;
}
