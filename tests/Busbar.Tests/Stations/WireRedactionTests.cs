using System.Runtime.InteropServices;
using System.Text;
using Busbar.Stations;

namespace Busbar.Tests.Stations;

public sealed class WireRedactionTests
{
    [Theory]
    [InlineData("""[2,"1","Authorize",{"idTag":"SECRETSECRET"}]""", "SECR***")]
    [InlineData("""[3,"1",{"idTagInfo":{"status":"Accepted","parentIdTag" : "SECRETSECRET"}}]""", "SECR***")]
    [InlineData("""[2,"1","Authorize",{"idToken":{"idToken":"SECRETSECRET","type":"Central"}}]""", "SECR***")]
    [InlineData("""[2,"1","Authorize",{"idToken":{"idToken":"T","type":"Central","additionalInfo":[{"additionalIdToken":"SECRETSECRET","type":"x"}]}}]""", "SECR***")]
    [InlineData("""[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"SECRETSECRET"}]""", "\"***\"")]
    [InlineData("""[3,"1",{"configurationKey":[{"value":"SECRETSECRET","readonly":false,"key":"AUTHORIZATIONkey"}]}]""", "\"***\"")]
    [InlineData("""[2,"1","SetVariables",{"setVariableData":[{"attributeValue":"SECRETSECRET","variable":{"name":"basicauthpassword"},"component":{"name":"SecurityCtrlr"}}]}]""", "\"***\"")]
    [InlineData("""[2,"1","SetNetworkProfile",{"connectionData":{"basicAuthPassword":"SECRETSECRET"}}]""", "\"***\"")]
    [InlineData("""[2,"1","SetNetworkProfile",{"connectionData":{"apn":{"apnPassword":"SECRETSECRET"}}}]""", "\"***\"")]
    [InlineData("""[2,"1","SetNetworkProfile",{"connectionData":{"vpn":{"server":"s","user":"u","password":"p","key":"SECRETSECRET","type":"PPTP"}}}]""", "\"***\"")]
    [InlineData("""[2,"1","Authorize",{"\u0069dT\u0061g":"SECRETSECRET"}]""", "SECR***")]
    [InlineData("""[2,"1","ChangeConfiguration",{"\u006bey":"Authorization\u004bey","value":"SECRETSECRET"}]""", "\"***\"")]
    public void Secrets_are_hidden_and_tokens_keep_their_beginning(string frame, string shown)
    {
        var kept = Encoding.UTF8.GetString(new WireRedaction().Redact(Encoding.UTF8.GetBytes(frame)).Span);
        Assert.DoesNotContain("SECRETSECRET", kept, StringComparison.Ordinal);
        Assert.Contains(shown, kept, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[2,"1","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"2026-11-23T06:00:00Z","sampledValue":[{"value":"1"}]}]}]""")]
    [InlineData("""[3,"1",{"idTagInfo":{"status":"Accepted"},"transactionId":1}]""")]
    [InlineData("""[3,"1",{"idTokenInfo":{"status":"Accepted"}}]""")]
    [InlineData("""[2,"1","ChangeConfiguration", {"key":"Caf\u00e9","value":"\u2603"}]""")]
    [InlineData("no frame at all")]
    public void A_frame_without_a_secret_is_the_same_memory(string frame)
    {
        var bytes = Encoding.UTF8.GetBytes(frame);
        Assert.True(MemoryMarshal.TryGetArray(new WireRedaction().Redact(bytes), out var kept));
        Assert.Same(bytes, kept.Array);
    }

    [Fact]
    public void What_cannot_be_read_and_may_hold_a_secret_is_not_kept() =>
        Assert.Equal("\"(unreadable, 18 bytes)\"", Encoding.UTF8.GetString(new WireRedaction().Redact("""[2,"idTag":"SECRET"""u8.ToArray()).Span));
}
