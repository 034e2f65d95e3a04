using System.Diagnostics.Metrics;
using Busbar.Egress.Contracts;

namespace Busbar.Egress;

/// <summary>What left, under the meter <c>Busbar.Egress</c>.</summary>
internal sealed class EgressMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _requests = meters.Create("Busbar.Egress")
        .CreateCounter<long>("busbar.egress.requests", "{request}", "Requests to URLs that others name, by purpose and outcome: answered, failed, or why it was refused.");

    internal void Answered(string purpose) => Add(purpose, "answered");

    internal void Failed(string purpose) => Add(purpose, "failed");

    internal void Refused(string purpose, EgressRefusal refusal) => Add(purpose, "refused" + refusal);

    private void Add(string purpose, string outcome) =>
        _requests.Add(1, new KeyValuePair<string, object?>("purpose", purpose), new KeyValuePair<string, object?>("outcome", outcome));
}
