using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Busbar.Server;
using Busbar.Tests.Stations;
using Busbar.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Server;

public sealed class StationsCertificateTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    private StationsListenerOptions Options => new() { Certificate = _authority.CertificateFile, CertificateKey = _authority.KeyFile };

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void A_pem_a_pem_with_its_key_in_it_and_a_pfx_are_read()
    {
        var thumbprint = _authority.Issue();
        Assert.Equal(thumbprint, new StationsCertificate(Options).Leaf.Thumbprint);

        File.AppendAllText(_authority.CertificateFile, "\n" + File.ReadAllText(_authority.KeyFile));
        Assert.Equal(thumbprint, new StationsCertificate(new() { Certificate = _authority.CertificateFile }).Leaf.Thumbprint);

        using var whole = X509Certificate2.CreateFromPemFile(_authority.CertificateFile, _authority.KeyFile);
        File.WriteAllBytes(_authority.CertificateFile, whole.ExportPkcs12(Pkcs12ExportPbeParameters.Pbes2Aes256Sha256, "secret"));
        Assert.Equal(thumbprint, new StationsCertificate(new() { Certificate = _authority.CertificateFile, CertificatePassword = "secret" }).Leaf.Thumbprint);
        Assert.Contains("cannot be used", Refusal(new() { Certificate = _authority.CertificateFile, CertificatePassword = "wrong" }), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_used_is_refused_in_plain_words()
    {
        Assert.StartsWith("Busbar:Stations:Certificate is missing", Refusal(new()), StringComparison.Ordinal);
        Assert.StartsWith("Busbar:Stations:Certificate cannot be read", Refusal(Options), StringComparison.Ordinal);

        _authority.Issue();
        File.Delete(_authority.KeyFile);
        Assert.StartsWith("Busbar:Stations:CertificateKey cannot be read", Refusal(Options), StringComparison.Ordinal);
        using (var another = ECDsa.Create(ECCurve.NamedCurves.nistP256)) File.WriteAllText(_authority.KeyFile, another.ExportPkcs8PrivateKeyPem());
        Assert.StartsWith("Busbar:Stations:Certificate cannot be used", Refusal(Options), StringComparison.Ordinal);
        File.WriteAllText(_authority.CertificateFile, "nothing of the kind");
        Assert.StartsWith("Busbar:Stations:Certificate cannot be used", Refusal(Options), StringComparison.Ordinal);

        // OCPP 2.0.1 A00.FR.502
        _authority.Issue(RSA.Create(1024));
        Assert.Contains("too short", Refusal(Options), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_certificate_is_taken_and_a_broken_one_is_not()
    {
        var first = _authority.Issue();
        var certificate = new StationsCertificate(Options);
        Assert.False(certificate.Reload());
        var second = _authority.Issue();
        Assert.NotEqual(first, second);
        Assert.True(certificate.Reload());
        Assert.Equal(second, certificate.Leaf.Thumbprint);
        File.WriteAllText(_authority.CertificateFile, "half a fi");
        Assert.Throws<InvalidOperationException>(() => certificate.Reload());
        Assert.Equal(second, certificate.Leaf.Thumbprint);
    }

    [Fact]
    public void A_certificate_that_ends_is_told_of_30_7_and_1_days_before_and_after()
    {
        _authority.Issue();
        var certificate = new StationsCertificate(Options);
        var clock = new FakeTimeProvider(certificate.Leaf.NotAfter.ToUniversalTime().AddDays(-40));
        var log = new LinesOf<StationsCertificateWatch>();
        using var watch = new StationsCertificateWatch(certificate, Options, new NoMeters(), clock, log);
        for (var day = 0; day < 45; day++)
        {
            watch.Look();
            watch.Look();
            clock.Advance(TimeSpan.FromDays(1));
        }
        Assert.Collection(log.Lines,
            line => Assert.Matches("^Warning: .* in less than 30 days$", line),
            line => Assert.Matches("^Warning: .* in less than 7 days$", line),
            line => Assert.Matches("^Warning: .* in less than 1 days$", line),
            line => Assert.Matches("^Error: .* ended at ", line));

        // The next one is silent, for its time is long.
        _authority.Issue(lasts: TimeSpan.FromDays(400));
        watch.Look();
        Assert.StartsWith("Information: The stations' listener has another certificate", log.Lines[^1], StringComparison.Ordinal);
        File.WriteAllText(_authority.KeyFile, "");
        watch.Look();
        watch.Look();
        Assert.Equal(6, log.Lines.Count);
        Assert.StartsWith("Error: The stations' new certificate was not taken", log.Lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Busbar:Stations:Url=ftp://*:1", "no address")]
    [InlineData("--Busbar:Stations:Url=8443", "no address")]
    [InlineData("--Busbar:Stations:Url=https://*:0/ocpp", "no address")]
    [InlineData("--Busbar:Stations:Url=https://127.0.0.1:0", "Certificate is missing")]
    [InlineData("--Busbar:Stations:Certificate=x.pem", "of no use without")]
    public void A_mistake_in_the_listeners_configuration_stops_the_start(string setting, string why) =>
        Assert.Contains(why, Assert.Throws<InvalidOperationException>(() => BusbarHost.Build([setting, "--Busbar:DataDirectory=/nonexistent"])).Message, StringComparison.Ordinal);

    private static string Refusal(StationsListenerOptions options) => Assert.Throws<InvalidOperationException>(() => new StationsCertificate(options)).Message;
}
