using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Busbar.Egress.Contracts;
using Busbar.Kernel;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using NodaTime;

namespace Busbar.Identity.SignOn;

/// <summary>
/// Speaks to providers, by the guarded client only: their documents and keys, kept for a while, and the exchange of a code. What one tenant's provider says is kept for that one alone, also where another
/// tenant names the same issuer.
/// </summary>
internal sealed class ProviderLine(IGuardedHttp http, SealedBox box, TimeProvider clock, ILogger<ProviderLine> log)
{
    /// <summary>Configured under <c>Busbar:Egress:Purposes:SignOn</c>.</summary>
    public static EgressPurpose Purpose { get; } = new("SignOn");

    private const string Discovery = "/.well-known/openid-configuration";
    private static readonly Duration Kept = Duration.FromHours(1);
    private static readonly Duration FaultKept = Duration.FromSeconds(10);

    /// <summary>How often keys are asked for again because a token names one that is not known: a stranger could send many.</summary>
    internal static readonly Duration KeysPause = Duration.FromMinutes(1);

    private readonly ConcurrentDictionary<IdentityProviderId, Held> _held = new();

    private sealed class Held
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);
        public string Issuer { get; set; } = "";
        public ProviderDocument? Document { get; set; }
        public ProviderFault? Fault { get; set; }
        public Instant DocumentAt { get; set; }
        public IReadOnlyList<SecurityKey> Keys { get; set; } = [];
        public Instant? KeysAt { get; set; }
    }

    /// <summary>What the provider says of itself; null: something is wrong with it.</summary>
    public async Task<ProviderDocument?> DocumentOfAsync(KnownProvider provider, CancellationToken ct)
    {
        var held = _held.GetOrAdd(provider.Id, _ => new Held());
        await held.Turn.WaitAsync(ct);
        try
        {
            var now = clock.GetInstant();
            if (held.Issuer == provider.Issuer && now - held.DocumentAt < (held.Fault is null ? Kept : FaultKept)) return held.Document;
            var (document, fault, detail) = await AskAsync(provider.Issuer, ct);
            if (fault is not null) Log.ProviderFaulty(log, provider.Id, fault.Value, detail);
            (held.Issuer, held.Document, held.Fault, held.DocumentAt, held.KeysAt) = (provider.Issuer, document, fault, now, null);
            return document;
        }
        finally { held.Turn.Release(); }
    }

    /// <summary>What is remembered of it, without asking.</summary>
    public ProviderDocument? Remembered(IdentityProviderId id) => _held.TryGetValue(id, out var held) ? held.Document : null;

    /// <summary>Its keys. Where none has the token's id they are asked for again, at most once a minute.</summary>
    public async Task<IReadOnlyList<SecurityKey>> KeysOfAsync(KnownProvider provider, ProviderDocument document, string? keyId, CancellationToken ct)
    {
        var held = _held.GetOrAdd(provider.Id, _ => new Held());
        await held.Turn.WaitAsync(ct);
        try
        {
            var now = clock.GetInstant();
            var isMissing = held.Keys.Count == 0 || (keyId is { Length: > 0 } && held.Keys.All(key => key.KeyId != keyId));
            if (held.KeysAt is { } at && now - at < (isMissing ? KeysPause : Kept)) return held.Keys;
            // The last known ones are better than none: a provider that is away for a moment has not changed them.
            if (await FetchKeysAsync(document, ct) is { Keys: { } keys }) held.Keys = keys;
            held.KeysAt = now;
            return held.Keys;
        }
        finally { held.Turn.Release(); }
    }

    /// <summary>Asks it anew, for who sets it up.</summary>
    public async Task<ProviderProbe> ProbeAsync(string issuer, CancellationToken ct)
    {
        var (document, fault, detail) = await AskAsync(issuer, ct);
        if (document is null) return new ProviderProbe(fault, detail, 0);
        var (keys, keysFault, keysDetail) = await FetchKeysAsync(document, ct);
        return keys is { Count: > 0 } ? new ProviderProbe(null, null, keys.Count) : new ProviderProbe(keysFault ?? ProviderFault.Keys, keysDetail ?? "jwks_uri", 0);
    }

    /// <summary>Forgets what is known: the provider was changed.</summary>
    public void Forget(IdentityProviderId id) => _held.TryRemove(id, out _);

    /// <summary>Changes a code for an ID token. Null: the provider does not take it, or gives none.</summary>
    public async Task<string?> ExchangeAsync(KnownProvider provider, ProviderDocument document, string code, string verifier, string redirect, CancellationToken ct)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirect, ["code_verifier"] = verifier };
        using var request = new HttpRequestMessage(HttpMethod.Post, document.Token);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var secret = provider.SealedSecret is { } sealedSecret ? Encoding.UTF8.GetString(box.Open(KnownProvider.SecretPurpose(provider.Id), sealedSecret)) : null;
        if (secret is not null && !document.SecretInBody)
        {
            // RFC 6749 2.3.1: both are form-encoded before they are joined.
            var pair = $"{Uri.EscapeDataString(provider.ClientId)}:{Uri.EscapeDataString(secret)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        }
        else
        {
            form["client_id"] = provider.ClientId;
            if (secret is not null) form["client_secret"] = secret;
        }
        request.Content = new FormUrlEncodedContent(form);
        try
        {
            using var client = http.For(Purpose);
            using var answer = await client.SendAsync(request, ct);
            if (!answer.IsSuccessStatusCode)
            {
                Log.ProviderFaulty(log, provider.Id, ProviderFault.Status, $"token_endpoint {(int)answer.StatusCode}");
                return null;
            }
            var root = JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id_token", out var token) && token.ValueKind == JsonValueKind.String ? token.GetString() : null;
        }
        catch (Exception error) when (error is HttpRequestException or JsonException)
        {
            Log.ProviderFaulty(log, provider.Id, error is EgressRefusedException ? ProviderFault.NotAllowed : ProviderFault.Unreachable, "token_endpoint");
            return null;
        }
    }

    private async Task<(ProviderDocument? Document, ProviderFault? Fault, string? Detail)> AskAsync(string issuer, CancellationToken ct)
    {
        var (bytes, fault, detail) = await GetAsync(new Uri(issuer.TrimEnd('/') + Discovery), ct);
        return bytes is null ? (null, fault, detail) : ProviderDocument.Read(issuer, bytes);
    }

    private async Task<(IReadOnlyList<SecurityKey>? Keys, ProviderFault? Fault, string? Detail)> FetchKeysAsync(ProviderDocument document, CancellationToken ct)
    {
        var (bytes, fault, detail) = await GetAsync(document.Keys, ct);
        if (bytes is null) return (null, fault, detail);
        return ProviderDocument.ReadKeys(bytes) is { } keys ? (keys, null, null) : (null, ProviderFault.Keys, null);
    }

    private async Task<(byte[]? Bytes, ProviderFault? Fault, string? Detail)> GetAsync(Uri url, CancellationToken ct)
    {
        try
        {
            using var client = http.For(Purpose);
            using var answer = await client.GetAsync(url, ct);
            // A redirect is no answer: where it leads nobody here has named.
            return answer.StatusCode == System.Net.HttpStatusCode.OK ? (await answer.Content.ReadAsByteArrayAsync(ct), null, null) : (null, ProviderFault.Status, $"{(int)answer.StatusCode}");
        }
        catch (EgressRefusedException error) { return (null, error.Refusal is EgressRefusal.Size or EgressRefusal.Time ? ProviderFault.Unreachable : ProviderFault.NotAllowed, error.Refusal.ToString()); }
        catch (HttpRequestException error) { return (null, ProviderFault.Unreachable, error.HttpRequestError.ToString()); }
    }
}
