namespace Busbar.Stations.Dialects;

internal static class Deviations
{
    /// <summary>The names of the members that deviate; nothing is allocated when none does.</summary>
    public static IReadOnlyList<string> Of(params ReadOnlySpan<(string Member, bool Deviates)> members)
    {
        List<string>? found = null;
        foreach (var (member, deviates) in members)
        {
            if (deviates) (found ??= []).Add(member);
        }
        return found ?? (IReadOnlyList<string>)[];
    }
}
