using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Threading.RateLimiting;
using Busbar.Identity.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Busbar.Identity.Operators;

internal enum PasswordVerdict
{
    Wrong,
    Right,

    /// <summary>Right, and hashed with weaker parameters than today's.</summary>
    Outdated,

    /// <summary>Too many others are being looked at.</summary>
    Busy,
}

/// <summary>
/// Which passwords are taken, and how they are kept: PBKDF2-HMAC-SHA512. A hash takes a core for a while, so few run at once and few wait.
/// </summary>
internal sealed class Passwords(IOptions<PasswordHasherOptions> options) : IDisposable
{
    public const int Iterations = 600_000;
    private const int MinimumLength = 12;
    private const int MaximumLength = 128;
    private const int Waiting = 64;

    private readonly PasswordHasher<string> _hasher = new(options);
    private readonly string _nobodys = NobodysHash(options.Value.IterationCount);
    private readonly ConcurrencyLimiter _gate = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = 2 * Environment.ProcessorCount, QueueLimit = Waiting, QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>For an account that has no password: none opens it, and it costs what a real one costs.</summary>
    public string Nobodys => _nobodys;

    /// <summary>Null: too many others wait.</summary>
    public async Task<string?> HashAsync(string email, string password, CancellationToken ct)
    {
        using var turn = await _gate.AcquireAsync(cancellationToken: ct);
        return turn.IsAcquired ? await Task.Run(() => _hasher.HashPassword(email, Same(password)), ct) : null;
    }

    /// <param name="hash">Null for an account that does not exist: it costs the same work.</param>
    public async Task<PasswordVerdict> VerifyAsync(string email, string? hash, string password, CancellationToken ct)
    {
        using var turn = await _gate.AcquireAsync(cancellationToken: ct);
        if (!turn.IsAcquired) return PasswordVerdict.Busy;
        return await Task.Run(() => _hasher.VerifyHashedPassword(email, hash ?? _nobodys, Same(password)), ct) switch
        {
            PasswordVerificationResult.Success => PasswordVerdict.Right,
            PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.Outdated,
            _ => PasswordVerdict.Wrong,
        };
    }

    /// <summary>Length is what counts; no rule on kinds of characters (ASVS 5, 6.2).</summary>
    public static void Examine(string password, string email, string pointer, Check check)
    {
        if (!check.That(password.Length is >= MinimumLength and <= MaximumLength, pointer, "invalidLength", $"Must have {MinimumLength} to {MaximumLength} characters.")) return;
        check.That(!IsCommon(password, email), pointer, "commonPassword", "Is too easily guessed: common words and digits, or your e-mail address, and little else.");
    }

    /// <summary>Little is left when the words that are tried first are taken out.</summary>
    private static bool IsCommon(string password, string email)
    {
        const int little = 4;
        var rest = Same(password).ToLowerInvariant();
        if (email.Split('@')[0].ToLowerInvariant() is { Length: >= little } name) rest = rest.Replace(name, "", StringComparison.Ordinal);
        foreach (var word in Commonest) rest = rest.Replace(word, "", StringComparison.Ordinal);
        return rest.Length < little || rest.Distinct().Count() < little;
    }

    /// <summary>Keyboards differ in how they compose an accented letter.</summary>
    private static string Same(string password) => password.Normalize(NormalizationForm.FormC);

    // Version 3 of the hasher's format (prf 2 is HMAC-SHA512) with a random subkey: it costs what a real one costs, and no password opens it.
    private static string NobodysHash(int iterations)
    {
        const int salt = 16;
        var hash = new byte[13 + salt + 32];
        RandomNumberGenerator.Fill(hash);
        hash[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(1), 2);
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(5), iterations);
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(9), salt);
        return Convert.ToBase64String(hash);
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>What lists of leaked passwords begin with, the longer before what it contains.</summary>
    private static readonly string[] Commonest =
    [
        "administrator", "1q2w3e4r5t", "qwertyuiop", "1234567890", "0987654321", "123456789", "987654321", "password", "passwort", "p@ssw0rd", "p@ssword", "passw0rd",
        "1q2w3e4r", "1qaz2wsx", "12345678", "asdfghjkl", "trustno1", "iloveyou", "football", "baseball", "sunshine", "princess", "superman", "whatever", "operator",
        "charging", "changeme", "change-me", "computer", "internet", "1234567", "letmein", "welcome", "charger", "station", "123456", "654321", "qwerty", "qwertz", "azerty",
        "asdfgh", "zxcvbn", "dragon", "monkey", "master", "shadow", "batman", "secret", "summer", "winter", "spring", "autumn", "busbar", "abcdef", "12345", "admin", "login", "hello",
        "1234", "ocpp", "ocpi", "pass", "test", "user", "root", "abc", "123",
    ];
}
