using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Busbar.Egress.Contracts;
using Busbar.Kernel;
using Busbar.Operations.Storage;
using Busbar.Storage.Rooms;
using NodaTime;

namespace Busbar.Operations;

/// <summary>Posts an event to a webhook, signed, by the guarded client only: its URL is anybody's.</summary>
internal sealed class WebhookDeliverer(RoomDbFactory<OperationsDb> rooms, IGuardedHttp http, WebhookSecrets secrets, TimeProvider clock) : IDeliverer
{
    public const string KindName = "webhook";

    private static readonly EgressPurpose Purpose = new("Webhooks");

    public string Kind => KindName;

    public async Task<DeliveryOutcome> DeliverAsync(OutboxMessage message, CancellationToken ct)
    {
        if (await ChannelBook.FindAsync(rooms, message, ct) is not { } channel) return ChannelBook.Gone;
        var now = clock.GetInstant();
        var body = Encoding.UTF8.GetBytes(message.Body);
        using var request = new HttpRequestMessage(HttpMethod.Post, channel.Target)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/cloudevents+json", "utf-8") } },
        };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Busbar", null));
        foreach (var (name, value) in WebhookSigner.Headers(message.EventId, now.ToUnixTimeSeconds(), body, secrets.Of(channel, now))) request.Headers.Add(name, value);
        try
        {
            using var answer = await http.For(Purpose).SendAsync(request, ct);
            return answer.IsSuccessStatusCode ? new DeliveryOutcome.Sent()
                // RFC 9110 15.5.11: nobody wants it there any more.
                : answer.StatusCode == HttpStatusCode.Gone ? new DeliveryOutcome.Refused("http410")
                : new DeliveryOutcome.Failed($"http{(int)answer.StatusCode}");
        }
        catch (EgressRefusedException refused)
        {
            var reason = "refused" + refused.Refusal;
            return refused.Refusal is EgressRefusal.Time or EgressRefusal.Size ? new DeliveryOutcome.Failed(reason) : new DeliveryOutcome.Refused(reason);
        }
    }
}
