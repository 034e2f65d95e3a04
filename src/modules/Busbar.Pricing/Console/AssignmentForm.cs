using System.Globalization;
using Busbar.Pricing.Api;
using Busbar.Pricing.Storage;
using NodaTime;

namespace Busbar.Pricing.Console;

/// <summary>One place where a tariff applies, as it is typed.</summary>
internal sealed class AssignmentForm
{
    private readonly (Instant? At, string? Text) _from, _to;

    public AssignmentForm(AssignmentInput was, DateTimeZone zone)
    {
        (Scope, Id, Priority) = (was.Scope, was.Id ?? "", was.Priority is null or 0 ? "" : was.Priority.Value.ToString(CultureInfo.CurrentCulture));
        (_from, _to) = ((was.From, TariffEditing.Text(was.From, zone)), (was.To, TariffEditing.Text(was.To, zone)));
        (From, To) = (_from.Text, _to.Text);
    }

    public AssignmentScope Scope { get; set; }
    public string Id { get; set; }
    public string Priority { get; set; }
    public string? From { get; set; }
    public string? To { get; set; }

    /// <summary>In words; null: nothing is known to be wrong.</summary>
    public string? Fault { get; set; }

    public bool HasId => Scope is not (AssignmentScope.Tenant or AssignmentScope.AdHoc);

    /// <summary>Null: the priority is no whole number.</summary>
    public AssignmentInput? Read(DateTimeZone zone)
    {
        var priority = Priority.Trim().Length == 0 ? 0 : int.TryParse(Priority.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.CurrentCulture, out var number) ? number : (int?)null;
        return priority is null ? null : new AssignmentInput
        {
            Scope = Scope, Id = HasId && Id.Trim() is { Length: > 0 } id ? id : null, Priority = priority, From = Moment(From, _from, zone), To = Moment(To, _to, zone),
        };
    }

    // A field has minutes: what nobody touched stays the moment that it was.
    private static Instant? Moment(string? text, (Instant? At, string? Text) was, DateTimeZone zone) => text == was.Text ? was.At : TariffEditing.Moment(text, zone);
}
