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

    [LoggerMessage(205, LogLevel.Information, "{Operator} signed out; all its sessions ended")]
    public static partial void SignedOut(ILogger log, OperatorId @operator);

    [LoggerMessage(206, LogLevel.Information, "{Operator} changed its password; all its other sessions ended")]
    public static partial void PasswordChanged(ILogger log, OperatorId @operator);
}
