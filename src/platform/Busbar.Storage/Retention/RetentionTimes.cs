namespace Busbar.Storage.Retention;

/// <summary>Days that several rules go by.</summary>
public static class RetentionTimes
{
    /// <summary>
    /// What no tenant can go below for what its books rest on: eight years, as German tax law asks for vouchers (AO § 147, UStG § 14b). Some countries ask for up to ten (Italy, and German law for
    /// the books themselves).
    /// </summary>
    public const int OfBooks = 2_922;

    /// <summary>Ten years, which is enough everywhere that we know of.</summary>
    public const int OfBooksByDefault = 3_653;

    /// <summary>A hundred years: for good, as far as anybody here will see.</summary>
    public const int Longest = 36_525;
}
