using System.Diagnostics.Metrics;

namespace Busbar.Server;

/// <summary>Takes a new certificate when its files change, without a restart, and tells of one that ends: 30, 7 and 1 days before, and after.</summary>
internal sealed class StationsCertificateWatch : BackgroundService
{
    private static readonly int[] Alarms = [0, 1, 7, 30];

    private readonly StationsCertificate _certificate;
    private readonly TimeSpan _pace;
    private readonly TimeProvider _clock;
    private readonly ILogger<StationsCertificateWatch> _log;
    private string? _complaint;
    private (string Thumbprint, int Days) _told;

    public StationsCertificateWatch(StationsCertificate certificate, StationsListenerOptions options, IMeterFactory meters, TimeProvider clock, ILogger<StationsCertificateWatch> log)
    {
        (_certificate, _clock, _log) = (certificate, clock, log);
        _pace = TimeSpan.FromSeconds(options.ReloadSeconds);
        meters.Create("Busbar.Server").CreateObservableGauge("busbar.stations.certificate_days", () => Math.Round(Left.TotalDays, 2), "d", "Until the certificate of the stations' listener ends.");
    }

    private TimeSpan Left => _certificate.Leaf.NotAfter.ToUniversalTime() - _clock.GetUtcNow().UtcDateTime;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_pace, _clock);
        try
        {
            do
            {
                Look();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>Once per pace.</summary>
    internal void Look()
    {
        try
        {
            if (_certificate.Reload()) Log.CertificateTaken(_log, _certificate.Leaf.Subject, _certificate.Leaf.NotAfter.ToUniversalTime());
            _complaint = null;
        }
        catch (InvalidOperationException error)
        {
            // Certificate and key are two files: between the two writes they do not fit, and the next look finds them whole.
            if (_complaint != error.Message) Log.CertificateNotTaken(_log, error.Message);
            _complaint = error.Message;
        }
        TellOfTheEnd();
    }

    private void TellOfTheEnd()
    {
        var left = Left;
        var alarm = Array.FindIndex(Alarms, days => left <= TimeSpan.FromDays(days));
        if (alarm < 0 || _told == (_certificate.Leaf.Thumbprint, Alarms[alarm])) return;
        _told = (_certificate.Leaf.Thumbprint, Alarms[alarm]);
        if (alarm == 0) Log.CertificateEnded(_log, _certificate.Leaf.Subject, _certificate.Leaf.NotAfter.ToUniversalTime());
        else Log.CertificateEnds(_log, _certificate.Leaf.Subject, _certificate.Leaf.NotAfter.ToUniversalTime(), Alarms[alarm]);
    }
}
