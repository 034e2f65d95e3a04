using System.Text;
using Busbar.Rating;

namespace Busbar.Pricing.Console;

/// <summary>What is being edited: one form, told as fields and as JSON; both change the same thing, and each change is judged at once.</summary>
internal sealed class EditorState
{
    private readonly Action _changed;

    public EditorState(TariffForm form, Action changed)
    {
        _changed = changed;
        Take(form);
    }

    public TariffForm Form { get; private set; } = null!;

    public FormReading Reading { get; private set; } = null!;

    /// <summary>The last that was without a fault: what the preview shows while somebody is in the middle of a change.</summary>
    public Tariff? Good { get; private set; }

    /// <summary>As it is typed, where it does not say a tariff.</summary>
    public string Json { get; private set; } = "";

    /// <summary>Why the JSON says no tariff; null: it does.</summary>
    public TariffFault? JsonFault { get; private set; }

    public bool IsDirty { get; private set; }

    public bool Ok => Reading.Ok && JsonFault is null;

    public IReadOnlyList<TariffFault> Faults => JsonFault is { } fault ? [fault, .. Reading.Faults] : Reading.Faults;

    /// <summary>After a field was changed.</summary>
    public void Touch()
    {
        Judge();
        (Json, JsonFault, IsDirty) = (TariffForm.Json(Reading.Tariff), null, true);
        _changed();
    }

    /// <summary>After the JSON was changed.</summary>
    public void TakeJson(string text)
    {
        (Json, IsDirty) = (text, true);
        if (TariffJson.TryRead(Encoding.UTF8.GetBytes(text), out var tariff, out var fault))
        {
            (Form, JsonFault) = (TariffForm.Of(tariff), null);
            Judge();
        }
        else
        {
            JsonFault = fault;
        }
        _changed();
    }

    /// <summary>Another tariff takes its place, such as an imported one.</summary>
    public void Take(TariffForm form, bool dirty = false)
    {
        Form = form;
        Judge();
        (Json, JsonFault, IsDirty) = (TariffForm.Json(Reading.Tariff), null, dirty);
    }

    /// <summary>A part of it that is no tariff was changed: its name, its days.</summary>
    public void Dirty() => IsDirty = true;

    /// <summary>It is kept.</summary>
    public void Clean() => IsDirty = false;

    private void Judge()
    {
        Reading = Form.Read();
        if (Reading.Ok) Good = Reading.Tariff;
    }
}
