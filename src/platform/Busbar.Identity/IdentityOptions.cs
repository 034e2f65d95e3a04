namespace Busbar.Identity;

/// <summary>What the configuration says under <c>Busbar:</c>.</summary>
/// <param name="AdminKey">At least 32 characters: a client with all rights in the tenant <c>default</c>.</param>
/// <param name="SecretKey">At least 32 characters: the installation's secret, where it shall not lie with the data.</param>
public sealed record IdentityOptions(string? AdminKey, string? SecretKey)
{
    private const int MinimumLength = 32;

    /// <summary>At least 32 characters: a secret that opens the keys too, while <see cref="SecretKey"/> is being changed: the one before, or the one to come.</summary>
    public string? OtherSecretKey { get; init; }

    /// <summary>False for a tool that looks at a server's store: that it was given no <see cref="AdminKey"/> revokes nothing.</summary>
    public bool IsServer { get; init; } = true;

    /// <exception cref="InvalidOperationException">A key is too short.</exception>
    public void Verify()
    {
        Verify(AdminKey, nameof(AdminKey));
        Verify(SecretKey, nameof(SecretKey));
        Verify(OtherSecretKey, nameof(OtherSecretKey));
    }

    private static void Verify(string? key, string name)
    {
        if (key is not null && key.Length < MinimumLength)
            throw new InvalidOperationException($"Busbar:{name} has {key.Length} characters; it needs at least {MinimumLength}.");
    }
}
