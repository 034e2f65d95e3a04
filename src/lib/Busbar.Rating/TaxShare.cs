namespace Busbar.Rating;

/// <summary>What of an amount stands under the same taxes: a row of an invoice's VAT breakdown (EN 16931 BG-23). No taxes: that part bears none.</summary>
/// <param name="ExclTax">The taxable amount.</param>
/// <param name="Taxes">By stack, as the lines have them.</param>
public sealed record TaxShare(decimal ExclTax, IReadOnlyList<TaxAmount> Taxes)
{
    /// <summary>The lines by the taxes that they bear, in the order in which each first stands there; together exactly their sums, before and after taxes.</summary>
    public static IReadOnlyList<TaxShare> Of(IEnumerable<PricedLine> lines)
    {
        var shares = new List<TaxShare>();
        foreach (var line in lines)
        {
            if (line.Shares is { } parts)
                foreach (var part in parts) Add(part);
            else Add(new TaxShare(line.ExclTax, line.Taxes));
        }
        return shares;

        void Add(TaxShare part)
        {
            var at = shares.FindIndex(share => share.Taxes.Select(KeyOf).SequenceEqual(part.Taxes.Select(KeyOf)));
            if (at < 0) shares.Add(part);
            else shares[at] = new TaxShare(
                shares[at].ExclTax + part.ExclTax, [.. shares[at].Taxes.Zip(part.Taxes, (one, other) => one with { Amount = one.Amount + other.Amount })]);
        }

        static (string, decimal) KeyOf(TaxAmount tax) => (tax.Name, tax.Percent);
    }
}
