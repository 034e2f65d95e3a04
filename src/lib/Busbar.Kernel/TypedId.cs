using System.Diagnostics.CodeAnalysis;

namespace Busbar.Kernel;

/// <summary>
/// An identifier of one kind of thing. The value is a UUIDv7; its text is a three-letter prefix and 26
/// lower-case Crockford base-32 characters (<c>ses01j…</c>, 29 in all), which fits OCPI's 36.
/// </summary>
public interface ITypedId<TSelf> where TSelf : struct, ITypedId<TSelf>
{
    static abstract string Prefix { get; }
    static abstract TSelf From(Guid value);
    Guid Value { get; }
}

/// <summary>Text and parsing shared by every typed id.</summary>
public static class TypedId
{
    public static string Format<T>(T id) where T : struct, ITypedId<T> => T.Prefix + Crockford.Encode(id.Value);

    public static bool TryParse<T>([NotNullWhen(true)] string? text, out T id) where T : struct, ITypedId<T>
    {
        id = default;
        if (text is null || !text.StartsWith(T.Prefix, StringComparison.Ordinal)) return false;
        if (!Crockford.TryDecode(text.AsSpan(T.Prefix.Length), out var value)) return false;
        id = T.From(value);
        return true;
    }
}
