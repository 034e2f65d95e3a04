using Microsoft.Extensions.Options;

namespace Busbar.Identity.Operators;

/// <summary>How operators sign in.</summary>
internal sealed class OperatorOptions
{
    public const string Section = "Busbar:Operators";

    /// <summary>A file of passwords that leaked, as the downloader of Pwned Passwords writes it in one piece: a line <c>SHA1:count</c> each, in the order of the hashes. No password of it is taken. It is looked up in place, and may be replaced at any time. Empty: none; the passwords that are tried first are refused all the same.</summary>
    public string LeakedPasswords { get; set; } = "";
}

/// <summary>A list that was configured and is not there, or is none, stops the start.</summary>
internal sealed class LeakedPasswordsAreThere : IValidateOptions<OperatorOptions>
{
    public ValidateOptionsResult Validate(string? name, OperatorOptions options) =>
        LeakedPasswords.FaultOf(options.LeakedPasswords) is { } fault ? ValidateOptionsResult.Fail($"{OperatorOptions.Section}:{nameof(OperatorOptions.LeakedPasswords)}: {fault}") : ValidateOptionsResult.Success;
}
