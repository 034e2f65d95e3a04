using Busbar.Identity;

namespace Busbar.Shell.Tenants;

/// <summary>What the pages about tenants say. People call them organisations there.</summary>
internal static class TenantTexts
{
    private static readonly Texts All = new("Busbar.Shell.Tenants.TenantTexts", typeof(TenantTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static string SayOr(string name, string otherwise) => All.SayOr(name, otherwise);

    public static string NameOf(TenantKind kind) => All.Say("kind-" + kind);

    public static string NameOf(TenantSharing sharing) => All.Say("sharing-" + sharing);
}

internal static class TenantLinks
{
    public const string Tenants = ConsoleMap.Root + "/organisations";
    public const string New = Tenants + "/new";

    public static string To(string slug) => $"{Tenants}/{slug}";
}
