using Busbar.Identity.Http;

namespace Busbar.Stations.Console;

/// <summary>What is wrong with a form, each beside its field, in the language of the moment.</summary>
internal sealed class FormErrors
{
    private readonly Dictionary<string, string> _byField = [];

    public bool Any => _byField.Count > 0;

    public string? this[string field] => _byField.GetValueOrDefault(field);

    public void Add(string field, string text) => _byField.TryAdd(field, text);

    /// <summary>A check's own words where there is no text of ours: <c>error-</c>, the field and the code.</summary>
    public void Take(Check check)
    {
        foreach (var (pointer, error) in check.Errors)
        {
            var field = pointer.Trim('/').Replace('/', '-');
            Add(field, StationTexts.SayOr($"error-{field}-{error.Code}", StationTexts.SayOr("error-" + field, error.Detail)));
        }
    }
}
