using System.Net;
using Busbar.Egress;

namespace Busbar.Tests.Egress;

public sealed class AddressJudgeTests
{
    [Theory]
    [InlineData("0.0.0.0"), InlineData("0.1.2.3")]
    [InlineData("10.0.0.1"), InlineData("10.255.255.255"), InlineData("172.16.0.1"), InlineData("172.31.255.255"), InlineData("192.168.0.1")]
    [InlineData("100.64.0.1"), InlineData("100.127.255.255"), InlineData("100.100.100.200")]
    [InlineData("127.0.0.1"), InlineData("127.255.255.254")]
    [InlineData("169.254.169.254"), InlineData("168.63.129.16"), InlineData("192.0.0.192")]
    [InlineData("192.0.2.1"), InlineData("192.88.99.1"), InlineData("198.18.0.1"), InlineData("198.19.255.255"), InlineData("198.51.100.1"), InlineData("203.0.113.1")]
    [InlineData("224.0.0.1"), InlineData("239.255.255.255"), InlineData("240.0.0.1"), InlineData("255.255.255.255")]
    [InlineData("::"), InlineData("::1"), InlineData("::127.0.0.1"), InlineData("::8.8.8.8")]
    [InlineData("::ffff:127.0.0.1"), InlineData("::ffff:10.0.0.1"), InlineData("::ffff:0:127.0.0.1")]
    [InlineData("fe80::1"), InlineData("fe80::1%1"), InlineData("fec0::1"), InlineData("fc00::1"), InlineData("fd00:ec2::254"), InlineData("ff02::1")]
    [InlineData("64:ff9b::127.0.0.1"), InlineData("64:ff9b::10.0.0.1"), InlineData("64:ff9b::169.254.169.254"), InlineData("64:ff9b:1::8.8.8.8")]
    [InlineData("2002:7f00:1::"), InlineData("2002:808:808::1")]
    [InlineData("2001::1"), InlineData("2001:0:4136:e378:8000:63bf:80ff:fffe"), InlineData("2001:10::1"), InlineData("2001:db8::1"), InlineData("3fff::1"), InlineData("5f00::1")]
    [InlineData("2606:4700::5efe:7f00:1"), InlineData("2606:4700::200:5efe:a00:1")]
    [InlineData("100::1"), InlineData("4000::1")]
    public void An_address_that_is_not_public_is_seen(string address) => Assert.False(AddressJudge.Allows(IPAddress.Parse(address), []));

    [Theory]
    [InlineData("8.8.8.8"), InlineData("1.1.1.1"), InlineData("93.184.216.34"), InlineData("172.15.0.1"), InlineData("172.32.0.1"), InlineData("100.63.255.255"), InlineData("100.128.0.1")]
    [InlineData("::ffff:8.8.8.8"), InlineData("64:ff9b::8.8.8.8"), InlineData("2606:4700::1111"), InlineData("2a00:1450:4001::200e")]
    public void A_public_address_is_allowed(string address) => Assert.True(AddressJudge.Allows(IPAddress.Parse(address), []));

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("64:ff9b::10.1.2.3", true)]
    [InlineData("10.2.0.1", false)]
    [InlineData("fd00::1", true)]
    [InlineData("fd01::1", false)]
    public void A_network_can_be_allowed(string address, bool allowed) =>
        Assert.Equal(allowed, AddressJudge.Allows(IPAddress.Parse(address), [IPNetwork.Parse("10.1.0.0/16"), IPNetwork.Parse("fd00::/16")]));
}
