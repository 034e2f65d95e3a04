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
internal sealed class Passwords(IOptions<PasswordHasherOptions> options, LeakedPasswords leaked) : IDisposable
{
    public const int Iterations = 600_000;
    private const int MinimumLength = 12;
    private const int MaximumLength = 128;
    private const int Waiting = 64;

    // A billion guesses.
    private const double FewestBits = 30;

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

    /// <summary>Length is what counts, and that nobody tries it soon: no rule on kinds of characters (ASVS 5, 6.2).</summary>
    public async Task ExamineAsync(string password, string email, string pointer, Check check, CancellationToken ct)
    {
        if (!check.That(password.Length is >= MinimumLength and <= MaximumLength, pointer, "invalidLength", $"Must have {MinimumLength} to {MaximumLength} characters.")) return;
        password = Same(password);
        if (!check.That(Guesses.BitsOf(password, email.Split('@', '.', '-', '_', '+').Prepend(email.Split('@')[0])) >= FewestBits, pointer, "commonPassword",
            "Is too easily guessed: common words, names, keys and digits, or your e-mail address, and little else.")) return;
        check.That(!await leaked.HasAsync(password, ct), pointer, "leakedPassword", "Was published with others that leaked somewhere, and is tried by everybody since: choose another.");
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
}
