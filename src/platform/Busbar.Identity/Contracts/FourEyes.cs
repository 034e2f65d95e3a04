using Busbar.Identity.Http;
using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>What a tenant may ask two people for. A room that has such an act adds it here.</summary>
public enum FourEyes
{
    /// <summary>A tariff's version is published, or scheduled, when somebody else than its author has approved it.</summary>
    Tariffs,
}

/// <summary>Why somebody cannot be the second of two.</summary>
public enum SecondLack
{
    /// <summary>They are the first one, or the first one is a program whose key was last given into their hands.</summary>
    IsFirst,

    /// <summary>A program cannot look.</summary>
    IsProgram,
}

/// <summary>Asks whether two people are needed, and who may be the second.</summary>
public interface IFourEyes
{
    /// <summary>Costs no database.</summary>
    bool Wants(TenantId tenant, FourEyes act);

    /// <param name="first">The actor who did the first part; null: it is not known any more.</param>
    /// <returns>Null: the caller may be the second one.</returns>
    ValueTask<SecondLack?> LacksAsync(Caller second, string? first, CancellationToken ct);
}
