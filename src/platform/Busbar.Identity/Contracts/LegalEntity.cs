namespace Busbar.Identity;

/// <summary>Who a tenant is before the law: the seller of what it invoices (EN 16931, BG-4).</summary>
public sealed record LegalEntity
{
    /// <summary>BT-27, as it is registered.</summary>
    public required string Name { get; init; }

    /// <summary>BT-30: the number in the register of companies.</summary>
    public string? RegistrationNumber { get; init; }

    /// <summary>BT-31, with the country's prefix: <c>DE123456789</c>, <c>EL…</c> for Greece (BR-CO-9).</summary>
    public string? VatId { get; init; }

    /// <summary>BT-35.</summary>
    public string? Address { get; init; }

    /// <summary>BT-38.</summary>
    public string? PostalCode { get; init; }

    /// <summary>BT-37.</summary>
    public string? City { get; init; }

    /// <summary>BT-40, as ISO 3166-1 alpha-3, like a location's.</summary>
    public required string Country { get; init; }

    /// <summary>BT-43.</summary>
    public string? Email { get; init; }

    /// <summary>BT-42.</summary>
    public string? Phone { get; init; }
}

/// <summary>How a tenant appears to those it serves.</summary>
public sealed record Branding
{
    /// <summary>Null: the tenant's own name.</summary>
    public string? Name { get; init; }

    /// <summary><c>#rrggbb</c>.</summary>
    public string? Color { get; init; }

    /// <summary>An https address.</summary>
    public string? Website { get; init; }

    public string? SupportEmail { get; init; }
    public string? SupportPhone { get; init; }
}
