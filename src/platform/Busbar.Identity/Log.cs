using Microsoft.Extensions.Logging;

namespace Busbar.Identity;

internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Error, "{Method} at {Route} failed")]
    public static partial void RequestFailed(ILogger log, Exception error, string method, string route);

    [LoggerMessage(201, LogLevel.Warning, "Tenants and clients could not be read; the last known ones are used")]
    public static partial void DirectoryStale(ILogger log, Exception error);

    [LoggerMessage(202, LogLevel.Information, "The first operator, {Operator}, was set up from {Source}")]
    public static partial void OperatorFounded(ILogger log, OperatorId @operator, string source);

    [LoggerMessage(203, LogLevel.Information, "{Operator} signed in from {Source}")]
    public static partial void SignedIn(ILogger log, OperatorId @operator, string source);

    [LoggerMessage(204, LogLevel.Warning, "A sign-in from {Source} failed: {Reason}")]
    public static partial void SignInFailed(ILogger log, string source, string reason);

    [LoggerMessage(205, LogLevel.Information, "{Operator} signed out")]
    public static partial void SignedOut(ILogger log, OperatorId @operator);

    [LoggerMessage(206, LogLevel.Information, "{Operator} changed its password; all its other sessions ended")]
    public static partial void PasswordChanged(ILogger log, OperatorId @operator);

    [LoggerMessage(207, LogLevel.Information, "{Actor} invited somebody: {Invitation}")]
    public static partial void Invited(ILogger log, string actor, InvitationId invitation);

    [LoggerMessage(208, LogLevel.Information, "{Operator} came in by {Invitation} from {Source}")]
    public static partial void InvitationAccepted(ILogger log, OperatorId @operator, InvitationId invitation, string source);

    [LoggerMessage(209, LogLevel.Information, "{Actor} changed who {Operator} is: {Change}")]
    public static partial void PersonChanged(ILogger log, string actor, OperatorId @operator, string change);

    [LoggerMessage(230, LogLevel.Information, "{Boxes} sealed values were sealed anew with the key {Number}")]
    public static partial void Resealed(ILogger log, int boxes, long number);

    [LoggerMessage(231, LogLevel.Information, "The key {Number} is destroyed: nothing was sealed with it any more")]
    public static partial void KeyDestroyed(ILogger log, long number);

    [LoggerMessage(232, LogLevel.Error, "A sealed value of {Row}.{Column} cannot be opened, and stays as it is")]
    public static partial void BoxStays(ILogger log, Exception error, string row, string column);

    [LoggerMessage(233, LogLevel.Error, "The keys could not be looked after; it is tried again")]
    public static partial void KeysNotKept(ILogger log, Exception error);

    [LoggerMessage(210, LogLevel.Warning, "A link, or what happened to an account, could not be mailed: {Reason}")]
    public static partial void LinkNotMailed(ILogger log, string reason);

    [LoggerMessage(215, LogLevel.Warning, "{Operator} broke the glass and is in {Tenant} until {Until}, past what that shares")]
    public static partial void GlassBroken(ILogger log, OperatorId @operator, string tenant, NodaTime.Instant until);

    [LoggerMessage(248, LogLevel.Warning, "{Actor} had the tenant {Tenant} {What}")]
    public static partial void TenantClosed(ILogger log, string actor, string tenant, string what);

    [LoggerMessage(216, LogLevel.Warning, "An owner could not be mailed that the glass was broken: {Glass}")]
    public static partial void GlassNotMailed(ILogger log, BreakGlassId glass);

    [LoggerMessage(211, LogLevel.Information, "{Actor} changed the second factors of {Operator}: {Change}")]
    public static partial void FactorChanged(ILogger log, string actor, OperatorId @operator, string change);

    [LoggerMessage(212, LogLevel.Warning, "A passkey from {Source} was refused: {Reason}")]
    public static partial void PasskeyRefused(ILogger log, string source, string reason);

    [LoggerMessage(213, LogLevel.Warning, "The identity provider {Provider} is faulty: {Fault} {Detail}")]
    public static partial void ProviderFaulty(ILogger log, IdentityProviderId provider, ProviderFault fault, string? detail);

    [LoggerMessage(214, LogLevel.Warning, "A single sign-on by {Provider} from {Source} was refused: {Reason}")]
    public static partial void SignOnRefused(ILogger log, string provider, string source, string reason);

    [LoggerMessage(217, LogLevel.Warning, "{Operator} stays an owner though {Provider} does not say so any more: nobody else is one")]
    public static partial void OwnerKept(ILogger log, OperatorId @operator, IdentityProviderId provider);

    [LoggerMessage(218, LogLevel.Information, "{Actor} changed the identity provider {Provider}: {Change}")]
    public static partial void ProviderChanged(ILogger log, string actor, IdentityProviderId provider, string change);

    [LoggerMessage(220, LogLevel.Information, "The audit of {Tenant} is anchored at {Sequence}: {Hash}")]
    public static partial void Anchored(ILogger log, string tenant, long sequence, string hash);

    [LoggerMessage(221, LogLevel.Warning, "The audit has no anchors but the log's lines: Busbar:Audit:AnchorDirectory names no folder")]
    public static partial void NoAnchors(ILogger log);

    [LoggerMessage(223, LogLevel.Error, "The audit could not be anchored; it is tried again")]
    public static partial void AuditNotKept(ILogger log, Exception error);

    [LoggerMessage(224, LogLevel.Error, "{Entries} entries about refusals are not in the audit")]
    public static partial void RefusalsUntold(ILogger log, Exception error, int entries);

    [LoggerMessage(240, LogLevel.Information, "{Rule}: {Things} things of {Tenant} from before {Before} were taken; their time was over")]
    public static partial void RetentionTook(ILogger log, string rule, long things, string tenant, NodaTime.Instant before);

    [LoggerMessage(241, LogLevel.Error, "{Rule}: what is too old of {Tenant} could not be taken; it is tried again")]
    public static partial void RetentionFailed(ILogger log, Exception error, string rule, string tenant);

    [LoggerMessage(242, LogLevel.Error, "It could not be looked for what is too old; it is tried again")]
    public static partial void RetentionNotKept(ILogger log, Exception error);

    [LoggerMessage(245, LogLevel.Information, "Somebody at {Source} asked for a new password of {Operator}")]
    public static partial void PasswordForgotten(ILogger log, OperatorId @operator, string source);

    [LoggerMessage(246, LogLevel.Error, "A link for a forgotten password could not be made")]
    public static partial void ForgottenFailed(ILogger log, Exception error);

    [LoggerMessage(247, LogLevel.Error, "Somebody could not be mailed what happened to their account")]
    public static partial void AccountNotMailed(ILogger log, Exception error);

    [LoggerMessage(249, LogLevel.Information, "{Provider} says that a session is over there; {Sessions} ended here")]
    public static partial void LoggedOutElsewhere(ILogger log, IdentityProviderId provider, int sessions);

    [LoggerMessage(248, LogLevel.Error, "A new password could not be looked up among those that leaked, and was taken without that: {List}")]
    public static partial void LeakedPasswordsFailed(ILogger log, Exception error, string list);

    [LoggerMessage(225, LogLevel.Information, "{Actor} had a person's data erased: {Erasure}, {Held} kinds of it are held")]
    public static partial void Erased(ILogger log, string actor, ErasureId erasure, int held);
}
