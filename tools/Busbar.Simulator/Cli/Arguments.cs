using System.Globalization;

namespace Busbar.Simulator.Cli;

/// <summary>What was typed makes no sense; the message is for the one who typed it.</summary>
public sealed class UsageException(string message) : Exception(message);

/// <summary><c>verb --name value --flag</c>. Every name must be asked for: what nobody asked for was a mistake of the one who typed it.</summary>
public sealed class Arguments
{
    private readonly Dictionary<string, string?> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public Arguments(IReadOnlyList<string> args)
    {
        Verb = args.Count > 0 && !args[0].StartsWith("--", StringComparison.Ordinal) ? args[0] : "";
        for (var i = Verb.Length > 0 ? 1 : 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new UsageException($"'{args[i]}' is not an option; options begin with --.");
            }

            var value = i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal) ? args[++i] : null;
            _values[args[value is null ? i : i - 1][2..]] = value;
        }
    }

    public string Verb { get; }

    public bool Has(string name)
    {
        _asked.Add(name);
        return _values.ContainsKey(name);
    }

    public string? Text(string name)
    {
        _asked.Add(name);
        return !_values.TryGetValue(name, out var value) ? null : value ?? throw new UsageException($"--{name} needs a value.");
    }

    public string Required(string name) => Text(name) ?? throw new UsageException($"--{name} is missing.");

    /// <exception cref="UsageException">No number, or not above 0.</exception>
    public decimal Number(string name, decimal otherwise)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        return decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new UsageException($"--{name} {text}: a number above 0 is wanted.");
    }

    /// <summary>Call it when everything was asked for.</summary>
    public void End()
    {
        if (_values.Keys.FirstOrDefault(name => !_asked.Contains(name)) is { } unknown)
        {
            throw new UsageException($"--{unknown} is unknown; --help lists the options.");
        }
    }
}
