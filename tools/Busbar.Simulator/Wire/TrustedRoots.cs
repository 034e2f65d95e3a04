using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Busbar.Simulator.Wire;

/// <summary>Verifies a server as a station does: by the roots that were installed in it, and no others, and by its name (OCPP 2.0.1 A00.FR.308, A00.FR.309).</summary>
public static class TrustedRoots
{
    /// <exception cref="CryptographicException">There is no certificate in the text.</exception>
    public static RemoteCertificateValidationCallback FromPem(string pem)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(pem);
        return roots.Count == 0 ? throw new CryptographicException("There is no certificate in it.") : Of(roots);
    }

    public static RemoteCertificateValidationCallback Of(X509Certificate2Collection roots) => (_, certificate, presented, errors) =>
    {
        // A wrong name stays wrong; only the path is built anew.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var path = new X509Chain();
        path.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        path.ChainPolicy.CustomTrustStore.AddRange(roots);
        path.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            path.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        using var leaf = X509CertificateLoader.LoadCertificate(certificate.Export(X509ContentType.Cert));
        return path.Build(leaf);
    };
}
