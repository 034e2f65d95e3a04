using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Busbar.Identity;
using Busbar.Operations.Storage;
using NodaTime;

namespace Busbar.Operations;

/// <summary>
/// How a receiver knows that an event is ours, whole and fresh: HMAC-SHA256 over <c>id.timestamp.body</c>, in the headers of standardwebhooks.com. While a secret is being
/// changed each of the two signs.
/// </summary>
internal static class WebhookSigner
{
    /// <param name="unixSeconds">A receiver refuses what is older than some minutes.</param>
    public static IEnumerable<(string Name, string Value)> Headers(string id, long unixSeconds, ReadOnlySpan<byte> body, IEnumerable<byte[]> secrets)
    {
        var time = unixSeconds.ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body];
        return
        [
            ("webhook-id", id),
            ("webhook-timestamp", time),
            ("webhook-signature", string.Join(' ', secrets.Select(secret => "v1," + Convert.ToBase64String(HMACSHA256.HashData(secret, signed))))),
        ];
    }
}

/// <summary>Secrets of webhooks: made here, shown once, and sealed in the database.</summary>
internal sealed class WebhookSecrets(SealedBox box)
{
    internal const string Purpose = "webhook-secret";
    private const string Prefix = "whsec_";
    private const int Bytes = 32;

    /// <summary>A new one, as its receiver is shown it and as it is stored.</summary>
    public (string Shown, byte[] Sealed) Make()
    {
        var secret = RandomNumberGenerator.GetBytes(Bytes);
        return (Prefix + Convert.ToBase64String(secret), box.Seal(Purpose, secret));
    }

    /// <summary>Those that sign now, the present one first.</summary>
    public IReadOnlyList<byte[]> Of(ChannelRow channel, Instant now)
    {
        var secrets = new List<byte[]>();
        if (channel.Secret is { } present) secrets.Add(box.Open(Purpose, present));
        if (channel.FormerSecret is { } former && channel.FormerUntil > now) secrets.Add(box.Open(Purpose, former));
        return secrets;
    }
}
