using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using NodaTime;

namespace Busbar.Identity.Clients;

/// <summary>What a client may be. Pure: which places there are is asked elsewhere.</summary>
internal static class ClientRules
{
    public const int MostPlaces = 200;
    private const int LongestName = 200, LongestContact = 200, LongestDescription = 1_000, MostAddresses = 100;

    public static IReadOnlyList<Place> PlacesOf(ApiClientRow row) => row.Places is { } places ? PlaceText.Read(places) : [];

    /// <param name="endedAt">The end that it has already: that may stay, also when it is past.</param>
    /// <param name="addresses">As they are kept; null: it may call from anywhere.</param>
    public static Check Examine(ApiClientInput input, Instant? endedAt, Instant now, out string? addresses)
    {
        var check = new Check();
        check.Text(input.Name, "/name", LongestName);
        check.OptionalText(input.Description, "/description", LongestDescription);
        check.OptionalText(input.Contact, "/contact", LongestContact);
        check.That(input.Scopes.Count > 0, "/scopes", "invalidLength", "Must have at least one scope.");
        for (var i = 0; i < input.Scopes.Count; i++) check.That(Scope.Known.Contains(input.Scopes[i]), $"/scopes/{i}", "invalidValue", "Is not a scope.");
        check.That(input.Where is null || !input.Scopes.Contains(Scope.All), "/where", "wholeTenantOnly", $"The scope {Scope.All} is of the whole tenant.");
        check.That(input.ExpiresAt is not { } end || end == endedAt || end > now, "/expiresAt", "notInFuture", "Must be in the future.");
        addresses = null;
        if (input.AllowedAddresses is not { } wanted) return check;
        if (!check.That(wanted.Count is > 0 and <= MostAddresses, "/allowedAddresses", "invalidLength", $"1 to {MostAddresses} networks, or leave it out: that is any address.")) return check;
        var networks = new List<string>();
        for (var i = 0; i < wanted.Count; i++)
        {
            if (check.That(AddressList.TryParse(wanted[i], out var network), $"/allowedAddresses/{i}", "invalidNetwork", "Must be an address, or a network such as 192.0.2.0/24 or 2001:db8::/32 without bits beyond its prefix."))
                networks.Add(network);
        }
        addresses = string.Join(' ', networks.Distinct());
        return check;
    }
}
