using System.Net;
using Busbar.Egress.Contracts;
using Microsoft.Extensions.Logging;

namespace Busbar.Egress;

/// <summary>Judges each request of one purpose before it leaves, and reads its answer within the purpose's size and time.</summary>
internal sealed class GuardHandler(EgressPurpose purpose, EgressOptions options, EgressMetrics metrics, TimeProvider clock, ILogger log, HttpMessageHandler inner)
    : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(options.Seconds), clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            Judge(request.RequestUri);
            // HTTP/3 has a dialler of its own, to wherever an answer's Alt-Svc says.
            if (request.Version > HttpVersion.Version20) request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionOrLower;
            var answer = await base.SendAsync(request, either.Token);
            try
            {
                await ReadAsync(answer, either.Token);
            }
            catch
            {
                answer.Dispose();
                throw;
            }
            metrics.Answered(purpose.Name);
            return answer;
        }
        // What the dialler throws comes wrapped.
        catch (HttpRequestException error) when ((error as EgressRefusedException ?? error.InnerException) is EgressRefusedException refused)
        {
            Refused(request, refused.Refusal);
            throw refused;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Refused(request, EgressRefusal.Time);
            throw new EgressRefusedException(EgressRefusal.Time, $"{request.RequestUri?.IdnHost} did not connect within {options.ConnectSeconds} s or did not answer whole within {options.Seconds} s.");
        }
        catch (HttpRequestException)
        {
            metrics.Failed(purpose.Name);
            throw;
        }
    }

    /// <summary>Would pass the guard by.</summary>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The guarded client is asynchronous.");

    private void Judge(Uri? url)
    {
        if (url is not { IsAbsoluteUri: true } || !(url.Scheme == Uri.UriSchemeHttps || (options.Http && url.Scheme == Uri.UriSchemeHttp)) || url.IdnHost.Length == 0)
            throw new EgressRefusedException(EgressRefusal.Url, "Only https URLs are reached.");
        if (url.UserInfo.Length > 0) throw new EgressRefusedException(EgressRefusal.Url, "A URL with a user in it is not reached.");
        if (!options.HasHost(url.IdnHost)) throw new EgressRefusedException(EgressRefusal.Host, $"{url.IdnHost} is not among the hosts of {purpose.Name}.");
        if (!options.HasPort(url)) throw new EgressRefusedException(EgressRefusal.Port, $"{purpose.Name} does not reach port {url.Port}.");
    }

    private async Task ReadAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        if (answer.Content.Headers.ContentLength > options.AnswerBytes) throw TooLong();
        await using var stream = await answer.Content.ReadAsStreamAsync(ct);
        using var whole = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int count; (count = await stream.ReadAsync(buffer, ct)) > 0;)
        {
            // Without a length, or with a wrong one.
            if (whole.Length + count > options.AnswerBytes) throw TooLong();
            whole.Write(buffer, 0, count);
        }
        var content = new ByteArrayContent(whole.ToArray());
        foreach (var (name, values) in answer.Content.Headers) content.Headers.TryAddWithoutValidation(name, values);
        answer.Content = content;
    }

    private EgressRefusedException TooLong() => new(EgressRefusal.Size, $"The answer is longer than {options.AnswerBytes} bytes.");

    private void Refused(HttpRequestMessage request, EgressRefusal refusal)
    {
        metrics.Refused(purpose.Name, refusal);
        Log.Refused(log, purpose.Name, request.RequestUri is { IsAbsoluteUri: true } url ? url.IdnHost : "", refusal);
    }
}
