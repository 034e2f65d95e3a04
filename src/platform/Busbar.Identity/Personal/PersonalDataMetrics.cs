using System.Diagnostics.Metrics;

namespace Busbar.Identity.Personal;

/// <summary>How many people's data was erased, under the meter <c>Busbar.Identity</c>.</summary>
internal sealed class PersonalDataMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _erasures = meters.Create("Busbar.Identity").CreateCounter<long>("busbar.personal_data.erasures", "{erasure}", "Erasures of a person's data that were finished, by whose it was and whether something is held.");

    public void Erased(Erasure erasure) =>
        _erasures.Add(1, new KeyValuePair<string, object?>("subject", erasure.Subject), new KeyValuePair<string, object?>("held", erasure.Held.Any()));
}
