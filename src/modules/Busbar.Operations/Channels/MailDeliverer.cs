using System.Text.Json;
using Busbar.Egress.Contracts;
using Busbar.Identity.Http;
using Busbar.Operations.Storage;
using Busbar.Storage.Rooms;

namespace Busbar.Operations;

/// <summary>Takes a mail to the address that its channel has now.</summary>
internal sealed class MailDeliverer(RoomDbFactory<OperationsDb> rooms, IMailer mailer) : IDeliverer
{
    public const string KindName = "mail";

    public string Kind => KindName;

    public async Task<DeliveryOutcome> DeliverAsync(OutboxMessage message, CancellationToken ct)
    {
        if (await ChannelBook.FindAsync(rooms, message, ct) is not { } channel) return ChannelBook.Gone;
        var text = JsonSerializer.Deserialize<MailText>(message.Body, ApiJson.Options)!;
        return await mailer.SendAsync(new Mail(channel.Target, text.Subject, text.Text, message.EventId), ct);
    }
}
