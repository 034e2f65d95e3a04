using System.Net.Mail;
using Busbar.Egress.Contracts;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Operations.Api;

/// <summary>Where to tell. The kind cannot change.</summary>
internal sealed record ChannelInput
{
    public required ChannelKind Kind { get; init; }
    public required string Name { get; init; }

    /// <summary>Of a mail channel.</summary>
    public string? Address { get; init; }

    /// <summary>Of a mail channel: <c>en</c> or <c>de</c>.</summary>
    public string? Language { get; init; }

    /// <summary>Of a webhook.</summary>
    public string? Url { get; init; }
    public bool Enabled { get; init; } = true;

    public static ChannelInput Of(ChannelRow row) => row.Kind == ChannelKind.Mail
        ? new ChannelInput { Kind = row.Kind, Name = row.Name, Address = row.Target, Language = row.Language, Enabled = row.Enabled }
        : new ChannelInput { Kind = row.Kind, Name = row.Name, Url = row.Target, Enabled = row.Enabled };

    public Check Examine()
    {
        var check = new Check();
        check.Text(Name, "/name", 100);
        if (Kind == ChannelKind.Mail)
        {
            check.That(IsAddress(Address), "/address", "invalidValue", "Must be a mail address, such as ops@example.com.");
            check.That(Language is null || Languages.All.Contains(Language), "/language", "invalidValue", "Must be en or de.");
            check.That(Url is null, "/url", "invalidValue", "Only a webhook has it.");
        }
        else
        {
            check.That(IsUrl(Url), "/url", "invalidValue", "Must be an absolute https URL of at most 2000 characters without a user.");
            check.That(Address is null, "/address", "invalidValue", "Only a mail channel has it.");
            check.That(Language is null, "/language", "invalidValue", "Only a mail channel has it.");
        }
        return check;
    }

    // One address and nothing beside it: no name, no list, no line's end.
    private static bool IsAddress(string? text) =>
        text is { Length: <= 254 } && !text.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter)) && MailAddress.TryCreate(text, out var parsed) && parsed.Address == text;

    // Where http may be reached at all is the guarded client's to say.
    private static bool IsUrl(string? text) =>
        text is { Length: <= 2_000 } && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && url.UserInfo.Length == 0 && url.IdnHost.Length > 0;
}

/// <param name="FormerSecretUntil">Until then the secret before signs too.</param>
internal sealed record ChannelView(ChannelId Id, ChannelKind Kind, string Name, string? Address, string? Language, string? Url, bool Enabled, Instant? FormerSecretUntil, Instant CreatedAt)
{
    public static ChannelView Of(ChannelRow row) => new(
        row.Id, row.Kind, row.Name, row.Kind == ChannelKind.Mail ? row.Target : null, row.Kind == ChannelKind.Mail ? row.Language : null, row.Kind == ChannelKind.Webhook ? row.Target : null,
        row.Enabled, row.FormerUntil, row.CreatedAt);
}

/// <param name="Secret">Of a webhook, shown here and never again.</param>
internal sealed record NewChannelView(ChannelView Channel, string? Secret);

internal sealed record RotateInput
{
    /// <summary>For how long the old secret signs too: 0 to 168, and 24 where nothing is said.</summary>
    public int? OverlapHours { get; init; }
}

internal sealed record TestView(DeliveryId DeliveryId);

internal static class ChannelEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var channels = api.MapGroup("/notification-channels").WithTags("Notifications");
        channels.MapPost("", Create).Needs(Scope.NotificationsWrite).RunsOnce();
        channels.MapGet("", List).Needs(Scope.NotificationsRead);
        channels.MapGet("/{id}", Get).Needs(Scope.NotificationsRead);
        channels.MapPatch("/{id}", Change).Needs(Scope.NotificationsWrite);
        channels.MapDelete("/{id}", Delete).Needs(Scope.NotificationsWrite);
        channels.MapPost("/{id}/rotate-secret", Rotate).WithSummary("Give a channel a new secret").Needs(Scope.NotificationsWrite).RunsOnce();
        channels.MapPost("/{id}/test", Test).Needs(Scope.NotificationsWrite);
    }

    private static async Task<Results<Made<NewChannelView>, ProblemHttpResult>> Create(Body<ChannelInput> body, Caller caller, ChannelDesk desk, CancellationToken ct)
    {
        if (body.Value.Examine().Problem is { } problem) return problem;
        if (await desk.AddAsync(caller, body.Value, ct) is not var (row, secret)) return Problems.Conflict("tooManyChannels", $"A tenant has at most {ChannelDesk.Most} channels.");
        return Answers.Made($"notification-channels/{row.Id}", new NewChannelView(ChannelView.Of(row), secret), row.Revision);
    }

    private static async Task<Ok<Page<ChannelView>>> List(PageRequest page, Caller caller, RoomDbFactory<OperationsDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Channels.AsNoTracking();
        if (page.AfterId<ChannelId>() is { } after) rows = rows.Where(row => row.Id.CompareTo(after) > 0);
        return TypedResults.Ok(page.Of(await rows.OrderBy(row => row.Id).Take(page.Take).ToListAsync(ct), ChannelView.Of, row => row.Id.ToString()));
    }

    private static async Task<Results<Versioned<ChannelView>, ProblemHttpResult>> Get(string id, Caller caller, ChannelDesk desk, CancellationToken ct) =>
        await desk.FindAsync(caller, id, ct) is { } row ? Answers.Found(ChannelView.Of(row), row.Revision) : Problems.NotFound();

    private static async Task<Results<Versioned<ChannelView>, ProblemHttpResult>> Change(
        string id, MergePatch<ChannelInput> patch, IfMatch ifMatch, Caller caller, RoomDbFactory<OperationsDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await ChannelDesk.FindAsync(db, id, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        var input = patch.ApplyTo(ChannelInput.Of(row));
        var check = input.Examine();
        check.That(input.Kind == row.Kind, "/kind", "immutable", "Cannot change.");
        if (check.Problem is { } problem) return problem;
        (row.Name, row.Target, row.Language, row.Enabled) = (input.Name, (input.Address ?? input.Url)!, input.Language ?? row.Language, input.Enabled);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return Problems.PreconditionFailed(); }
        return Answers.Found(ChannelView.Of(row), row.Revision);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(string id, IfMatch ifMatch, Caller caller, RoomDbFactory<OperationsDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await ChannelDesk.FindAsync(db, id, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        db.Remove(row);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return Problems.PreconditionFailed(); }
        return TypedResults.NoContent();
    }

    private static async Task<Results<Versioned<NewChannelView>, ProblemHttpResult>> Rotate(string id, Body<RotateInput> body, Caller caller, ChannelDesk desk, CancellationToken ct)
    {
        var check = new Check();
        check.That(body.Value.OverlapHours is null or (>= 0 and <= ChannelDesk.LongestOverlapHours), "/overlapHours", "invalidValue", $"Must be 0 to {ChannelDesk.LongestOverlapHours}.");
        if (check.Problem is { } problem) return problem;
        if (await desk.FindAsync(caller, id, ct) is not { } known) return Problems.NotFound();
        if (known.Kind != ChannelKind.Webhook) return Problems.Conflict("noSecret", "Only a webhook has a secret.");
        return await desk.RotateAsync(caller, known.Id, body.Value.OverlapHours ?? ChannelDesk.OverlapHours, ct) switch
        {
            Rotation.Done done => Answers.Found(new NewChannelView(ChannelView.Of(done.Row), done.Secret), done.Row.Revision),
            Rotation.Stale => Problems.Conflict("changedMeanwhile", "Somebody else changed this channel at this moment: look at it before its secret is changed once more."),
            _ => Problems.NotFound(),
        };
    }

    /// <summary>Sends something harmless, to one channel 5 times a minute and 30 times an hour in all; the delivery tells what came of it.</summary>
    private static async Task<Results<Accepted<TestView>, ProblemHttpResult>> Test(string id, HttpContext http, Caller caller, ChannelDesk desk, CancellationToken ct) =>
        await desk.TestAsync(caller, id, ct) switch
        {
            TestOutcome.Sent sent => TypedResults.Accepted($"/api/v1/deliveries/{sent.Delivery}", new TestView(sent.Delivery)),
            TestOutcome.TooMany many => Problems.TooManyRequests(http, many.Wait),
            _ => Problems.NotFound(),
        };
}
