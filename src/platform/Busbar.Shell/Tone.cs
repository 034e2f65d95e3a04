namespace Busbar.Shell;

/// <summary>What a state means to who looks at it.</summary>
public enum Tone
{
    Neutral,
    Good,
    Busy,
    Warning,
    Bad,
}
