using System.Net;
using Busbar.Storage;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;

namespace Busbar.Tests.Identity;

/// <summary>People are mailed what happens to their account, whoever does it.</summary>
[Trait("suite", "stories")]
public sealed class AccountMailTests(Servers servers)
{
    private const string New = "a compiler for everyone";

    [Fact]
    public async Task Changes_of_the_password_and_of_factors_are_mailed_to_whose_they_are()
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, post.Settings);
        var owner = await Staff.FoundAsync(server);
        await SecondFactorTests.TurnOnAsync(owner, new SetClock());
        await SaysAsync(post, 1, "An authenticator app was set up.");
        (await owner.SendAsync(HttpMethod.Delete, "/api/v1/me/authenticator", null, ("Origin", owner.Origin))).Is(HttpStatusCode.NoContent);
        Assert.Equal(Staff.Email, Assert.Single((await SaysAsync(post, 2, "The authenticator app was removed.")).To.Mailboxes).Address);
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/me/password", new { currentPassword = Staff.Password, newPassword = New })).Is(HttpStatusCode.NoContent);
        await SaysAsync(post, 3, "The password was changed.");
        // What is refused is not told.
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/me/password", new { currentPassword = "a wrong guess", newPassword = Staff.Password })).Is(HttpStatusCode.Forbidden);

        var colleague = await Staff.JoinAsync(server, owner, "o@example.org", new { role = "operator", where = "tenant" });
        // The invitation, which came by mail too.
        const int before = 4;
        (await colleague.FetchAsync(HttpMethod.Post, "/api/v1/me/password", new { currentPassword = Staff.Password, newPassword = New })).Is(HttpStatusCode.NoContent);
        var mail = await SaysAsync(post, before + 1, "The password was changed.");
        Assert.Equal("o@example.org", Assert.Single(mail.To.Mailboxes).Address);
        Assert.Contains("From: 127.0.0.1", mail.TextBody, StringComparison.Ordinal);
    }

    /// <summary>Each thing that is told, by each way that it is done, and nothing else.</summary>
    [Theory]
    [InlineData("a passkey is added", "A passkey was added.")]
    [InlineData("a passkey is removed", "A passkey was removed.")]
    [InlineData("recovery codes are made anew", "New recovery codes were made.")]
    [InlineData("factors are taken away by others", "All second factors were taken away by somebody who manages people.")]
    [InlineData("a password is set by a link", "The password was changed.")]
    [InlineData("an app is set up at the sign-in", "An authenticator app was set up.")]
    [InlineData("a passkey is made at the sign-in", "A passkey was added.")]
    public async Task What_happens_to_an_account_is_mailed_once_to_whose_it_is(string what, string text)
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, post.Settings);
        var owner = await Staff.FoundAsync(server);
        var person = await Staff.JoinAsync(server, owner, "o@example.org", new { role = "operator", where = "tenant" });
        var id = System.Text.Json.JsonElement.Parse((await person.GetAsync("/api/v1/me")).Text).GetProperty("id").GetString()!;
        using var passkey = new SoftPasskey();
        // What is there before, whose mails are not the subject.
        var added = what is "a passkey is removed" ? await passkey.AddAsync(person) : null;
        if (what is "recovery codes are made anew" or "factors are taken away by others") await SecondFactorTests.TurnOnAsync(person, new SetClock());
        var link = what is "a password is set by a link" ? Staff.CodeOf(await owner.FetchAsync(HttpMethod.Post, $"/api/v1/people/{id}/new-password", new { })) : null;
        if (what.EndsWith("at the sign-in", StringComparison.Ordinal)) (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/default", new { requiresSecondFactor = true })).Is(HttpStatusCode.OK);
        await SettledAsync(post);
        post.Raw.Clear();

        switch (what)
        {
            case "a passkey is added": (await passkey.AddAsync(person)).Is(HttpStatusCode.OK); break;
            case "a passkey is removed":
                var which = System.Text.Json.JsonElement.Parse(added!.Text).GetProperty("passkey").GetProperty("id").GetString();
                (await person.SendAsync(HttpMethod.Delete, $"/api/v1/me/passkeys/{which}", null, ("Origin", person.Origin))).Is(HttpStatusCode.NoContent);
                break;
            case "recovery codes are made anew": (await person.FetchAsync(HttpMethod.Post, "/api/v1/me/recovery-codes", new { })).Is(HttpStatusCode.OK); break;
            case "factors are taken away by others": (await owner.SendAsync(HttpMethod.Delete, $"/api/v1/people/{id}/second-factors", null, ("Origin", owner.Origin))).Is(HttpStatusCode.NoContent); break;
            case "a password is set by a link": (await new Browser(server).SubmitAsync("/password", ("code", link!), ("password", New))).Is(HttpStatusCode.SeeOther); break;
            case "an app is set up at the sign-in":
                var (draft, code) = await RequiredFactorTests.AppAsync(person);
                (await person.SubmitAsync("/signin/protect", ("draft", draft), ("code", code))).Is(HttpStatusCode.OK);
                break;
            case "a passkey is made at the sign-in":
                var begun = await person.FetchAsync(HttpMethod.Post, "/signin/protect/passkey/options", new { });
                (await person.SubmitAsync("/signin/protect/passkey", ("name", "Desk"), ("credential", System.Text.Json.JsonSerializer.Serialize(passkey.Register(person, begun.Text))))).Is(HttpStatusCode.OK);
                break;
        }
        await SettledAsync(post);
        var mail = Assert.Single(post.Mails);
        Assert.Equal("o@example.org", Assert.Single(mail.To.Mailboxes).Address);
        Assert.Contains(text, mail.TextBody, StringComparison.Ordinal);
        Assert.Contains("If that was not you", mail.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_for_a_new_password_is_mailed_and_says_who_asked()
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, ["--Busbar:ForgottenPasswords:PublicUrl=https://busbar.example.org/", .. post.Settings]);
        var owner = await Staff.FoundAsync(server);
        var id = System.Text.Json.JsonElement.Parse((await owner.GetAsync("/api/v1/me")).Text).GetProperty("id").GetString()!;
        // By oneself, who forgot it, and by who manages people.
        (await new Browser(server).SubmitAsync("/signin/forgot", ("email", Staff.Email))).Is(HttpStatusCode.OK);
        await SaysAsync(post, 1, "because it was forgotten");
        (await owner.FetchAsync(HttpMethod.Post, $"/api/v1/people/{id}/new-password", new { })).Is(HttpStatusCode.OK);
        var mail = await SaysAsync(post, 2, "Somebody who may do so asked for a new password for you");
        Assert.Equal(Staff.Email, Assert.Single(mail.To.Mailboxes).Address);
    }

    /// <summary>Nothing more comes.</summary>
    private static async Task SettledAsync(SmtpReceiver post)
    {
        for (var (i, seen, quiet) = (0, 0, 0); i < 100 && (quiet < 10 || seen == 0); i++)
        {
            await Task.Delay(100);
            (quiet, seen) = (post.Raw.Count == seen ? quiet + 1 : 0, post.Raw.Count);
        }
    }

    private static async Task<MimeKit.MimeMessage> SaysAsync(SmtpReceiver post, int count, string text)
    {
        for (var i = 0; i < 100 && post.Mails.Count < count; i++) await Task.Delay(100);
        var last = post.Mails[count - 1];
        Assert.Contains(text, last.TextBody, StringComparison.Ordinal);
        return last;
    }
}
