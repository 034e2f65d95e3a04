using System.Diagnostics;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Busbar.Tests.Identity;

public sealed class PasswordTests
{
    [Theory]
    [InlineData("eleven char", false)]
    [InlineData("twelve chars", true)]
    [InlineData("correct horse battery staple", true)]
    [InlineData("qzkvwjxphgmt", true)]
    [InlineData("ünïcödé häßlich", true)]
    [InlineData("password1234", false)]
    [InlineData("PassWord-123456!", false)]
    [InlineData("qwertyuiop123", false)]
    [InlineData("aaaaaaaaaaaaaaaa", false)]
    [InlineData("abababababab", false)]
    [InlineData("xkqpxkqpxkqpxkqp", false)]
    [InlineData("ada.lovelace1!", false)]
    [InlineData("Lovelace-Ada-1", false)]
    public Task A_password_is_long_and_not_the_first_that_is_tried(string password, bool taken) => JudgeAsync(password, taken);

    /// <summary>Of the thirty thousand that leaked and are tried first, long ones, and what people make of short ones.</summary>
    [Theory]
    [InlineData("justinbieber")]
    [InlineData("leavemealone")]
    [InlineData("sonyericsson")]
    [InlineData("counterstrike")]
    [InlineData("1qaz2wsx3edc4rfv")]
    [InlineData("ghbdtnrfrltkf")]
    [InlineData("P@ssw0rd2024!")]
    [InlineData("trustno1trustno1")]
    [InlineData("dragonmonkey")]
    [InlineData("football2023")]
    [InlineData("Summer2026!!")]
    [InlineData("Sommer2026!!")]
    [InlineData("busbar-operator")]
    public Task A_password_that_leaked_or_is_made_of_some_is_not_taken(string password) => JudgeAsync(password, taken: false);

    private static async Task JudgeAsync(string password, bool taken)
    {
        using var passwords = Of(1_000);
        var check = new Check();
        await passwords.ExamineAsync(password, "ada.lovelace@example.org", "/password", check, CancellationToken.None);
        Assert.Equal((taken, taken ? null : password.Length < 12 ? "invalidLength" : "commonPassword"), (check.Ok, check.Errors.SingleOrDefault().Error?.Code));
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public async Task A_password_has_an_end(int length, bool taken)
    {
        using var passwords = Of(1_000);
        var check = new Check();
        await passwords.ExamineAsync(new Random(1).GetItems<char>("abcdefghijklmnopqrstuvwxyz", length).AsSpan().ToString(), "a@example.org", "/password", check, CancellationToken.None);
        Assert.Equal(taken, check.Ok);
    }

    /// <summary>What is asked of a password costs less than its hash, whatever it is, and who comes without a link or a session has none judged.</summary>
    [Fact]
    public async Task The_longest_password_is_judged_in_less_than_its_hash_takes()
    {
        using var passwords = Of(Passwords.Iterations);
        var hash = TimeSpan.MaxValue;
        for (var i = 0; i < 3; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await passwords.HashAsync("a", "twelve chars", CancellationToken.None);
            if (Stopwatch.GetElapsedTime(started) is var lasted && lasted < hash) hash = lasted;
        }
        string[] hard =
        [
            string.Concat(Enumerable.Repeat("p@$$w0rd(3{8[6<1|!+7%2", 6))[..127] + "Q", new Random(1).GetItems<char>("abcdefghijklmnopqrstuvwxyz0134$@!", 128).AsSpan().ToString(), string.Concat(Enumerable.Repeat("1/2/19", 30))[..127] + "x",
            string.Concat(Enumerable.Repeat("loveandmonkey", 20))[..127] + "Q", string.Concat(Enumerable.Repeat("asdfghjklkjhgfdsa", 10))[..127] + "5",
        ];
        foreach (var password in hard)
        {
            var quickest = Enumerable.Range(0, 5).Min(_ =>
            {
                var started = Stopwatch.GetTimestamp();
                Guesses.BitsOf(password, ["ada"]);
                return Stopwatch.GetElapsedTime(started);
            });
            TestContext.Current.TestOutputHelper?.WriteLine($"{password[..20]}…: {quickest.TotalMilliseconds:0.0} ms; a hash takes {hash.TotalMilliseconds:0} ms.");
            Assert.True(quickest < hash, $"{password}: {quickest}, and its hash {hash}");
        }
    }

    [Fact]
    public async Task The_hash_is_pbkdf2_sha512_with_600000_rounds_and_a_salt()
    {
        using var passwords = Of(Passwords.Iterations);
        var hash = Convert.FromBase64String((await passwords.HashAsync("a", "twelve chars", CancellationToken.None))!);
        Assert.Equal([1, 0, 0, 0, 2, 0, 9, 0x27, 0xC0, 0, 0, 0, 16], hash[..13]);
        Assert.Equal(61, hash.Length);
    }

    [Fact]
    public async Task Another_spelling_of_the_same_letters_is_the_same_password()
    {
        using var passwords = Of(1_000);
        var hash = await passwords.HashAsync("a", "caf\u00e9 caf\u00e9 caf\u00e9", CancellationToken.None);
        Assert.Equal(PasswordVerdict.Right, await passwords.VerifyAsync("a", hash, "cafe\u0301 cafe\u0301 cafe\u0301", CancellationToken.None));
        Assert.Equal(PasswordVerdict.Wrong, await passwords.VerifyAsync("a", hash, "cafe cafe cafe", CancellationToken.None));
    }

    [Fact]
    public async Task An_account_that_is_not_there_costs_the_same_work()
    {
        using var passwords = Of(5_000);
        var hash = await passwords.HashAsync("a", "twelve chars", CancellationToken.None);
        var (there, absent) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var i = 0; i < 70; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.Equal(PasswordVerdict.Wrong, await passwords.VerifyAsync("a", hash, "a wrong guess", CancellationToken.None));
            var middle = Stopwatch.GetTimestamp();
            Assert.Equal(PasswordVerdict.Wrong, await passwords.VerifyAsync("a", null, "a wrong guess", CancellationToken.None));
            there = Min(there, Stopwatch.GetElapsedTime(started, middle));
            absent = Min(absent, Stopwatch.GetElapsedTime(middle));
        }
        // The quickest of many that each take about a millisecond: a machine that is busy with something else is not the subject.
        Assert.InRange(absent / there, 0.5, 2);

        static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
    }

    [Fact]
    public async Task Few_hashes_run_and_few_wait_and_the_rest_is_told_so()
    {
        using var passwords = Of(200_000);
        var room = (2 * Environment.ProcessorCount) + 64;
        using var stop = new CancellationTokenSource();
        var all = Enumerable.Range(0, room + 8).Select(_ => passwords.VerifyAsync("a", null, "a wrong guess", stop.Token)).ToList();
        Assert.Contains(all, one => one.IsCompletedSuccessfully);
        Assert.Equal(PasswordVerdict.Busy, await all[^1]);
        Assert.InRange(all.Count(one => !one.IsCompleted), 1, room);
        await stop.CancelAsync();
        try { await Task.WhenAll(all); }
        catch (OperationCanceledException) { }
    }

    private static Passwords Of(int iterations) => new(Options.Create(new PasswordHasherOptions { IterationCount = iterations }), LeakedPasswordTests.ListOf(""));
}
