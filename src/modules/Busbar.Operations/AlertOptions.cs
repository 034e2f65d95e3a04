namespace Busbar.Operations;

/// <summary>How alerts are looked for, configured under <c>Busbar:Alerts</c>; times as <c>hh:mm:ss</c>. What is looked for is each tenant's (<c>/alert-rules</c>).</summary>
internal sealed class AlertOptions
{
    public const string Section = "Busbar:Alerts";

    /// <summary>How often all stations and sessions are looked at; at least twenty times as long as a look takes.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>From the start to the first look: the stations that come back after a restart are not away.</summary>
    public TimeSpan Settle { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often it is looked for connectors that nobody uses.</summary>
    public TimeSpan UnusedPace { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Where people reach this installation, such as <c>https://busbar.example.com</c>: for the link in a mail.</summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>Days for which alerts that are over are kept, where a tenant says nothing else.</summary>
    public int KeepDays { get; set; } = 400;

    internal string? Fault =>
        Pace <= TimeSpan.Zero || UnusedPace <= TimeSpan.Zero || Settle < TimeSpan.Zero || Pace > TimeSpan.FromDays(1) || UnusedPace > TimeSpan.FromDays(7) || Settle > TimeSpan.FromDays(1)
            ? $"The times under {Section} must be positive (Settle may be zero), Pace and Settle at most a day and UnusedPace a week."
            : KeepDays is < 1 or > 3_650 ? $"{Section}:KeepDays must be 1 to 3650."
            : PublicUrl.Length > 0 && !(Uri.TryCreate(PublicUrl, UriKind.Absolute, out var url) && url.Scheme is "https" or "http") ? $"{Section}:PublicUrl must be an http or https address."
            : null;
}
