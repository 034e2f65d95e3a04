using System.Security.Cryptography;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using NodaTime;
using Scalar.AspNetCore;
using Scope = Busbar.Identity.Http.Scope;

namespace Busbar.Server;

/// <summary>OpenAPI 3.1 at <c>/openapi/v1.json</c>, readable at <c>/docs</c>; what our own types look like in it.</summary>
internal static class ApiDescription
{
    private const string Bearer = "bearer";
    private const string Tokens = "clientCredentials";
    private const string Prefix = "api/v1/";
    private const string Problem = "Problem";

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
        document.Info.License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" };
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Tags = new HashSet<OpenApiTag>((document.Tags ?? new HashSet<OpenApiTag>()).Select(tag => new OpenApiTag { Name = tag.Name, Description = DescriptionOf(tag.Name!) }));
        document.Components ??= new OpenApiComponents();
        (document.Components.Schemas ??= new Dictionary<string, IOpenApiSchema>())[Problem] = ProblemSchema();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Bearer, Description = "An API client's key. A browser may send an operator's session in its place: the cookie that `/signin` sets." },
            [Tokens] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Description = "The same key, changed for a token of ten minutes (RFC 6749 4.4): `client_id` is the API client's id, `client_secret` its key; `scope` may ask for less than it holds.",
                Flows = new OpenApiOAuthFlows
                {
                    ClientCredentials = new OpenApiOAuthFlow { TokenUrl = new Uri(IdentityModule.TokenPath, UriKind.Relative), Scopes = Scope.Known.Order(StringComparer.Ordinal).ToDictionary(scope => scope, MeaningOf) },
                },
            },
        };
        return Task.CompletedTask;
    }

    private static Task DescribeSchema(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (type == typeof(Instant)) Is(JsonSchemaType.String, "date-time", null, "2026-06-01T12:00:00Z");
        else if (type == typeof(Currency)) Is(JsonSchemaType.String, null, "^[A-Z]{3}$", "EUR");
        else if (type == typeof(Energy))
        {
            Is(JsonSchemaType.Number, null, null, 5400.123m);
            schema.Description = "Wh, with at most three decimals.";
        }
        else if (PrefixOf(type) is { } prefix) Is(JsonSchemaType.String, null, $"^{prefix}[0-9a-hjkmnp-tv-z]{{26}}$", prefix + "01m8eq49kyfartqa046p0dmt4t");
        return Task.CompletedTask;

        void Is(JsonSchemaType type, string? format, string? pattern, System.Text.Json.Nodes.JsonNode example) => (schema.Type, schema.Format, schema.Pattern, schema.Examples) = (type, format, pattern, [example]);
    }

    private static string? PrefixOf(Type type) =>
        type.IsValueType && type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(ITypedId<>))
            ? (string)type.GetProperty("Prefix")!.GetValue(null)!
            : null;

    private static async Task DescribeOperation(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Responses ??= [];
        operation.Responses["4XX"] = Refusal("What the caller has to change: problem details (RFC 9457) with a stable `code`, and for validation `errors` by JSON pointer.");
        operation.Responses["default"] = Refusal("What the server could not do. A 503 may be tried again.");
        var (method, path) = (context.Description.HttpMethod ?? "GET", context.Description.RelativePath![Prefix.Length..]);
        operation.OperationId ??= ApiNames.IdOf(method, path);
        operation.Summary ??= ApiNames.SummaryOf(method, path, IsList(context));

        OpenApiResponse Refusal(string description) => new()
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(Problem, context.Document) } },
        };

        if (metadata.OfType<NeedsScope>().FirstOrDefault() is { } needs)
        {
            var right = needs.Scope is { } scope ? $"Needs the scope `{scope}`." : "Every client and operator may call it.";
            operation.Description = operation.Description is { Length: > 0 } more ? $"{right} {more}" : right;
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
            if (!needs.OfOperators) operation.Security.Add(new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Tokens, context.Document)] = needs.Scope is { } held ? [held] : [] });
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
        var isRequired = context.Description.ActionDescriptor.EndpointMetadata.OfType<NeedsIdempotencyKey>().Any();
        if (method != "GET") Add(ParameterLocation.Header, "Idempotency-Key", "The answer to the first request with this key is repeated for 24 hours.", isRequired: isRequired);
        if (method is "PATCH" or "DELETE" or "PUT") Add(ParameterLocation.Header, "If-Match", "The `ETag` that was read; 412 when it is no longer so.");
        if (!IsList(context)) return;
        Add(ParameterLocation.Query, "limit", "1 to 200, by default 50.", JsonSchemaType.Integer);
        Add(ParameterLocation.Query, "cursor", "The `nextCursor` of the page before.");

        // What a handler asks for by itself is there already.
        void Add(ParameterLocation where, string name, string description, JsonSchemaType type = JsonSchemaType.String, bool isRequired = false)
        {
            if (operation.Parameters!.FirstOrDefault(known => known.In == where && known.Name == name) is { } known) known.Description ??= description;
            else operation.Parameters!.Add(new OpenApiParameter { In = where, Name = name, Description = description, Required = isRequired, Schema = new OpenApiSchema { Type = type } });
        }
    }

    private static bool IsList(OpenApiOperationTransformerContext context) =>
        context.Description.ActionDescriptor.EndpointMetadata.OfType<System.Reflection.MethodInfo>().FirstOrDefault()?.GetParameters().Any(p => p.ParameterType == typeof(PageRequest)) == true;

    private static string MeaningOf(string scope) => scope.Split(':') is [var what, var how] ? $"{char.ToUpperInvariant(how[0])}{how[1..]} {what}." : "Everything.";

    /// <exception cref="InvalidOperationException">A group of routes has no sentence here.</exception>
    private static string DescriptionOf(string tag) => tag switch
    {
        "Alerts" => "What is broken now, since when, and who has seen it; the rules by which it is found.",
        "API clients" => "Programs that call: their keys, what they may do where, from which addresses and until when.",
        "Audit" => "Who did what to which thing, when, from where, and what it was before.",
        "CDRs" => "Charge detail records: what a session is billed by. One is never changed; a correction is a credit and a new one.",
        "Commands" => "What stations were told to do, and what became of it.",
        "Encryption keys" => "What secrets in the database are sealed with, and how that is changed.",
        "Locations" => "Sites: where stations stand, their time zone and currency.",
        "Me" => "Who calls.",
        "Notifications" => "Who is told of alerts, by mail and by signed webhooks, and what was sent.",
        "People" => "Who may sign in, what they may do where, and how they come in.",
        "Personal data" => "What is kept of one person: found, given to them, and erased; what is held, why and until when.",
        "Price curves" => "Prices of the market, by quarter-hour, half-hour or hour.",
        "Retention" => "For how long what is kept, and what was taken since its time was over.",
        "Sessions" => "What stations tell about charging.",
        "Simulations" => "A tariff tried on past sessions.",
        "Stations" => "Charging stations: their identity, state, messages and connections.",
        "Tariffs" => "Prices: versions, where they apply, what they would cost, and how they are told to others.",
        "Tenants" => "Operators on this installation.",
        "Tokens" => "What drivers show to charge.",
        _ => throw new InvalidOperationException($"The tag '{tag}' has no description."),
    };

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "status", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "For people." },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "For programs: it stays what it is." },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "What is wrong, by JSON pointer into the body or by the name of a query's parameter.",
                AdditionalProperties = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Properties = new Dictionary<string, IOpenApiSchema> { ["code"] = new OpenApiSchema { Type = JsonSchemaType.String }, ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String } },
                    },
                },
            },
        },
    };
}
