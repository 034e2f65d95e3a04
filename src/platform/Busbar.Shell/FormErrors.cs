using Busbar.Identity.Http;

namespace Busbar.Shell;

/// <summary>What is wrong with a form, each beside its field, in the language of the moment.</summary>
/// <param name="sayOr">The room's texts: of a name, or else what is given.</param>
public sealed class FormErrors(Func<string, string, string> sayOr)
{
    private readonly Dictionary<string, string> _byField = [];

    public bool Any => _byField.Count > 0;

    public string? this[string field] => _byField.GetValueOrDefault(field);

    public void Add(string field, string text) => _byField.TryAdd(field, text);

    /// <summary>A check's own words where there is no text of ours: <c>error-</c>, the field and the code.</summary>
    public void Take(Check check)
    {
        ArgumentNullException.ThrowIfNull(check);
        foreach (var (pointer, error) in check.Errors)
        {
            var field = pointer.Trim('/').Replace('/', '-');
            Add(field, sayOr($"error-{field}-{error.Code}", sayOr("error-" + field, error.Detail)));
        }
    }
}
