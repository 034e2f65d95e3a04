using Busbar.Rating;

namespace Busbar.Stations.Contracts;

/// <summary>A tariff in the words of another format, with a list of what the format cannot say.</summary>
public interface ITariffProjection
{
    /// <summary>As the API names it: <c>ocpp-2.1</c>.</summary>
    string Format { get; }

    /// <param name="tariffId">The name that the format's readers know the tariff by.</param>
    ProjectedTariff Project(Tariff tariff, string tariffId);
}

/// <summary>A tariff in another format.</summary>
/// <param name="Json">UTF-8.</param>
/// <param name="Lost">Empty: the format says all that the tariff says.</param>
public sealed record ProjectedTariff(ReadOnlyMemory<byte> Json, IReadOnlyList<TariffLoss> Lost);

/// <summary>Something that a format cannot say.</summary>
/// <param name="Code">For machines: <c>curve</c>, <c>rounded</c>.</param>
/// <param name="Pointer">Into the tariff's JSON; into the format's where the tariff was read from it.</param>
/// <param name="Detail">For people.</param>
public sealed record TariffLoss(string Code, string Pointer, string Detail)
{
    /// <summary>The price differs by less than anybody pays: the last digits of a unit price.</summary>
    public bool IsRounding => Code == Rounded;

    internal const string Rounded = "rounded";
}
