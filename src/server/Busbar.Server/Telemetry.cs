using Busbar.Identity.Http;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Busbar.Server;

/// <summary>Figures at <c>/metrics</c> always; figures and traces by OTLP where the standard <c>OTEL_*</c> variables say where to.</summary>
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
        if (otlp) telemetry.WithTracing(tracing => tracing.AddSource("Busbar.*", "Microsoft.AspNetCore", "Npgsql").AddOtlpExporter());
    }

    public static void MapMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics").NeedsOrLoopback(Scope.MetricsRead);
}
