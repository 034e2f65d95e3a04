using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Busbar.Server;

/// <summary>
/// The certificate of the stations' listener, and how TLS is spoken there: 1.2 and above (OCPP 2.0.1 A00.FR.313), no renegotiation, no compression (A00.FR.321).
/// </summary>
internal sealed class StationsCertificate
{
    private readonly StationsListenerOptions _options;
    private volatile Loaded _current;

    /// <exception cref="InvalidOperationException">There is no certificate that can be used; the message says why.</exception>
    public StationsCertificate(StationsListenerOptions options)
    {
        _options = options;
        _current = Load(ReadFiles());
    }

    /// <summary>For a handshake that begins now.</summary>
    public SslServerAuthenticationOptions Tls => _current.Tls;

    public X509Certificate2 Leaf => _current.Leaf;

    /// <summary>Takes the files again where they have changed. True: new handshakes get another certificate.</summary>
    /// <exception cref="InvalidOperationException">What stands there now cannot be used; the former certificate stays.</exception>
    public bool Reload()
    {
        var files = ReadFiles();
        if (files.Digest.AsSpan().SequenceEqual(_current.Digest)) return false;
        // The former one is left to the collector: a handshake may hold it.
        _current = Load(files);
        return true;
    }

    private Files ReadFiles()
    {
        if (string.IsNullOrEmpty(_options.Certificate)) throw Wrong("Certificate", "is missing, and Url asks for TLS");
        var certificate = Read("Certificate", _options.Certificate);
        var key = string.IsNullOrEmpty(_options.CertificateKey) ? certificate : Read("CertificateKey", _options.CertificateKey);
        return new Files(certificate, key, SHA256.HashData([.. certificate, .. key]));
    }

    private Loaded Load(Files files)
    {
        X509Certificate2 leaf;
        X509Certificate2Collection chain;
        try
        {
            (leaf, chain) = files.Certificate.AsSpan().IndexOf("-----BEGIN"u8) >= 0
                ? FromPem(Encoding.ASCII.GetString(files.Certificate), Encoding.ASCII.GetString(files.Key))
                : FromPfx(files.Certificate);
        }
        // A key that is of another certificate is an argument's fault to the framework.
        catch (Exception error) when (error is CryptographicException or ArgumentException) { throw Wrong("Certificate", $"cannot be used: {error.Message}"); }
        VerifyKey(leaf);
        return new Loaded(files.Digest, leaf, new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(leaf, chain, offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = Suites(),
            AllowRenegotiation = false,
            ClientCertificateRequired = false,
        });
    }

    private (X509Certificate2 Leaf, X509Certificate2Collection Chain) FromPem(string certificate, string key)
    {
        var leaf = string.IsNullOrEmpty(_options.CertificatePassword) ? X509Certificate2.CreateFromPem(certificate, key) : X509Certificate2.CreateFromEncryptedPem(certificate, key, _options.CertificatePassword);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certificate);
        chain.RemoveAt(0);      // the leaf comes first
        return (leaf, chain);
    }

    private (X509Certificate2 Leaf, X509Certificate2Collection Chain) FromPfx(byte[] file)
    {
        var chain = X509CertificateLoader.LoadPkcs12Collection(file, _options.CertificatePassword);
        var leaf = chain.FirstOrDefault(certificate => certificate.HasPrivateKey) ?? throw Wrong("Certificate", "has no private key in it");
        chain.Remove(leaf);
        return (leaf, chain);
    }

    private static void VerifyKey(X509Certificate2 leaf)
    {
        using var rsa = leaf.GetRSAPublicKey();
        using var ec = leaf.GetECDsaPublicKey();
        // OCPP 2.0.1 A00.FR.501-503: security of at least 112 bits.
        if (rsa is null && ec is null) throw Wrong("Certificate", "has a key that is neither RSA nor ECDSA");
        if (rsa is { KeySize: < 2048 } || ec is { KeySize: < 224 }) throw Wrong("Certificate", "has a key that is too short: RSA from 2048 bits, ECDSA from 224");
    }

    /// <summary>
    /// OCPP 2.0.1 A00.FR.318: the four suites that a CSMS supports at least, for TLS 1.2; those of an RSA certificate with forward secrecy stand before those without.
    /// Null: the system's own, where .NET cannot choose.
    /// </summary>
    private static CipherSuitesPolicy? Suites() => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()
        ? new CipherSuitesPolicy(
        [
            TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
            TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_RSA_WITH_AES_256_GCM_SHA384,
        ])
        : null;

    private static byte[] Read(string setting, string path)
    {
        try { return File.ReadAllBytes(path); }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException) { throw Wrong(setting, $"cannot be read: {error.Message}"); }
    }

    private static InvalidOperationException Wrong(string setting, string what) => new($"{StationsListenerOptions.Section}:{setting} {what}.".Replace("..", ".", StringComparison.Ordinal));

    private sealed record Files(byte[] Certificate, byte[] Key, byte[] Digest);

    private sealed record Loaded(byte[] Digest, X509Certificate2 Leaf, SslServerAuthenticationOptions Tls);
}
