using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Busbar.Simulator.Wire;

namespace Busbar.Tests.Support;

/// <summary>A certificate authority of the test's own, and a folder with what it issued to the server on loopback.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _root;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("busbar-tests-tls-");

    public TestAuthority()
    {
        var request = new CertificateRequest("CN=Test root, O=Busbar", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        _root = request.CreateSelfSigned(now.AddDays(-2), now.AddYears(10));
        File.WriteAllText(RootFile, _root.ExportCertificatePem());
    }

    public string CertificateFile => Path.Combine(_folder.FullName, "server.pem");
    public string KeyFile => Path.Combine(_folder.FullName, "server.key");
    public string RootFile => Path.Combine(_folder.FullName, "root.pem");

    /// <summary>Trusts this authority and no other.</summary>
    public RemoteCertificateValidationCallback Trust => TrustedRoots.Of([_root]);

    /// <summary>The settings of a server whose stations' listener has this certificate.</summary>
    public string[] Settings(params string[] more) =>
        ["--Busbar:Stations:Url=https://127.0.0.1:0;http://127.0.0.1:0", $"--Busbar:Stations:Certificate={CertificateFile}", $"--Busbar:Stations:CertificateKey={KeyFile}", .. more];

    /// <summary>Writes another certificate where the last one was; answers its thumbprint.</summary>
    /// <param name="key">Null: an elliptic key of its own.</param>
    public string Issue(AsymmetricAlgorithm? key = null, TimeSpan? lasts = null)
    {
        using var own = key ?? ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedName("CN=localhost, O=Busbar");
        var request = own is RSA rsa ? new CertificateRequest(subject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) : new CertificateRequest(subject, (ECDsa)own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var issued = request.Create(_root.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now.AddDays(-1), now + (lasts ?? TimeSpan.FromDays(100)), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(KeyFile, own.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(CertificateFile, issued.ExportCertificatePem() + "\n" + _root.ExportCertificatePem());
        return issued.Thumbprint;
    }

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }
}
