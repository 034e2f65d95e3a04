using System.Text;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing.Simulation;

/// <summary>Repriced sessions as packed bytes: a million of them are kept with their prices. The same sessions give the same bytes.</summary>
internal static class SimulationPart
{
    private const byte Format = 2;

    // Without what stands in.
    private const byte First = 1;

    public static byte[] Write(IReadOnlyList<Repriced> sessions)
    {
        using var bytes = new MemoryStream(sessions.Count * 72);
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Format);
        writer.Write7BitEncodedInt(sessions.Count);
        Span<byte> station = stackalloc byte[16];
        foreach (var session in sessions)
        {
            writer.Write(session.Session);
            session.Station.Value.TryWriteBytes(station, bigEndian: true, out _);
            writer.Write(station);
            writer.Write7BitEncodedInt64(session.StartedAt.ToUnixTimeMilliseconds());
            writer.Write(session.Tariff ?? "");
            writer.Write7BitEncodedInt(session.Version);
            writer.Write((byte)session.Skip);
            writer.Write(session.Currency ?? "");
            writer.Write7BitEncodedInt64(session.BeforeExcl);
            writer.Write7BitEncodedInt64(session.BeforeIncl);
            writer.Write7BitEncodedInt64(session.AfterExcl);
            writer.Write7BitEncodedInt64(session.AfterIncl);
            writer.Write(session.StandsIn);
        }
        writer.Flush();
        return bytes.ToArray();
    }

    public static IEnumerable<Repriced> Read(byte[] part)
    {
        using var reader = new BinaryReader(new MemoryStream(part), Encoding.UTF8);
        var format = reader.ReadByte();
        if (format is not (First or Format)) throw new InvalidOperationException("A simulation's part is in a format that nobody knows.");
        var count = reader.Read7BitEncodedInt();
        for (var i = 0; i < count; i++)
        {
            yield return new Repriced(
                reader.ReadString(), new StationId(new Guid(reader.ReadBytes(16), bigEndian: true)), Instant.FromUnixTimeMilliseconds(reader.Read7BitEncodedInt64()), Some(reader.ReadString()),
                reader.Read7BitEncodedInt(), (SkipReason)reader.ReadByte(), Some(reader.ReadString()), reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64(),
                reader.Read7BitEncodedInt64(), format != First && reader.ReadBoolean());
        }
    }

    private static string? Some(string text) => text.Length == 0 ? null : text;
}
