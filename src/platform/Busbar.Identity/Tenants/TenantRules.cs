using System.Globalization;
using System.Text.RegularExpressions;
using Busbar.Identity.Http;
using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>What a tenant may be, and who stands below whom. Pure.</summary>
internal static partial class TenantRules
{
    private const int MostLanguages = 20;

    /// <summary>A partner and a site host stand side by side, the others one below the other.</summary>
    public static bool MayStandBelow(TenantKind kind, TenantKind parent) => Rank(kind) > Rank(parent);

    /// <summary>The narrower of two.</summary>
    public static TenantSharing Narrower(TenantSharing one, TenantSharing other) => one > other ? one : other;

    /// <summary>The same, each knowing whether it or one above it is closed.</summary>
    public static Tenant[] WithClosed(IReadOnlyCollection<Tenant> tenants)
    {
        var byId = tenants.ToDictionary(tenant => tenant.Id);
        return [.. tenants.Select(tenant => IsClosed(tenant) ? tenant with { IsClosed = true } : tenant)];

        bool IsClosed(Tenant tenant)
        {
            // Bounded: a damaged tree must not spin.
            for (var depth = 0; depth < 32; depth++)
            {
                if (tenant.ClosedAt is not null) return true;
                if (tenant.Parent is not { } parent || !byId.TryGetValue(parent, out var above)) return false;
                tenant = above;
            }
            return false;
        }
    }

    public static Check Examine(TenantInput input)
    {
        var check = new Check();
        check.That(Slug().IsMatch(input.Slug), "/slug", "invalidValue", "Must have 1 to 48 lower-case letters, digits and hyphens, and begin with a letter or digit.");
        check.Text(input.Name, "/name", 200);
        check.That(input.TimeZone is null || Zones.TryFind(input.TimeZone, out _), "/timeZone", "invalidValue", "Must be an IANA time zone, such as Europe/Amsterdam.");
        if (input.Languages is { } languages && check.That(languages.Count is > 0 and <= MostLanguages, "/languages", "invalidLength", $"Must have 1 to {MostLanguages} languages."))
            for (var i = 0; i < languages.Count; i++)
                check.That(IsLanguage(languages[i]) && languages.Take(i).All(other => other != languages[i]), $"/languages/{i}", "invalidValue", "Must be a BCP 47 tag, such as de or fr-CH, that is not there already.");
        if (input.LegalEntity is { } entity) Examine(entity, check);
        if (input.Branding is { } branding) Examine(branding, check);
        return check;
    }

    private static void Examine(LegalEntity entity, Check check)
    {
        check.Text(entity.Name, "/legalEntity/name", 200);
        check.OptionalText(entity.RegistrationNumber, "/legalEntity/registrationNumber", 50);
        check.That(entity.VatId is null || VatId().IsMatch(entity.VatId), "/legalEntity/vatId", "invalidValue", "Must be a VAT number with its country's prefix, such as DE123456789 (EN 16931, BR-CO-9).");
        check.OptionalText(entity.Address, "/legalEntity/address", 200);
        check.OptionalText(entity.PostalCode, "/legalEntity/postalCode", 20);
        check.OptionalText(entity.City, "/legalEntity/city", 100);
        check.That(entity.Country is { Length: 3 } country && country.All(char.IsAsciiLetterUpper), "/legalEntity/country", "invalidValue", "Must be an ISO 3166-1 alpha-3 code, such as NLD.");
        check.That(entity.Email is null || Operators.OperatorDesk.IsAddress(entity.Email), "/legalEntity/email", "invalidValue", "Must be an e-mail address.");
        check.That(entity.Phone is null || Phone().IsMatch(entity.Phone), "/legalEntity/phone", "invalidValue", PhoneSays);
    }

    private static void Examine(Branding branding, Check check)
    {
        check.OptionalText(branding.Name, "/branding/name", 100);
        check.That(branding.Color is null || Color().IsMatch(branding.Color), "/branding/color", "invalidValue", "Must be a colour such as #0a7f5a.");
        // It becomes a link on drivers' pages.
        check.That(branding.Website is null || (branding.Website.Length <= 500 && Uri.TryCreate(branding.Website, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps),
            "/branding/website", "invalidValue", "Must be an https address.");
        check.That(branding.SupportEmail is null || Operators.OperatorDesk.IsAddress(branding.SupportEmail), "/branding/supportEmail", "invalidValue", "Must be an e-mail address.");
        check.That(branding.SupportPhone is null || Phone().IsMatch(branding.SupportPhone), "/branding/supportPhone", "invalidValue", PhoneSays);
    }

    private const string PhoneSays = "Must be a telephone number with its country, such as +49 30 123456.";

    private static int Rank(TenantKind kind) => kind switch { TenantKind.Platform => 0, TenantKind.Operator => 1, TenantKind.SubOperator => 2, _ => 3 };

    private static bool IsLanguage(string tag)
    {
        if (!Language().IsMatch(tag)) return false;
        try { return CultureInfo.GetCultureInfo(tag, predefinedOnly: true).Name == tag; }
        catch (CultureNotFoundException) { return false; }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,47}\\z")]
    private static partial Regex Slug();

    [GeneratedRegex("^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?\\z")]
    private static partial Regex Language();

    [GeneratedRegex("^[A-Z]{2}[A-Z0-9]{2,13}\\z")]
    private static partial Regex VatId();

    [GeneratedRegex("^#[0-9a-fA-F]{6}\\z")]
    private static partial Regex Color();

    [GeneratedRegex("^\\+[0-9][0-9 ()/.-]{3,30}\\z")]
    private static partial Regex Phone();
}
