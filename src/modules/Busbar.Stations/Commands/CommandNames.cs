using System.Text;
using Busbar.Ocpp;
using Busbar.Stations.Dialects;

namespace Busbar.Stations.Commands;

/// <summary>OCPP's actions in their own spelling or in kebab-case: <c>RemoteStartTransaction</c>, <c>remote-start-transaction</c>.</summary>
internal static class CommandNames
{
    /// <summary>The action of this version that we may send, or null.</summary>
    public static OcppAction? Find(IDialect dialect, string name)
    {
        foreach (var action in dialect.Actions)
        {
            if (action.Since <= dialect.Version && action.MayBeSentBy(OcppSender.Csms) && !action.IsSend && (action.Name == name || Kebab(action.Name) == name)) return action;
        }
        return null;
    }

    /// <summary>A dash before each word; a run of capitals is one word: <c>GetDERControl</c> is <c>get-der-control</c>.</summary>
    public static string Kebab(string name)
    {
        var text = new StringBuilder(name.Length + 8);
        for (var i = 0; i < name.Length; i++)
        {
            var startsWord = i > 0 && char.IsUpper(name[i]) && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord) text.Append('-');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}
