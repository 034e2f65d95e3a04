using Busbar.Kernel;
using NodaTime;

namespace Busbar.Sessions.Console;

/// <param name="Energy">Since the start.</param>
/// <param name="PowerW">From here to the next point.</param>
public sealed record ChartPoint(Instant At, Energy? Energy, decimal? PowerW);
