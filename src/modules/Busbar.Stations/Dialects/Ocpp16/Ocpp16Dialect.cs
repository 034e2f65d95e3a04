using System.Diagnostics.CodeAnalysis;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Stations.Commands;
using Busbar.Stations.Screens;

namespace Busbar.Stations.Dialects.Ocpp16;

/// <summary>OCPP 1.6 and its security extension.</summary>
internal sealed class Ocpp16Dialect : IDialect
{
    public static Ocpp16Dialect Instance { get; } = new();

    public OcppVersion Version => OcppVersion.V16;

    public int Protocol => 16;

    public IReadOnlyList<OcppAction> Actions => Ocpp16Actions.All;

    public IScreenDialect Screens => ScreenCalls.Instance;

    public CallDraft Compile(StationIntent intent) => OutboundCalls.Compile(intent);

    public Awaited? AwaitedOf(StationCall call) => OutboundCalls.AwaitedOf(call);

    public TransactionWord? ReadTransactionWord(ReadOnlySpan<byte> payload) => null;

    public bool TryFind(string action, [NotNullWhen(true)] out Route? route)
    {
        if (Routes.Table.TryGetValue(action, out route)) return true;
        route = Ocpp16Actions.ByName.ContainsKey(action) ? Route.NotForStations.Instance : null;
        return route is not null;
    }
}
