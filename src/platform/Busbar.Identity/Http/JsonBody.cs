using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Busbar.Identity.Http;

/// <summary>A JSON object whose form depends on the route's values. An absent body is an empty object.</summary>
public sealed record JsonBody(JsonElement Root) : IEndpointParameterMetadataProvider
{
    /// <summary>The body in one form, read as strictly as <see cref="Body{T}"/>.</summary>
    /// <exception cref="ProblemException">It is not of that form.</exception>
    public T Read<T>() where T : class
    {
        var check = new Check();
        var value = StrictJson.Read<T>(Root, "", check);
        check.ThrowIfWrong();
        return value!;
    }

    public static async ValueTask<JsonBody?> BindAsync(HttpContext context)
    {
        var bytes = await RequestBytes.ReadAsync(context);
        using var document = StrictJson.Parse(bytes.IsEmpty ? "{}"u8.ToArray() : bytes);
        var check = new Check();
        check.That(document.RootElement.ValueKind == JsonValueKind.Object, "", "invalidValue", "Send a JSON object.");
        StrictJson.Compare(document.RootElement, null, "", check);
        check.ThrowIfWrong();
        return new JsonBody(document.RootElement.Clone());
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(JsonElement)));
}
