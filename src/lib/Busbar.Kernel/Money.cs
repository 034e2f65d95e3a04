using System.Globalization;

namespace Busbar.Kernel;

/// <summary>
/// An amount of one currency, exact. Stored as <c>bigint</c> micro-units (1 EUR = 1,000,000), shown as a decimal string.
/// It is not rounded until it is paid: <see cref="ToPayable"/> is the one place that does.
/// </summary>
public readonly record struct Money(decimal Amount, Currency Currency)
{
    private const decimal MicrosPerUnit = 1_000_000m;

    public static Money Zero(Currency currency) => new(0m, currency);

    public static Money FromMicros(long micros, Currency currency) => new(micros / MicrosPerUnit, currency);

    public static Money operator +(Money a, Money b) =>
        a.Currency == b.Currency ? a with { Amount = a.Amount + b.Amount } : throw new CurrencyMismatchException(a, b);

    public static Money operator -(Money a, Money b) => a + -b;

    public static Money operator -(Money a) => a with { Amount = -a.Amount };

    public static Money operator *(Money a, decimal factor) => a with { Amount = a.Amount * factor };

    /// <summary>Rounded to what can be paid, halves away from zero (the contract's default; a document may name another policy).</summary>
    public Money ToPayable() => this with { Amount = decimal.Round(Amount, Currency.Decimals, MidpointRounding.AwayFromZero) };

    /// <summary>Micro-units for a column, halves away from zero past the sixth decimal.</summary>
    /// <exception cref="OverflowException">The amount is beyond ±9.2 × 10¹² units.</exception>
    public long ToMicros() => decimal.ToInt64(decimal.Round(Amount * MicrosPerUnit, 0, MidpointRounding.AwayFromZero));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Amount} {Currency.Code}");
}

/// <summary>Two currencies met in one sum: a broken invariant, never a user's mistake.</summary>
public sealed class CurrencyMismatchException(Money a, Money b)
    : InvalidOperationException($"Cannot add {a.Currency} and {b.Currency}.");
