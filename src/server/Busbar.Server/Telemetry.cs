using Busbar.Identity.Http;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Busbar.Server;

/// <summary>
/// Figures at <c>/metrics</c> always; figures, and traces of requests and of PostgreSQL, by OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set. The exporter reads its
/// other settings from the standard variables.
/// </summary>
internal static class Telemetry
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var otlp = builder.Configuration[OtlpEndpoint] is { Length: > 0 };
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("busbar"));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter("Busbar.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql");
            metrics.AddPrometheusExporter();
            if (otlp) metrics.AddOtlpExporter();
        });
        if (otlp) telemetry.WithTracing(tracing => tracing.AddSource("Microsoft.AspNetCore", "Npgsql").AddOtlpExporter());
    }

    public static void MapMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics").NeedsOrLoopback(Scope.MetricsRead);
}
