using System.Collections.Concurrent;
using Busbar.Gateway.Contracts;
using Busbar.Stations.Contracts;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Stories.Sockets;

/// <summary>The server with one of its guards taken away: what a bar's check must see, or it proves nothing. The program itself has no such switch.</summary>
internal static class GuardsOff
{
    /// <summary>Whoever names a station is let in as that station.</summary>
    public static void Password(IServiceCollection services) => services.Around<IStationGatekeeper>(inner => new AnyPassword(inner));

    /// <summary>A connection that ends takes with it whatever connection its station has by then.</summary>
    public static void Instance(IServiceCollection services) => services.Around<IStationInbox>(inner => new EndsByName(inner));

    /// <summary>A message belongs to the transaction that it names, whoever sends it.</summary>
    public static void Ownership(IServiceCollection services) => services.Around<IChargingDesk>(inner => new AnyonesTransaction(inner));

    private static void Around<T>(this IServiceCollection services, Func<T, T> wrap)
        where T : class
    {
        var guarded = services.Last(service => service.ServiceType == typeof(T));
        services.AddSingleton(provider => wrap((T)(guarded.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, guarded.ImplementationType!))));
    }

    private sealed class AnyPassword(IStationGatekeeper inner) : IStationGatekeeper
    {
        public ValueTask<Admission> AdmitAsync(StationKnock knock, CancellationToken ct) =>
            inner.AdmitAsync(knock with { BasicUser = knock.Identity, BasicPassword = SocketFleet.Utf8(SocketFleet.Password) }, ct);
    }

    private sealed class EndsByName(IStationInbox inner) : IStationInbox
    {
        private readonly ConcurrentDictionary<Guid, IStationHandler> _handlers = new();

        public IStationHandler Connected(IStationLink link) => new Handler(this, link.Station, _handlers[link.Station] = inner.Connected(link));

        private sealed class Handler(EndsByName names, Guid station, IStationHandler own) : IStationHandler
        {
            public ValueTask<CallReply> OnCallAsync(InboundCall call, CancellationToken ct) => own.OnCallAsync(call, ct);

            public void OnReplied(InboundCall call) => own.OnReplied(call);

            public void OnFrame(FrameDirection direction, Instant at, ReadOnlyMemory<byte> frame) => own.OnFrame(direction, at, frame);

            public void OnClosed(LinkEnd end)
            {
                if (names._handlers.TryRemove(station, out var named)) named.OnClosed(end);
            }
        }
    }

    private sealed class AnyonesTransaction(IChargingDesk inner) : IChargingDesk
    {
        private readonly ConcurrentDictionary<string, StationSeat> _begun = new();
        private readonly ConcurrentDictionary<StationSeat, long> _numbers = new();

        public async ValueTask<DeskOutcome> RecordAsync(StationSeat seat, FactFrame frame, Func<DeskDecision, ReadOnlyMemory<byte>> answer, CancellationToken ct)
        {
            var names = frame.Fact switch { ChargingFact.Updated update => update.TransactionId, ChargingFact.Ended end => end.TransactionId, _ => null };
            var owner = names is not null && _begun.TryGetValue(names, out var begun) ? begun : seat;
            string? given = null;
            var outcome = await inner.RecordAsync(owner, frame with { N = _numbers.AddOrUpdate(owner, 1, static (_, n) => n + 1) }, decision =>
            {
                given = decision.TransactionId;
                return answer(decision);
            }, ct);
            if (frame.Fact is ChargingFact.Started && given is not null) _begun[given] = seat;
            return outcome;
        }

        public ValueTask<TokenVerdictText> AuthorizeAsync(StationSeat seat, PresentedToken token, CancellationToken ct) => inner.AuthorizeAsync(seat, token, ct);

        public void Left(StationSeat seat) => inner.Left(seat);
    }
}
