using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Busbar.Tests.Support;

/// <summary>What a browser got.</summary>
internal sealed record PageAnswer(HttpStatusCode Status, string Text, HttpResponseHeaders Headers)
{
    public string Header(string name) => Headers.TryGetValues(name, out var values) ? string.Join('\n', values) : "";

    public string? Code => Text.StartsWith('{') && JsonElement.Parse(Text).TryGetProperty("code", out var code) ? code.GetString() : null;

    public void Is(HttpStatusCode status, string? code = null) =>
        Assert.True(status == Status && (code is null || code == Code), $"Expected {(int)status} {code}, got {(int)Status}: {Text}");
}

/// <summary>A browser without script: keeps cookies, follows nothing, and says where its forms come from.</summary>
internal sealed class Browser(RunningServer server, params (string Name, string Value)[] always)
{
    public Dictionary<string, string> Cookies { get; } = [];

    public string Origin { get; init; } = server.Address.GetLeftPart(UriPartial.Authority);

    public Task<PageAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    /// <summary>Sends a form of our own page.</summary>
    public Task<PageAnswer> SubmitAsync(string path, params (string Name, string Value)[] fields) =>
        SendAsync(HttpMethod.Post, path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))), ("Origin", Origin));

    /// <summary>Sends JSON as a script of our own page does.</summary>
    public Task<PageAnswer> FetchAsync(HttpMethod method, string path, object body, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, JsonContent(body), [("Origin", Origin), .. headers]);

    public async Task<PageAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in always.Concat(headers)) request.Headers.TryAddWithoutValidation(name, value);
        if (Cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        using var response = await server.Anonymous.Http.SendAsync(request);
        if (response.Headers.TryGetValues("Set-Cookie", out var set))
        {
            foreach (var cookie in set)
            {
                var pair = cookie.Split(';')[0].Split('=', 2);
                if (pair[1].Length == 0) Cookies.Remove(pair[0]);
                else Cookies[pair[0]] = pair[1];
            }
        }
        return new PageAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers);
    }

    public static HttpContent JsonContent(object body) =>
        new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
}
