using Busbar.Rating;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>A tariff in the words of another format, with a list of what the format cannot say.</summary>
public interface ITariffProjection
{
    /// <summary>As the API names it: <c>ocpp-2.1</c>.</summary>
    string Format { get; }

    /// <summary>As people call it: <c>OCPP 2.1</c>.</summary>
    string Title { get; }

    /// <param name="tariffId">The name that the format's readers know the tariff by.</param>
    ProjectedTariff Project(Tariff tariff, string tariffId);

    /// <summary>The other way: a document of this format as our tariff. Null: it is none, and <see cref="ReadTariff.Lost"/> says why; whatever else stands there was not read either.</summary>
    ReadTariff Read(ReadOnlyMemory<byte> json);
}

/// <summary>A tariff in another format.</summary>
/// <param name="Json">UTF-8.</param>
/// <param name="Lost">Empty: the format says all that the tariff says.</param>
public sealed record ProjectedTariff(ReadOnlyMemory<byte> Json, IReadOnlyList<TariffLoss> Lost);

/// <summary>A tariff that was read from another format.</summary>
/// <param name="Name">As the format's readers know it.</param>
/// <param name="ValidFrom">Null: since ever.</param>
/// <param name="Lost">By pointers into the document. Empty: all of it was read.</param>
public sealed record ReadTariff(Tariff? Tariff, string? Name, Instant? ValidFrom, IReadOnlyList<TariffLoss> Lost);

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
