using System.Text.Json;
using Busbar.Egress.Contracts;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Operations;

/// <summary>What is told of an alert.</summary>
internal enum Telling
{
    Raised,
    Resolved,

    /// <summary>It became part of a site's alert: programs are told, people are not.</summary>
    Merged,
}

/// <summary>Puts what is told into the outbox, once for each channel that is on, with the change that it tells of.</summary>
internal sealed class Notices(IOutbox outbox, ITenants tenants, IOptions<AlertOptions> options, IdSource ids)
{
    private const string TestType = "busbar.test";

    private readonly IdSource _ids = ids;
    private readonly ITenants _tenants = tenants;
    private readonly AlertOptions _options = options.Value;

    /// <summary>Reads the tenant's channels in the unit of work of the changes.</summary>
    public async Task<Teller> ForAsync(OperationsDb db, TenantId tenant, CancellationToken ct) =>
        new(this, db, tenant, await db.Channels.AsNoTracking().Where(row => row.Enabled).OrderBy(row => row.Id).ToListAsync(ct));

    /// <summary>Something harmless, to see whether a channel works.</summary>
    public DeliveryId Test(OperationsDb db, ChannelRow channel, Instant now)
    {
        var id = _ids.New<EventId>();
        var body = channel.Kind == ChannelKind.Webhook
            ? Event(channel.TenantId, id, TestType, null, now, new { channel = channel.Id })
            : JsonSerializer.Serialize(MailTexts.Test(channel.Language, NameOf(channel.TenantId)), ApiJson.Options);
        return Put(db, channel, id, TestType, null, body);
    }

    private DeliveryId Put(RoomDb db, ChannelRow channel, EventId id, string type, string? about, string body) =>
        outbox.Put(db, new OutboxMessage(channel.TenantId, channel.Id.ToString(), channel.Kind == ChannelKind.Webhook ? WebhookDeliverer.KindName : MailDeliverer.KindName, id.ToString(), type, about, body));

    private string NameOf(TenantId tenant) => _tenants.Find(tenant)?.Name ?? "";

    // CloudEvents 1.0, structured mode.
    private string Event(TenantId tenant, EventId id, string type, string? subject, Instant now, object data) => JsonSerializer.Serialize(new CloudEvent
    {
        Id = id.ToString(), Source = "/tenants/" + (_tenants.Find(tenant)?.Slug ?? tenant.ToString()), Type = type, Subject = subject, Time = now, Data = data,
    }, ApiJson.Options);

    internal sealed class Teller(Notices notices, OperationsDb db, TenantId tenant, IReadOnlyList<ChannelRow> channels)
    {
        public void Tell(AlertRow row, Telling telling, Instant now)
        {
            var id = notices._ids.New<EventId>();
            var type = telling == Telling.Raised ? "busbar.alert.raised" : "busbar.alert.resolved";
            string? json = null;
            foreach (var channel in channels)
            {
                if (channel.Kind == ChannelKind.Webhook) notices.Put(db, channel, id, type, Console.AlertTexts.Thing(row), json ??= notices.Event(tenant, id, type, row.Id.ToString(), now, AlertView.Of(row, now)));
                else if (telling != Telling.Merged) notices.Put(db, channel, id, type, Console.AlertTexts.Thing(row), Mail(row, telling, channel.Language, now));
            }
        }

        private string Mail(AlertRow row, Telling telling, string language, Instant now) => JsonSerializer.Serialize(
            MailTexts.Of(row, telling, language, notices._tenants.Find(tenant), notices._options.PublicUrl, now), ApiJson.Options);
    }
}

/// <summary>An event as CloudEvents 1.0 writes it.</summary>
internal sealed record CloudEvent
{
    public string Specversion { get; init; } = "1.0";
    public required string Id { get; init; }
    public required string Source { get; init; }
    public required string Type { get; init; }

    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public string? Subject { get; init; }
    public required Instant Time { get; init; }
    public string Datacontenttype { get; init; } = "application/json";
    public required object Data { get; init; }
}
