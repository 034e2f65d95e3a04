using Busbar.Rating;
using Busbar.Stations.Contracts;

namespace Busbar.Sessions;

/// <summary>What the rater is told of a session besides its timeline. All of it is the session's own state, so that it is the same whenever it is asked for.</summary>
internal static class RatingContext
{
    /// <param name="market">The market's prices so far, of a session for whose whole time nothing is decided yet.</param>
    public static SessionContext Of(Session session, IReadOnlyList<PriceCurve>? market = null)
    {
        var context = new SessionContext
        {
            EvseKind = session.Current.ToKind(),
            PaymentBrand = session.Token?.PaymentBrand,
            PaymentRecognition = session.Token?.PaymentRecognition,
            TokenGroup = session.TokenGroup,
            Curves = SessionCurves.Together(session.Curves?.AtStart, session.Curves?.Whole ?? market, session.StartedAt),
        };
        return context == SessionContext.Unknown ? SessionContext.Unknown : context;
    }

    /// <summary>Of the canonical bytes; null where nothing is known. With the session's state it proves what a CDR was priced by, at the cost of a line.</summary>
    public static string? HashOf(SessionContext context) => ReferenceEquals(context, SessionContext.Unknown)
        ? null : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(SessionContextJson.Write(context)));
}
