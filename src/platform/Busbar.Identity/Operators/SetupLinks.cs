using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using NodaTime;

namespace Busbar.Identity.Operators;

/// <summary>
/// While <c>default</c> has no operator and the configuration no key, each start prints a link for the first operator. The code stands behind
/// the <c>#</c>, which browsers keep to themselves: it is in no log of ours or of a proxy, and in no Referer. The database has its keyed hash.
/// </summary>
internal sealed class SetupLinks(
    RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, KeyedHash hash, IdentityOptions options, TimeProvider clock, IWebAddresses web) : IHostedLifecycleService
{
    public static readonly Duration Valid = Duration.FromHours(24);

    // Another process of the cluster may be starting beside this one, and has printed a link of its own.
    private static readonly Duration Beside = Duration.FromMinutes(1);

    /// <summary>The link that this start printed.</summary>
    public Uri? Printed { get; private set; }

    /// <summary>There is somebody to be set up.</summary>
    public bool Open => options.AdminKey is null && !directory.HasOperators(directory.Find(IdentityModule.DefaultSlug)!.Id);

    /// <summary>After the port is open, since only then is its number known.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        // Nothing listens while the store is only examined.
        if (!Open || web.All is not { Count: > 0 } addresses) return;
        var code = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        await KeepAsync(code, cancellationToken);
        Printed = new Uri(new Uri(Reachable(addresses.FirstOrDefault(address => address.StartsWith("https:", StringComparison.Ordinal)) ?? addresses[0])), "setup#" + code);
        // Straight to the terminal: a log goes to places where a secret should not be.
        await Console.Out.WriteLineAsync($"There is no operator yet. Set up the first one within {Valid.TotalHours:0} hours, once, at\n  {Printed}".AsMemory(), cancellationToken);
    }

    private async Task KeepAsync(string code, CancellationToken ct)
    {
        var tenant = directory.Find(IdentityModule.DefaultSlug)!.Id;
        var now = clock.GetInstant();
        var earlier = now - Beside;
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        db.Add(new SetupLinkRow { TenantId = tenant, CodeHash = hash.Hash(OperatorDesk.CodePurpose, Encoding.UTF8.GetBytes(code)), CreatedAt = now, ExpiresAt = now + Valid });
        await db.CommitAsync(token => db.SetupLinks.Where(row => row.CreatedAt < earlier).ExecuteDeleteAsync(token), ct);
    }

    /// <summary>An address that means "every interface" is reached as localhost.</summary>
    private static string Reachable(string address)
    {
        var local = address.Replace("//*", "//localhost", StringComparison.Ordinal).Replace("//+", "//localhost", StringComparison.Ordinal);
        var uri = new UriBuilder(local);
        if (IPAddress.TryParse(uri.Host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))) uri.Host = "localhost";
        return uri.Uri.ToString();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
