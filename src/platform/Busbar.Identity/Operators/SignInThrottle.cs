using Busbar.Identity.Http;
using Microsoft.Extensions.Options;

namespace Busbar.Identity.Operators;

/// <summary>
/// How fast passwords can be tried. Nothing here shuts an account: a source that tries too often waits, and of all sources together only
/// browsers that never signed in to the account wait, so that whoever attacks it does not keep its owner out.
/// </summary>
internal sealed class SignInThrottle(IOptions<LimitsOptions> options) : IDisposable
{
    private readonly Buckets _bySource = Buckets.PerMinute(options.Value.SignInsPerSource);
    private readonly Buckets _byAccountAndSource = Buckets.PerMinute(options.Value.SignInsPerAccount);
    private readonly Buckets _strangers = Buckets.PerMinute(options.Value.SignInsFromStrangers);

    // A code has six digits, and who is asked for one knew the password: ten at once, then one in five minutes, is one in a thousand chances a day.
    private readonly Buckets _codes = new(10, 1, TimeSpan.FromMinutes(5));

    /// <summary>Zero: try it.</summary>
    public TimeSpan Source(string source) => _bySource.Take(source);

    /// <summary>Zero: try it. To be asked after <see cref="Source"/>, which bounds how many accounts are remembered.</summary>
    /// <param name="known">The browser has signed in to this account before.</param>
    public TimeSpan Account(string source, string account, bool known)
    {
        var wait = _byAccountAndSource.Take($"{source} {account}");
        return wait > TimeSpan.Zero || known ? wait : _strangers.Take(account);
    }

    /// <summary>Zero: try it. A code after the right password, as <see cref="Account"/>.</summary>
    public TimeSpan Code(string source, OperatorId account, bool known)
    {
        var wait = _byAccountAndSource.Take($"{source} code {account}");
        return wait > TimeSpan.Zero || known ? wait : _codes.Take(account.ToString());
    }

    public void Dispose()
    {
        _codes.Dispose();
        _bySource.Dispose();
        _byAccountAndSource.Dispose();
        _strangers.Dispose();
    }
}
