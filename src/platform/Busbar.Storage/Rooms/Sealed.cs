using Microsoft.EntityFrameworkCore;

namespace Busbar.Storage.Rooms;

/// <summary>This column's bytes are a box, which names the key that it is sealed with: a room that has one says so to whoever seals boxes anew.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SealedAttribute : Attribute;

/// <summary>The beginning of bytes, as both databases cut it.</summary>
public static class BytesPart
{
    /// <summary>For queries only: <c>substr</c>.</summary>
    /// <param name="from">1: the first.</param>
    public static byte[] Of(byte[] bytes, int from, int count) => throw new InvalidOperationException("The database answers this.");

    internal static void AddTo(ModelBuilder model) => model.HasDbFunction(typeof(BytesPart).GetMethod(nameof(Of))!).HasName("substr").IsBuiltIn();
}
