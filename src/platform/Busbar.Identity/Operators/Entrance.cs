using System.Text.Json;
using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Operators;

/// <summary>From the right password to the session: straight on for who has nothing else, by way of the second step for who has.</summary>
internal sealed class Entrance(SecondFactors factors, IdentityDirectory directory, DoorCookie cookies, KnownDevice device, DoorAudit audit, ILogger<OperatorDesk> log)
{
    public const string Step = "/signin/code";
    private const string Cookie = "step";

    /// <summary>Who gave the right password and still owes the second factor.</summary>
    /// <param name="Back">Where they were going; null: nowhere.</param>
    /// <param name="Provider">Who said who they are; null: they gave the password.</param>
    public sealed record Waiting(KnownOperator Operator, string? Back, IdentityProviderId? Provider = null);

    private sealed record Half(string Operator, string Stamp, string? Back, string? Provider = null);

    /// <summary>Leads on after the right password, or after single sign-on.</summary>
    public async Task<IResult> LeadAsync(HttpContext http, Entry.Granted granted, string? back)
    {
        if (await AskAsync(http, granted, back) is { } step) return step;
        return await EnterAsync(http, granted, granted.Provider is null ? "password" : "singleSignOn", back);
    }

    /// <summary>To the second step; null: they have no second factor.</summary>
    public async Task<IResult?> AskAsync(HttpContext http, Entry.Granted granted, string? back)
    {
        if (granted.Provider is null && directory.Find(granted.Operator) is { } known && directory.MustSignOn(known)) return Door.To("/signin");
        // Their provider asked already.
        if (granted.HadSecondFactor) return null;
        if (!(await factors.FindAsync(granted.Tenant, granted.Operator, http.RequestAborted)).IsProtected) return null;
        cookies.Set(http, Cookie, JsonSerializer.Serialize(new Half(granted.Operator.ToString(), granted.Stamp, back, granted.Provider?.ToString())));
        return granted.Provider is null ? Door.To(Step) : Door.ByPage(http, Step);
    }

    /// <summary>Null: nobody in this browser gave a password within five minutes, or it was changed since.</summary>
    public Waiting? Find(HttpContext http) =>
        cookies.Find(http, Cookie) is { } content && JsonSerializer.Deserialize<Half>(content.Value) is { } half && TypedId.TryParse<OperatorId>(half.Operator, out var id)
        && directory.Find(id) is { } known && known.Stamp == half.Stamp
            ? new Waiting(known, half.Back, TypedId.TryParse<IdentityProviderId>(half.Provider ?? "", out var provider) ? provider : null)
            : null;

    /// <summary>Begins the session.</summary>
    /// <param name="by">As <see cref="DoorAudit.SignedInAsync"/> tells it.</param>
    public async Task<IResult> EnterAsync(HttpContext http, Entry.Granted granted, string by, string? back)
    {
        var source = RequestLimits.SourceOf(http);
        Log.SignedIn(log, granted.Operator, source);
        await audit.SignedInAsync(granted.Operator, source, by);
        await SessionCookie.BeginAsync(http, granted);
        DoorCookie.Clear(http, Cookie);
        if (directory.Find(granted.Operator) is { } known) device.Remember(http, OperatorDesk.Fold(known.Email));
        return granted.Provider is null ? Door.To(back ?? Door.Inside) : Door.ByPage(http, back ?? Door.Inside);
    }
}
