using Busbar.Stations.Contracts;

namespace Busbar.Sessions.Personal;

/// <summary>Sessions and CDRs as a replay of the rewritten journal would make them. Nothing of what they cost depends on who paid.</summary>
internal static class WithoutNames
{
    /// <returns>The very session where it does not name them.</returns>
    public static Session Of(Session session, Pseudonyms pseudonyms)
    {
        var claims = session.Claims.Any(claim => pseudonyms.Of(claim.Token.Uid) is not null)
            ? AppendList<TokenClaim>.Of(session.Claims.Select(claim => claim with { Token = Of(claim.Token, pseudonyms)! })) : session.Claims;
        var token = Of(session.Token, pseudonyms);
        var review = session.Review is { } said && pseudonyms.Note(said.Note) is var note && note != said.Note ? said with { Note = note } : session.Review;
        var transaction = pseudonyms.Transaction(session.TransactionId);
        if (ReferenceEquals(claims, session.Claims) && ReferenceEquals(token, session.Token) && ReferenceEquals(review, session.Review) && transaction == session.TransactionId) return session;
        session = session with { TransactionId = transaction, Claims = claims, Token = token, Review = review };
        if (session.CdrLast is not { } bytes) return session;
        var cdr = Of(Cdr.Read(bytes.Bytes.Span), pseudonyms);
        // The content that it is compared with has no ids: of a CDR that is no credit it is the CDR itself.
        return session with { CdrLast = new ByteText(cdr.ToBytes()), CdrContent = cdr.ContentHash() };
    }

    /// <returns>The very CDR where it does not name them.</returns>
    public static Cdr Of(Cdr cdr, Pseudonyms pseudonyms) => pseudonyms.Of(cdr.TokenUid) is { } other ? cdr with { TokenUid = other } : cdr;

    private static PresentedToken? Of(PresentedToken? token, Pseudonyms pseudonyms) => token is not null && pseudonyms.Of(token.Uid) is { } other ? token with { Uid = other } : token;
}
