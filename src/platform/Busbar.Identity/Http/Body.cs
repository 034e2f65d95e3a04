using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Busbar.Identity.Http;

/// <summary>A JSON body, read strictly. What is wrong with it ends the request with a 400 before the handler runs.</summary>
public sealed record Body<T>(T Value) : IEndpointParameterMetadataProvider where T : class
{
    public static async ValueTask<Body<T>?> BindAsync(HttpContext context)
    {
        using var document = StrictJson.Parse(await RequestBytes.ReadAsync(context));
        var check = new Check();
        var value = StrictJson.Read<T>(document.RootElement, "", check);
        check.ThrowIfWrong();
        return new Body<T>(value!);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));
}

/// <summary>
/// A change as RFC 7396 merge patch: the members sent replace, null removes, the rest stays. It is merged with the resource's own input form, so
/// that one validation serves POST and PATCH.
/// </summary>
public sealed record MergePatch<T>(JsonElement Change) : IEndpointParameterMetadataProvider where T : class
{
    public static async ValueTask<MergePatch<T>?> BindAsync(HttpContext context)
    {
        using var document = StrictJson.Parse(await RequestBytes.ReadAsync(context));
        var check = new Check();
        check.That(document.RootElement.ValueKind == JsonValueKind.Object, "", "invalidValue", "Send an object with the members to change.");
        StrictJson.Compare(document.RootElement, null, "", check);
        check.ThrowIfWrong();
        return new MergePatch<T>(document.RootElement.Clone());
    }

    /// <summary>What the resource would be.</summary>
    /// <exception cref="ProblemException">The change has unknown members, removes what is required, or has values that cannot be read.</exception>
    public T ApplyTo(T current)
    {
        var merged = Merge(JsonSerializer.SerializeToNode(current, ApiJson.Options), Change);
        using var document = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(merged, ApiJson.Options));
        var check = new Check();
        var value = StrictJson.Read<T>(document.RootElement, "", check);
        check.ThrowIfWrong();
        return value!;
    }

    private static JsonNode? Merge(JsonNode? target, JsonElement change)
    {
        if (change.ValueKind != JsonValueKind.Object) return change.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(change.GetRawText());
        var result = target as JsonObject ?? [];
        foreach (var member in change.EnumerateObject())
        {
            var current = result[member.Name];
            result.Remove(member.Name);
            if (member.Value.ValueKind != JsonValueKind.Null) result[member.Name] = Merge(current, member.Value);
        }
        return result;
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        builder.Metadata.Add(new AcceptsMetadata(["application/json", "application/merge-patch+json"], typeof(T)));
        builder.Metadata.Add(new MergePatchOf(typeof(T)));
    }
}

/// <summary>Tells the API's description that no member of the body is required.</summary>
public sealed record MergePatchOf(Type Type);

/// <summary>The SHA-256 of the body that was read, for <see cref="Idempotency"/>.</summary>
internal sealed record BodyDigest(byte[] Hash);

internal static class RequestBytes
{
    /// <summary>The whole body, up to the route's limit.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        using var buffer = new MemoryStream((int)Math.Clamp(context.Request.ContentLength ?? 0, 256, 1 << 20));
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        context.Features.Set(new BodyDigest(SHA256.HashData(bytes.Span)));
        return bytes;
    }
}
