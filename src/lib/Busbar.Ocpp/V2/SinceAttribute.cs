namespace Busbar.Ocpp.V2;

/// <summary>The first version that has a member or a value. A newer member is not written for an older station.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class SinceAttribute(string version) : Attribute
{
    public string Version { get; } = version;
}
