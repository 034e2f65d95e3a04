namespace Busbar.Shell;

/// <summary>Addresses of our own pages: a filter is an address, so it can be sent to a colleague, and the way back works.</summary>
public static class Address
{
    /// <param name="query">What is null or empty is left out.</param>
    public static string Of(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var address = new System.Text.StringBuilder(path);
        var mark = '?';
        foreach (var (name, value) in query)
        {
            if (string.IsNullOrEmpty(value)) continue;
            address.Append(mark).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            mark = '&';
        }
        return address.ToString();
    }
}
