using System.Security.Cryptography;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using NodaTime;
using Scalar.AspNetCore;

namespace Busbar.Server;

/// <summary>OpenAPI 3.1 at <c>/openapi/v1.json</c>, readable at <c>/docs</c>; what our own types look like in it.</summary>
internal static class ApiDescription
{
    private const string Bearer = "bearer";

    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", api =>
    {
        api.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        api.ShouldInclude = route => route.RelativePath?.StartsWith("api/v1", StringComparison.Ordinal) == true;
        api.AddDocumentTransformer(DescribeDocument);
        api.AddSchemaTransformer(DescribeSchema);
        api.AddOperationTransformer(DescribeOperation);
    });

    public static void MapApiDescription(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").Open("the API's description holds nothing of anyone's");
        app.MapScalarApiReference("/docs", (scalar, http) =>
        {
            // Its scripts carry this answer's nonce; its styles are written inline by the script. Nothing comes from another host, nor goes there; its bar of tools leads there.
            var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
            http.Response.Headers.ContentSecurityPolicy =
                $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
            scalar.WithTitle("Busbar API").AddDocument("v1").WithNonce(nonce).DisableDefaultFonts().DisableTelemetry().DisableAgent().HideDeveloperTools();
        }).Open("a reading of the API's description");
    }

    private static Task DescribeDocument(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken ct)
    {
        document.Info = new OpenApiInfo { Title = "Busbar", Version = "v1", Description = "EV charging: stations, tokens, tariffs, sessions and charge detail records. Who calls too often gets 429 with `Retry-After`." };
        document.Servers = null;
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Bearer, Description = "An API client's key. A browser may send an operator's session in its place: the cookie that `/signin` sets." },
        };
        return Task.CompletedTask;
    }

    private static Task DescribeSchema(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(Instant)) Is(schema, JsonSchemaType.String, "date-time", null);
        else if (type == typeof(Currency)) Is(schema, JsonSchemaType.String, null, "^[A-Z]{3}$");
        else if (type == typeof(Energy)) (schema.Type, schema.Description) = (JsonSchemaType.Number, "Wh, with at most three decimals.");
        else if (PrefixOf(type) is { } prefix) Is(schema, JsonSchemaType.String, null, $"^{prefix}[0-9a-hjkmnp-tv-z]{{26}}$");
        return Task.CompletedTask;

        static void Is(OpenApiSchema schema, JsonSchemaType type, string? format, string? pattern) => (schema.Type, schema.Format, schema.Pattern) = (type, format, pattern);
    }

    private static string? PrefixOf(Type type) =>
        type.IsValueType && type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(ITypedId<>))
            ? (string)type.GetProperty("Prefix")!.GetValue(null)!
            : null;

    private static async Task DescribeOperation(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "Problem details (RFC 9457) with a stable `code`, and for validation `errors` by JSON pointer.",
            Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new OpenApiMediaType() },
        };
        if (metadata.OfType<NeedsScope>().FirstOrDefault() is { } needs)
        {
            var right = needs.Scope is { } scope ? $"Needs the scope `{scope}`." : "Every client and operator may call it.";
            operation.Description = operation.Description is { Length: > 0 } more ? $"{right} {more}" : right;
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
        }
        AddParameters(operation, context);
        if (metadata.OfType<MergePatchOf>().FirstOrDefault() is not { } patch || operation.RequestBody?.Content is not { } content) return;
        var form = await context.GetOrCreateSchemaAsync(patch.Type, cancellationToken: ct);
        form.Required = null;
        foreach (var kind in content.Values) kind.Schema = form;
    }

    private static void AddParameters(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        operation.Parameters ??= [];
        Add(ParameterLocation.Header, "Busbar-Tenant", "The slug of a tenant at or below the client's own.");
        var method = context.Description.HttpMethod;
        if (method == "POST") Add(ParameterLocation.Header, "Idempotency-Key", "The answer to the first request with this key is repeated for 24 hours.");
        if (method is "PATCH" or "DELETE" or "PUT") Add(ParameterLocation.Header, "If-Match", "The `ETag` that was read; 412 when it is no longer so.");
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<System.Reflection.MethodInfo>().FirstOrDefault()?.GetParameters().Any(p => p.ParameterType == typeof(PageRequest)) != true) return;
        Add(ParameterLocation.Query, "limit", "1 to 200, by default 50.", JsonSchemaType.Integer);
        Add(ParameterLocation.Query, "cursor", "The `nextCursor` of the page before.");

        void Add(ParameterLocation where, string name, string description, JsonSchemaType type = JsonSchemaType.String) =>
            operation.Parameters!.Add(new OpenApiParameter { In = where, Name = name, Description = description, Schema = new OpenApiSchema { Type = type } });
    }
}
