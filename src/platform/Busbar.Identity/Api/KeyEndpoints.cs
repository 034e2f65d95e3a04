using System.Globalization;
using Busbar.Identity.Http;
using Busbar.Identity.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Api;

internal static class KeyEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var keys = api.MapGroup("/encryption-keys").WithTags("Encryption keys");
        keys.MapGet("", List).Needs(Scope.All).WithDescription("The keys that secrets in the database are sealed with, the newest first. For the tenant at the top.");
        keys.MapPost("", Rotate).Needs(Scope.All).RunsOnce().WithSummary("Make a new encryption key")
            .WithDescription("It seals from now on. What is sealed with the former ones is sealed anew meanwhile; when nothing is left of one, it is destroyed. For the tenant at the top.");
        keys.MapPost("/replace-installation-key", Replace).Needs(Scope.All).RunsOnce().WithSummary("Replace the installation's key")
            .WithDescription("The key that the others lie wrapped in. One that comes from the configuration is changed there (409). For the tenant at the top.");
    }

    private static async Task<Results<Ok<Page<EncryptionKeyView>>, ProblemHttpResult>> List(Caller caller, EncryptionKeys keys, CancellationToken ct) =>
        keys.MayChange(caller) ? TypedResults.Ok(new Page<EncryptionKeyView>([.. await keys.ListAsync(ct)], null)) : Refusal(KeyChange.NotYours);

    private static async Task<Results<Made<EncryptionKeyView>, ProblemHttpResult>> Rotate(Caller caller, EncryptionKeys keys, CancellationToken ct) =>
        await keys.RotateAsync(caller, ct) is (var change, var made) && made is not null
            ? Answers.Made("encryption-keys/" + made.Number.ToString(CultureInfo.InvariantCulture), made, 1)
            : Refusal(change);

    private static async Task<Results<NoContent, ProblemHttpResult>> Replace(Caller caller, EncryptionKeys keys, CancellationToken ct) =>
        await keys.ReplaceInstallationKeyAsync(caller, ct) is var change and not KeyChange.Done ? Refusal(change) : TypedResults.NoContent();

    private static ProblemHttpResult Refusal(KeyChange change) => change switch
    {
        KeyChange.Configured => Problems.Conflict("installationKeyConfigured", "The installation's key comes from the configuration; change Busbar:SecretKey there."),
        KeyChange.Raced => Problems.Conflict("installationKeyChanged", "Somebody else changes the installation's key; look again."),
        _ => Problems.Forbidden("The installation's keys are the affair of the tenant at the top."),
    };
}
