namespace Busbar.Tests.Shell;

/// <summary>What an attacker writes where a station, a driver or a partner may write: two hundred texts, short enough for the fields that they go into.</summary>
internal static class HostileTexts
{
    private static readonly string[] Tags = ["img src=x", "svg", "body", "input autofocus", "video src=x", "details open", "iframe", "a href=#", "b", "marquee"];
    private static readonly string[] Handlers = ["onerror", "onload", "onfocus", "ontoggle", "onclick", "onmouseover", "onanimationstart"];

    private static readonly string[] Markup =
    [
        "<script>alert(1)</script>", "</script><script>alert(1)", "<SCRIPT SRC=//e.example/x>", "<script>alert`1`</script>", "\"><script>alert(1)</script>", "'><script>alert(1)</script>",
        "<scr<script>ipt>alert(1)", "<!--><script>alert(1)//", "]]><script>alert(1)</script>", "</title><script>alert(1)</script>", "</textarea><script>alert(1)//",
        "</style><script>alert(1)</script>", "<iframe srcdoc='<script>alert(1)'>", "<iframe src=javascript:alert(1)>", "<object data=javascript:alert(1)>", "<embed src=javascript:alert(1)>",
        "<a href=javascript:alert(1)>x</a>", "<form action=javascript:alert(1)>", "<base href=//e.example>", "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//e.example>",
        "<style>@import'//e.example'</style>", "<math><mtext><script>alert(1)", "<svg><script>alert(1)</script>", "<svg/onload=alert(1)>", "<img/src/onerror=alert(1)>", "<img src=x:x onerror=alert(1)",
        "&lt;script&gt;alert(1)", "&#60;script&#62;alert(1)", "%3Cscript%3Ealert(1)", "\\x3cscript\\x3ealert(1)", "\\u003cscript\\u003ealert(1)", "javascript:alert(1)", "data:text/html,<script>alert(1)",
        "vbscript:msgbox(1)", "\" onmouseover=alert(1) x=\"", "' onfocus=alert(1) autofocus '", "` onload=alert(1)", "\" style=\"background:red", "x\" autofocus onfocus=\"alert(1)",
    ];

    private static readonly string[] Formulae =
    [
        "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1", "＋1", "－1", "＠SUM(1)", "=cmd|'/C calc'!A0", "-cmd|'/C calc'!A0", "+cmd|'/C calc'!A0",
        "@cmd|'/C calc'!A0", "=HYPERLINK(\"//e.example\")", "=IMPORTXML(\"//e.example\")", "=WEBSERVICE(\"//e.example\")", "=DDE(\"cmd\";\"/C\")", "\",=1+1,\"", "x\r\n=1+1", ";=1+1", "=\"a\"&\"b\"",
    ];

    private static readonly string[] Directions =
    [
        "\u202Egnp.exe", "\u202Dabc", "\u2066x\u2069", "\u2067x", "\u2068x", "abc\u202E", "\u200Fabc", "\u200Eabc", "\u061Cabc", "\u202Aabc\u202C", "a\u200Bb", "a\u2060b", "\uFEFFabc", "a\u2028b", "a\u2029b",
    ];

    private static readonly string[] Lines =
    [
        "a\r\nb", "a\nb", "a\rb", "a\u0085b", "a\u000Bb", "a\u000Cb", "\r\n\r\n<script>", "x\r\nSet-Cookie: a=b", "x\r\nLocation: //e.example", "\u001B[2J", "\u001B]0;x\u0007", "a\bb", "a\u0000b", "a\u007Fb",
        "x\nerror: all is lost", "2026-11-26 fail: x",
    ];

    private static readonly string[] Templates =
    [
        "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "@(7*7)", "@{alert(1)}", "{0}", "{Name}", "%s%n", "{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "{%7*7%}", "[[7*7]]", "$(id)", "`id`",
        "'; DROP TABLE x; --", "\" OR 1=1 --", "../../etc/passwd", "..\\..\\x", "\\\\e.example\\x", "{\"a\":1}", "<?xml version='1.0'?>", "<!DOCTYPE x SYSTEM 'x'>", "&xxe;", "__proto__", "constructor", "NaN", "null",
        "undefined", "true", "1e999", "0x0", "-0", "\uD83D\uDE00", "Ω≈ç√", "ﷺ",
    ];

    public static IReadOnlyList<string> All { get; } =
        [.. Markup.Concat(Formulae).Concat(Directions).Concat(Lines).Concat(Templates).Concat(Tags.SelectMany(tag => Handlers.Select(handler => $"<{tag} {handler}=alert(1)>"))).Distinct().Take(200)];
}
