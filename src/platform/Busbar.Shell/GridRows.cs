namespace Busbar.Shell;

/// <summary>Some rows of a list, and how many the whole list has.</summary>
public sealed record GridRows<T>(IReadOnlyList<T> Items, int Total);
