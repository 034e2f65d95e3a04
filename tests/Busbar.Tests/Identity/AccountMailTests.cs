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

    private static async Task<MimeKit.MimeMessage> SaysAsync(SmtpReceiver post, int count, string text)
    {
        for (var i = 0; i < 100 && post.Mails.Count < count; i++) await Task.Delay(100);
        var last = post.Mails[count - 1];
        Assert.Contains(text, last.TextBody, StringComparison.Ordinal);
        return last;
    }
}
