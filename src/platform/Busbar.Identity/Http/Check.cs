using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Busbar.Identity.Http;

/// <summary>One thing that is wrong at one JSON pointer.</summary>
public sealed record FieldError(string Code, string Detail);

/// <summary>Collects what is wrong with an input, all of it, so that a caller mends it once.</summary>
public sealed class Check
{
    private const int MaximumErrors = 100;
    private readonly Dictionary<string, List<FieldError>> _errors = [];
    private int _count;

    public bool Ok => _count == 0;

    /// <summary>More is not worth collecting.</summary>
    public bool Full => _count >= MaximumErrors;

    /// <summary>Notes an error at <paramref name="pointer"/> (RFC 6901) unless the condition holds. Answers the condition.</summary>
    public bool That(bool condition, string pointer, string code, string detail)
    {
        if (!condition) Fail(pointer, code, detail);
        return condition;
    }

    public void Fail(string pointer, string code, string detail)
    {
        if (_count++ >= MaximumErrors) return;
        if (!_errors.TryGetValue(pointer, out var here)) _errors[pointer] = here = [];
        here.Add(new FieldError(code, detail));
    }

    /// <summary>Adds what <paramref name="other"/> collected.</summary>
    public void Take(Check other)
    {
        foreach (var (pointer, errors) in other._errors)
            foreach (var error in errors) Fail(pointer, error.Code, error.Detail);
    }

    /// <summary>Text of 1 to <paramref name="maximum"/> characters that is not only blanks.</summary>
    public bool Text(string? value, string pointer, int maximum) =>
        That(!string.IsNullOrWhiteSpace(value) && value.Length <= maximum, pointer, "invalidLength", $"Must have 1 to {maximum} characters.");

    /// <summary>As <see cref="Text"/>, where there is a value.</summary>
    public bool OptionalText(string? value, string pointer, int maximum) => value is null || Text(value, pointer, maximum);

    /// <summary>What is wrong, and where, for a form that shows each beside its field.</summary>
    public IEnumerable<(string Pointer, FieldError Error)> Errors => _errors.SelectMany(error => error.Value.Select(one => (error.Key, one)));

    /// <summary>Null when nothing is wrong. The problem's code is the errors' own when all have the same.</summary>
    public ProblemHttpResult? Problem
    {
        get
        {
            if (Ok) return null;
            var codes = _errors.Values.SelectMany(here => here).Select(error => error.Code).Distinct().ToArray();
            return Problems.Of(StatusCodes.Status400BadRequest, codes is [var only] ? only : "invalid",
                _count == 1 ? "The request has an error." : $"The request has {_count} errors.", new Dictionary<string, object?> { ["errors"] = _errors });
        }
    }

    /// <exception cref="ProblemException">Something is wrong.</exception>
    public void ThrowIfWrong()
    {
        if (Problem is { } problem) throw new ProblemException(problem);
    }
}
