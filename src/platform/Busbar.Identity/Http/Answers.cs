using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Busbar.Identity.Http;

/// <summary>200 with the resource and its revision as <c>ETag</c>.</summary>
public sealed class Versioned<T>(T value, long revision) : IResult, IEndpointMetadataProvider, IStatusCodeHttpResult, IValueHttpResult<T>
{
    public T Value { get; } = value;
    T? IValueHttpResult<T>.Value => Value;
    public int? StatusCode => StatusCodes.Status200OK;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.ETag = IfMatch.TagOf(revision);
        return TypedResults.Ok(Value).ExecuteAsync(httpContext);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(T), ["application/json"]));
}

/// <summary>201 with the resource, where it is, and its revision as <c>ETag</c>.</summary>
public sealed class Made<T>(string location, T value, long revision) : IResult, IEndpointMetadataProvider, IStatusCodeHttpResult, IValueHttpResult<T>
{
    public T Value { get; } = value;
    T? IValueHttpResult<T>.Value => Value;
    public int? StatusCode => StatusCodes.Status201Created;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.Headers.ETag = IfMatch.TagOf(revision);
        return TypedResults.Created(location, Value).ExecuteAsync(httpContext);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status201Created, typeof(T), ["application/json"]));
}

public static class Answers
{
    public static Versioned<T> Found<T>(T value, long revision) => new(value, revision);

    /// <param name="path">Below <c>/api/v1/</c>; its parts already escaped.</param>
    public static Made<T> Made<T>(string path, T value, long revision) => new("/api/v1/" + path, value, revision);
}

/// <summary>The <c>If-Match</c> of a change: absent, <c>*</c>, or the ETags that the caller would change.</summary>
public sealed record IfMatch(string[]? Tags)
{
    public static ValueTask<IfMatch?> BindAsync(HttpContext context)
    {
        var header = context.Request.Headers.IfMatch;
        return ValueTask.FromResult<IfMatch?>(new IfMatch(header.Count == 0 ? null : header.ToString().Split(',', StringSplitOptions.TrimEntries)));
    }

    /// <summary>False: answer <see cref="Problems.PreconditionFailed"/>.</summary>
    public bool Allows(long revision) => Tags is null || Array.Exists(Tags, tag => tag == "*" || tag == TagOf(revision));

    public static string TagOf(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");
}
