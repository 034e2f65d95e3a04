using System.Net;
using System.Text.RegularExpressions;
using Busbar.Storage;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Tests.Identity;

/// <summary>A password that was forgotten is set anew by a link that comes by mail, and nobody learns by it who has an account.</summary>
[Trait("suite", "stories")]
public sealed partial class ForgottenTests(Servers servers)
{
    private const string Address = "--Busbar:ForgottenPasswords:PublicUrl=https://busbar.example.org/";
    private const string New = "a compiler for everyone";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Who_forgot_the_password_gets_a_link_that_is_good_once_and_every_address_the_same_answer(DatabaseKind kind)
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), null, [Address, .. post.Settings]);
        var owner = await Staff.FoundAsync(server);
        var stranger = new Browser(server);
        Assert.Contains("/signin/forgot", (await stranger.GetAsync("/signin")).Text, StringComparison.Ordinal);
        (await stranger.GetAsync("/signin/forgot")).Is(HttpStatusCode.OK);
        var nobody = await stranger.SubmitAsync("/signin/forgot", ("email", "nobody@example.org"));
        var asked = await stranger.SubmitAsync("/signin/forgot", ("email", " ADA@example.org "));
        Assert.Equal((HttpStatusCode.OK, nobody.Text), (asked.Status, asked.Text));

        var code = Assert.Single(await CodesAsync(post, 1));
        Assert.Equal(Staff.Email, Assert.Single(Assert.Single(post.Mails).To.Mailboxes).Address);
        // Asking ends nothing: whoever asked may be somebody else.
        (await owner.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
        (await Staff.SignInAsync(new Browser(server))).Is(HttpStatusCode.SeeOther);

        (await stranger.SubmitAsync("/password", ("code", code), ("password", "short"))).Is(HttpStatusCode.BadRequest);
        (await stranger.SubmitAsync("/password", ("code", code), ("password", New))).Is(HttpStatusCode.SeeOther);
        (await new Browser(server).SubmitAsync("/password", ("code", code), ("password", "another one entirely"))).Is(HttpStatusCode.Forbidden);
        (await Staff.SignInAsync(new Browser(server))).Is(HttpStatusCode.Forbidden);
        (await owner.GetAsync("/api/v1/me")).Is(HttpStatusCode.Unauthorized);
        var again = new Browser(server);
        (await Staff.SignInAsync(again, New)).Is(HttpStatusCode.SeeOther);
        var told = (await again.GetAsync("/api/v1/audit?limit=100")).Text;
        Assert.Contains("\"invitation.created\"", told, StringComparison.Ordinal);
        Assert.Contains("\"operator.passwordChanged\"", told, StringComparison.Ordinal);
        // Nothing lies in the outbox, where the code could be read.
        Assert.DoesNotContain(code, (await again.GetAsync("/api/v1/deliveries")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobodys_mailbox_is_filled_and_only_the_last_link_is_good()
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, [Address, .. post.Settings]);
        await Staff.FoundAsync(server);
        var stranger = new Browser(server);
        for (var i = 0; i < 6; i++) (await stranger.SubmitAsync("/signin/forgot", ("email", Staff.Email))).Is(HttpStatusCode.OK);
        var codes = await CodesAsync(post, 3);
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.Equal(3, post.Mails.Count);
        Assert.Equal(3, codes.Distinct().Count());
        (await stranger.SubmitAsync("/password", ("code", codes[0]), ("password", New))).Is(HttpStatusCode.Forbidden);
        (await stranger.SubmitAsync("/password", ("code", codes[1]), ("password", New))).Is(HttpStatusCode.Forbidden);
        (await stranger.SubmitAsync("/password", ("code", codes[2]), ("password", New))).Is(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task Who_is_shut_out_gets_no_link_and_a_link_opens_nothing_for_who_was_shut_out_since()
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, [Address, .. post.Settings]);
        var owner = await Staff.FoundAsync(server);
        await Staff.JoinAsync(server, owner, "o@example.org", new { role = "operator", where = "tenant" });
        // What is mailed of the invitation is not the subject.
        while (post.Raw.TryDequeue(out _)) { }
        var stranger = new Browser(server);
        (await stranger.SubmitAsync("/signin/forgot", ("email", "o@example.org"))).Is(HttpStatusCode.OK);
        var code = Assert.Single(await CodesAsync(post, 1));
        await using (var rows = await Staff.RowsAsync(server))
        {
            (await rows.Operators.SingleAsync(row => row.Email == "o@example.org")).DisabledAt = NodaTime.Instant.FromUnixTimeSeconds(1);
            await rows.CommitAsync(default);
        }
        (await stranger.SubmitAsync("/password", ("code", code), ("password", New))).Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Without_mail_or_an_address_for_the_link_it_is_not_offered()
    {
        await using var post = new SmtpReceiver();
        foreach (var settings in new[] { [Address], post.Settings })
        {
            await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, settings);
            await Staff.FoundAsync(server);
            var stranger = new Browser(server);
            Assert.DoesNotContain("/signin/forgot", (await stranger.GetAsync("/signin")).Text, StringComparison.Ordinal);
            Assert.DoesNotContain("<form", (await stranger.SubmitAsync("/signin/forgot", ("email", Staff.Email))).Text, StringComparison.Ordinal);
            await using var rows = await Staff.RowsAsync(server);
            Assert.Equal(0, await rows.Invitations.CountAsync());
        }
        Assert.Empty(post.Mails);
    }

    private static async Task<List<string>> CodesAsync(SmtpReceiver post, int count)
    {
        for (var i = 0; i < 100 && post.Mails.Count < count; i++) await Task.Delay(100);
        return [.. post.Mails.Select(mail => Link().Match(mail.TextBody ?? "").Groups[1].Value)];
    }

    [GeneratedRegex(@"https://busbar\.example\.org/password#([\w-]{32})")]
    private static partial Regex Link();
}
