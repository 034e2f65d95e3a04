using System.Security.Cryptography;

namespace Busbar.Storage;

/// <summary>
/// This process, as the lease table names it: host, process and a random part, so that a restarted process is another node.
/// </summary>
public static class NodeName
{
    public static string Current { get; } =
        $"{Environment.MachineName}-{Environment.ProcessId}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
}
