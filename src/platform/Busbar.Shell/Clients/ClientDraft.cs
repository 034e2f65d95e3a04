using Busbar.Identity;
using NodaTime;

namespace Busbar.Shell.Clients;

/// <summary>A client while it is typed.</summary>
internal sealed class ClientDraft
{
    private Instant? _end;
    private LocalDate? _lastDay;

    public string Name { get; set; } = "";
    public string? Description { get; set; }
    public string? Contact { get; set; }
    public HashSet<string> Scopes { get; } = [];
    public bool IsBound { get; set; }

    /// <summary>Ids; also of some that the form does not offer.</summary>
    public HashSet<string> Locations { get; } = [];

    /// <summary>Names, separated by commas.</summary>
    public string Stations { get; set; } = "";

    /// <summary>One a line.</summary>
    public string Addresses { get; set; } = "";

    /// <summary>The last day that it is good on, in the tenant's zone.</summary>
    public DateOnly? LastDay { get; set; }

    public static ClientDraft Of(RegisteredClient client, DateTimeZone zone)
    {
        var input = client.ToInput();
        // It ends with a day; one that ends within it has that one as its last.
        var lastDay = client.ExpiresAt is { } end ? Calendar.Clamp(end - Duration.FromMilliseconds(1)).InZone(zone).Date : (LocalDate?)null;
        var draft = new ClientDraft
        {
            Name = client.Name, Description = client.Description, Contact = client.Contact, IsBound = client.Where is not null, Stations = string.Join(", ", input.Where?.Stations ?? []),
            Addresses = string.Join('\n', client.AllowedAddresses ?? []), LastDay = lastDay?.ToDateOnly(), _end = client.ExpiresAt, _lastDay = lastDay,
        };
        draft.Scopes.UnionWith(client.Scopes);
        draft.Locations.UnionWith(input.Where?.Locations ?? []);
        return draft;
    }

    public ApiClientInput ToInput(DateTimeZone zone)
    {
        var day = LastDay is { } date ? LocalDate.FromDateOnly(date) : (LocalDate?)null;
        return new ApiClientInput
        {
            Name = Name, Scopes = [.. Scopes.Order(StringComparer.Ordinal)], Description = Blank(Description), Contact = Blank(Contact),
            Where = IsBound ? new ClientPlaces { Locations = [.. Locations], Stations = Split(Stations, ',') } : null,
            AllowedAddresses = Split(Addresses, '\n') is { Length: > 0 } addresses ? addresses : null,
            // What was not touched stays as exact as it was.
            ExpiresAt = day == _lastDay ? _end : new DateRange(null, day).End(zone),
        };
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static string[] Split(string text, char by) => text.Split(by, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
