using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Busbar.Tests.Support;

/// <summary>What came back.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers, string? MediaType)
{
    public string? Code => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("code", out var code) ? code.GetString() : null;
    public string Tag => Headers.ETag!.ToString();
    public string Text(string member) => Body.GetProperty(member).GetString()!;
    public IEnumerable<JsonElement> Items => Body.GetProperty("items").EnumerateArray();

    /// <summary>The pointers of a validation problem.</summary>
    public IEnumerable<string> Pointers => Body.GetProperty("errors").EnumerateObject().Select(error => error.Name);

    public void Is(HttpStatusCode status, string? code = null)
    {
        Assert.True(status == Status && (code is null || code == Code), $"Expected {(int)status} {code}, got {(int)Status}: {Body}");
        if ((int)status >= 400) Assert.Equal("application/problem+json", MediaType);
    }
}

/// <summary>Speaks to <c>/api/v1</c> as one client in one tenant.</summary>
internal sealed record ApiClient(HttpClient Http, string? Key, string? Tenant)
{
    private static int _keys;

    /// <summary>An <c>Idempotency-Key</c> that no other request has.</summary>
    public static string NewKey() => $"key of its own {Interlocked.Increment(ref _keys)}";

    /// <summary>The same client in another tenant.</summary>
    public ApiClient With(string tenant) => this with { Tenant = tenant };

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<Answer> DeleteAsync(string path, string? ifMatch = null, string? idempotencyKey = null) => SendAsync(HttpMethod.Delete, path, null, ifMatch: ifMatch, idempotencyKey: idempotencyKey);

    public Task<Answer> PostAsync(string path, object body, string? idempotencyKey = null, CancellationToken ct = default) =>
        SendAsync(HttpMethod.Post, path, body as string ?? JsonSerializer.Serialize(body), idempotencyKey: idempotencyKey, ct: ct);

    public Task<Answer> PatchAsync(string path, object body, string? ifMatch = null, string? idempotencyKey = null) =>
        SendAsync(HttpMethod.Patch, path, body as string ?? JsonSerializer.Serialize(body), ifMatch: ifMatch, idempotencyKey: idempotencyKey);

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, string? body, string contentType = "application/json", string? ifMatch = null, string? idempotencyKey = null,
        CancellationToken ct = default)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith('/') ? path : "/api/v1/" + path);
        if (Key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        if (Tenant is not null) request.Headers.Add("Busbar-Tenant", Tenant);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (body is not null) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue(contentType) } };
        // A body that will be refused is not sent at all: a refusal in the midst of it would break the connection.
        request.Headers.ExpectContinue = body?.Length > 1_000_000;
        using var response = await Http.SendAsync(request, ct);
        var text = await response.Content.ReadAsByteArrayAsync(ct);
        var media = response.Content.Headers.ContentType?.MediaType;
        var json = text.Length > 0 && media?.EndsWith("json", StringComparison.Ordinal) == true ? JsonElement.Parse(text) : default;
        return new Answer(response.StatusCode, json, response.Headers, media);
    }
}
