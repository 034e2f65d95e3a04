using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Stations.Commands;
using Busbar.Stations.Screens;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>OCPP 2.0.1 and 2.1: one reading for both, and answers without what 2.1 added for a station of 2.0.1.</summary>
internal sealed class Ocpp2Dialect : IDialect
{
    private readonly FrozenDictionary<string, Route> _routes;

    private Ocpp2Dialect(OcppVersion version, int protocol)
    {
        Version = version;
        Protocol = protocol;
        _routes = Routes.For(version);
        Screens = new ScreenCalls(version);
    }

    public static Ocpp2Dialect V201 { get; } = new(OcppVersion.V201, 201);
    public static Ocpp2Dialect V21 { get; } = new(OcppVersion.V21, 21);

    public OcppVersion Version { get; }

    public int Protocol { get; }

    public IReadOnlyList<OcppAction> Actions => Ocpp2Actions.All;

    public IScreenDialect Screens { get; }

    public CallDraft Compile(StationIntent intent) => OutboundCalls.Compile(intent, Version);

    public Awaited? AwaitedOf(StationCall call) => OutboundCalls.AwaitedOf(call);

    public TransactionWord? ReadTransactionWord(ReadOnlySpan<byte> payload) =>
        Ocpp2Json.TryRead<GetTransactionStatusResponse>(payload, out var response, out _) ? new TransactionWord(response.OngoingIndicator, response.MessagesInQueue) : null;

    public bool TryFind(string action, [NotNullWhen(true)] out Route? route)
    {
        route = null;
        if (!Ocpp2Actions.ByName.TryGetValue(action, out var known) || known.Since > Version) return false;
        route = _routes.GetValueOrDefault(action, Route.NotForStations.Instance);
        return true;
    }
}
