namespace Busbar.Server;

internal static partial class Log
{
    [LoggerMessage(900, LogLevel.Information, "The stations' listener has another certificate: {Subject}, until {NotAfter:u}")]
    public static partial void CertificateTaken(ILogger log, string subject, DateTime notAfter);

    [LoggerMessage(901, LogLevel.Error, "The stations' new certificate was not taken, the former one stays: {Reason}")]
    public static partial void CertificateNotTaken(ILogger log, string reason);

    [LoggerMessage(902, LogLevel.Warning, "The stations' certificate {Subject} ends at {NotAfter:u}, in less than {Days} days")]
    public static partial void CertificateEnds(ILogger log, string subject, DateTime notAfter, int days);

    [LoggerMessage(903, LogLevel.Error, "The stations' certificate {Subject} ended at {NotAfter:u}: stations that verify it do not connect")]
    public static partial void CertificateEnded(ILogger log, string subject, DateTime notAfter);

    [LoggerMessage(904, LogLevel.Warning, "The rehearsal of the rooms failed; the server runs, and its first stations wait a little longer")]
    public static partial void NotWarm(ILogger log, Exception error);

    [LoggerMessage(906, LogLevel.Warning, "The rehearsal takes longer than {Limit}; the port opens without it, and the first stations wait a little longer")]
    public static partial void WarmsLate(ILogger log, TimeSpan limit);

    [LoggerMessage(905, LogLevel.Error, "The demo was not set up; it begins anew at the next start")]
    public static partial void DemoFailed(ILogger log, Exception error);
}
