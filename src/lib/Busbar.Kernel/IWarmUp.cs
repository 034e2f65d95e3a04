namespace Busbar.Kernel;

/// <summary>
/// A part of a room that is slow the first time it runs, because its code is compiled then. It runs once, beside the start, where there is a processor to spare, so that
/// the stations that come back first do not wait for it. It changes nothing, here or in the database.
/// </summary>
public interface IWarmUp
{
    /// <summary>It is what the first frame of a station needs: it runs before the others, on every machine, and the port opens when it is done. A fraction of a second at most.</summary>
    bool IsFirst => false;

    /// <summary>What goes wrong here goes wrong again where it matters: it is logged and ends nothing.</summary>
    Task WarmUpAsync(CancellationToken ct);
}
