using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Microsoft.Extensions.Options;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Identity.Audit;

/// <summary>What lies in a folder of anchors.</summary>
/// <param name="Files">That are as they were written.</param>
/// <param name="Problems">In words: files that are not, and files that are gone.</param>
public sealed record AnchorFolder(IReadOnlyList<AuditAnchor> Anchors, int Files, IReadOnlyList<string> Problems);

/// <summary>
/// The chains' heads outside the database: a file for each time, never written again, so that the folder may be a mount that takes nothing back. A file is signed with the installation's key
/// (HMAC-SHA256) and names the signature of the file before it.
/// </summary>
public sealed class AuditAnchors
{
    private const string Purpose = "audit-anchor";
    private const string Format = "busbar-audit-anchor/1";
    private const string Signature = ",\"mac\":\"";

    private static readonly InstantPattern NamePattern = InstantPattern.CreateWithInvariantCulture("uuuuMMdd'T'HHmmssfff'Z'");

    private readonly KeyedHash _hash;

    internal AuditAnchors(IOptions<AuditOptions> options, Database database, KeyedHash hash)
    {
        _hash = hash;
        Folder = options.Value.AnchorDirectory is { Length: > 0 } named ? Path.GetFullPath(named) : database.Directory is { } data ? Path.Combine(data, "audit-anchors") : null;
    }

    /// <summary>Null: there is none.</summary>
    public string? Folder { get; }

    /// <summary>Returns when the file is on the disk.</summary>
    internal void Write(Instant at, string reason, IEnumerable<SealedEntry> heads)
    {
        if (Folder is null) return;
        Directory.CreateDirectory(Folder);
        var previous = Newest(Folder) is { } newest ? SignatureOf(File.ReadAllBytes(newest)) ?? "" : "";
        var body = Body(at, reason, previous, heads);
        // The signature is the last member: what is signed is the object as it is without it.
        var text = $"{Encoding.UTF8.GetString(body.AsSpan(0, body.Length - 1))}{Signature}{Convert.ToHexStringLower(_hash.Hash(Purpose, body))}\"}}\n";
        var unique = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        using var file = new FileStream(Path.Combine(Folder, $"{NamePattern.Format(at)}-{unique}.json"), FileMode.CreateNew, FileAccess.Write);
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Reads all that lies there. A folder that does not exist has no anchors, which is no proof of anything.</summary>
    public AnchorFolder Read(string folder)
    {
        if (!Directory.Exists(folder)) return new AnchorFolder([], 0, []);
        var (anchors, problems, known, files) = (new List<AuditAnchor>(), new List<string>(), new HashSet<string>(StringComparer.Ordinal) { "" }, 0);
        foreach (var path in FilesOf(folder))
        {
            var bytes = File.ReadAllBytes(path);
            var (name, signature) = (Path.GetFileName(path), SignatureOf(bytes));
            if (signature is null || !IsSigned(bytes, signature))
            {
                problems.Add($"{name} is not as this installation's key signed it");
                continue;
            }
            try
            {
                using var document = JsonDocument.Parse(bytes);
                if (!known.Contains(document.RootElement.GetProperty("previous").GetString()!)) problems.Add($"a file before {name} is gone");
                foreach (var head in document.RootElement.GetProperty("heads").EnumerateArray())
                    anchors.Add(new AuditAnchor(new TenantId(head.GetProperty("tenant").GetGuid()), head.GetProperty("sequence").GetInt64(), Convert.FromHexString(head.GetProperty("hash").GetString()!)));
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
            {
                problems.Add($"{name} cannot be read");
                continue;
            }
            known.Add(signature);
            files++;
        }
        return new AnchorFolder(anchors, files, problems);
    }

    /// <summary>When the newest file of the folder was written; null: there is none.</summary>
    internal Instant? LastAt => Folder is { } folder && Directory.Exists(folder) && Newest(folder) is { } path && NamePattern.Parse(Path.GetFileName(path).Split('-')[0]) is { Success: true } at ? at.Value : null;

    private static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal);

    private static string? Newest(string folder) => FilesOf(folder).LastOrDefault();

    private static byte[] Body(Instant at, string reason, string previous, IEnumerable<SealedEntry> heads)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteString("at", InstantPattern.ExtendedIso.Format(at));
            json.WriteString("node", NodeName.Current);
            json.WriteString("reason", reason);
            json.WriteString("previous", previous);
            json.WriteStartArray("heads");
            foreach (var head in heads)
            {
                json.WriteStartObject();
                json.WriteString("tenant", head.Entry.Tenant.Value);
                json.WriteNumber("sequence", head.Sequence);
                json.WriteString("hash", Convert.ToHexStringLower(head.Hash));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private bool IsSigned(byte[] file, string signature)
    {
        var end = file.AsSpan().LastIndexOf(Encoding.ASCII.GetBytes(Signature));
        byte[] body = [.. file.AsSpan(0, end), (byte)'}'];
        return signature.Length == 64 && signature.All(char.IsAsciiHexDigitLower) && _hash.Verify(Purpose, body, Convert.FromHexString(signature));
    }

    private static string? SignatureOf(byte[] file)
    {
        var text = Encoding.UTF8.GetString(file).TrimEnd();
        var begin = text.LastIndexOf(Signature, StringComparison.Ordinal);
        return begin >= 0 && text.EndsWith("\"}", StringComparison.Ordinal) ? text[(begin + Signature.Length)..^2] : null;
    }
}
