using System.Collections.Frozen;
using Busbar.Stations.Contracts;

namespace Busbar.Stations;

/// <summary>What a connector's standard says of its current, in OCPI's words (2.3.0, ConnectorType) and in OCPP's (2.1, ConnectorEnumType).</summary>
internal static class ConnectorStandards
{
    // NACS, SAE_J3400 and TESLA_S carry both, and are not here; pantographs are DC (IEC 61851-23-1).
    private static readonly FrozenSet<string> Dc = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
    [
        "CHADEMO", "CHAOJI", "GBT_DC", "IEC_62196_T1_COMBO", "IEC_62196_T2_COMBO", "MCS", "PANTOGRAPH_BOTTOM_UP", "PANTOGRAPH_TOP_DOWN",
        "cCCS1", "cCCS2", "cChaoJi", "cG105", "cGBT-DC", "cMCS", "cNACS-CCS1", "cUltraChaoJi", "OppCharge", "Pan",
    ]);

    private static readonly FrozenSet<string> Ac = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
    [
        "GBT_AC", "IEC_62196_T1", "IEC_62196_T2", "IEC_62196_T3A", "IEC_62196_T3C",
        "cGBT", "cType1", "cType2", "s309-1P-16A", "s309-1P-32A", "s309-3P-16A", "s309-3P-32A", "sBS1361", "sCEE-7-7", "sType2", "sType3", "Other1PhMax16A", "Other1PhOver16A", "Other3Ph",
    ]);

    private static readonly string[] AcFamilies = ["DOMESTIC_", "IEC_60309_2_", "NEMA_"];

    /// <summary>Null: nobody said, or a word that says nothing about it.</summary>
    public static EvseCurrent? CurrentOf(string? standard) => standard is null ? null
        : Dc.Contains(standard) ? EvseCurrent.Dc
        : Ac.Contains(standard) || Array.Exists(AcFamilies, family => standard.StartsWith(family, StringComparison.OrdinalIgnoreCase)) ? EvseCurrent.Ac
        : null;
}
