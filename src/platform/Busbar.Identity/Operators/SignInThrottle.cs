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

    /// <summary>Zero: try it.</summary>
    public TimeSpan Source(string source) => _bySource.Take(source);

    /// <summary>Zero: try it. To be asked after <see cref="Source"/>, which bounds how many accounts are remembered.</summary>
    /// <param name="known">The browser has signed in to this account before.</param>
    public TimeSpan Account(string source, string account, bool known)
    {
        var wait = _byAccountAndSource.Take($"{source} {account}");
        return wait > TimeSpan.Zero || known ? wait : _strangers.Take(account);
    }

    public void Dispose()
    {
        _bySource.Dispose();
        _byAccountAndSource.Dispose();
        _strangers.Dispose();
    }
}
