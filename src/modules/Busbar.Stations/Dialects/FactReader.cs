using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Dialects;

/// <summary>The replay's half of the dialects: the same bytes and moment of receipt give the fact that they gave when they came.</summary>
internal sealed class FactReader : IFactReader
{
    public ChargingFact Read(int protocol, string action, ReadOnlyMemory<byte> raw, Instant receivedAt)
    {
        if (protocol == DialectTable.OurOwn) return OwnFacts.Read(action, raw.Span);
        if (DialectTable.For(protocol).TryFind(action, out var route) && route is Route.Fact telling && telling.Read(raw, receivedAt).Fact is { } fact) return fact;
        throw new InvalidOperationException($"The journal has a frame of protocol {protocol}, action {action}, that gives no fact.");
    }
}
