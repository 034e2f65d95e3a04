using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Busbar.Tests.Support;

namespace Busbar.Tests.Identity;

/// <summary>An authenticator in software that can also lie: what it answers is made by hand, byte for byte.</summary>
internal sealed class SoftPasskey : IDisposable
{
    public const byte Present = 1, Verified = 4, Eligible = 8;
    private const byte Attested = 64;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public byte[] Id { get; } = RandomNumberGenerator.GetBytes(32);
    public string UserHandle { get; set; } = "";
    public uint Counter { get; set; }
    public byte Flags { get; set; } = Present | Verified | Eligible;
    public string? Origin { get; set; }
    public string? Domain { get; set; }
    public bool CrossOrigin { get; set; }
    public string? Challenge { get; set; }

    /// <summary>Adds it to the account of who is signed in here.</summary>
    public async Task<PageAnswer> AddAsync(Browser browser, string name = "Soft")
    {
        var begun = await browser.FetchAsync(HttpMethod.Post, "/api/v1/me/passkeys/options", new { });
        begun.Is(HttpStatusCode.OK);
        return await browser.FetchAsync(HttpMethod.Post, "/api/v1/me/passkeys", new { name, credential = Register(browser, begun.Text) });
    }

    public object Register(Browser browser, string options)
    {
        var asked = JsonElement.Parse(options);
        UserHandle = asked.GetProperty("user").GetProperty("id").GetString()!;
        byte[] attestation = [0xA3, 0x63, .. "fmt"u8, 0x64, .. "none"u8, 0x67, .. "attStmt"u8, 0xA0, 0x68, .. "authData"u8, .. Bytes(AuthData(asked.GetProperty("rp").GetProperty("id").GetString()!, attested: true))];
        return new
        {
            id = Base64Url.EncodeToString(Id), rawId = Base64Url.EncodeToString(Id), type = "public-key", clientExtensionResults = new { },
            response = new { clientDataJSON = Base64Url.EncodeToString(ClientData(browser, asked, "webauthn.create")), attestationObject = Base64Url.EncodeToString(attestation), transports = new[] { "internal" } },
        };
    }

    /// <summary>Begins a sign-in and answers it.</summary>
    public async Task<PageAnswer> SignInAsync(Browser browser) => await SendAsync(browser, Answer(browser, (await BeginAsync(browser)).Text));

    public static async Task<PageAnswer> BeginAsync(Browser browser)
    {
        var begun = await browser.FetchAsync(HttpMethod.Post, "/signin/passkey/options", new { });
        begun.Is(HttpStatusCode.OK);
        return begun;
    }

    public static Task<PageAnswer> SendAsync(Browser browser, string answer) => browser.SubmitAsync("/signin/passkey", ("credential", answer));

    public string Answer(Browser browser, string options)
    {
        var asked = JsonElement.Parse(options);
        var client = ClientData(browser, asked, "webauthn.get");
        var data = AuthData(asked.GetProperty("rpId").GetString()!, attested: false);
        var signature = _key.SignData([.. data, .. SHA256.HashData(client)], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        return JsonSerializer.Serialize(new
        {
            id = Base64Url.EncodeToString(Id), rawId = Base64Url.EncodeToString(Id), type = "public-key", clientExtensionResults = new { },
            response = new { clientDataJSON = Base64Url.EncodeToString(client), authenticatorData = Base64Url.EncodeToString(data), signature = Base64Url.EncodeToString(signature), userHandle = UserHandle },
        });
    }

    private byte[] ClientData(Browser browser, JsonElement asked, string type) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        type, challenge = Challenge ?? asked.GetProperty("challenge").GetString(), origin = Origin ?? browser.Origin, crossOrigin = CrossOrigin,
    });

    private byte[] AuthData(string domain, bool attested)
    {
        var counter = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(counter, Counter);
        byte[] head = [.. SHA256.HashData(Encoding.UTF8.GetBytes(Domain ?? domain)), (byte)(Flags | (attested ? Attested : 0)), .. counter];
        if (!attested) return head;
        var point = _key.ExportParameters(false).Q;
        // COSE: an EC2 key for ES256 on P-256.
        byte[] key = [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, .. Bytes(point.X!), 0x22, .. Bytes(point.Y!)];
        return [.. head, .. new byte[16], 0, (byte)Id.Length, .. Id, .. key];
    }

    private static byte[] Bytes(byte[] value) => [0x58, checked((byte)value.Length), .. value];

    public void Dispose() => _key.Dispose();
}
