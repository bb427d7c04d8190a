"""How each element was determined, and the uncertainty that method usually has."""

from __future__ import annotations

import math

from negatrode.core.settings import Settings
from negatrode.techniques.composition.columns import METALS
from negatrode.techniques.composition.content import Analyte
from negatrode.techniques.lab_table import LabTable

COMBUSTION, FUSION = "combustion", "inert-gas-fusion"
# standard uncertainties of calibration in wt%: H and N 0.1 (usual repeat of an analyser), C 0.3 (its usual
# acceptance), O by pyrolysis 0.2 (recalled)
COMBUSTION_U = {"C": 0.3, "H": 0.1, "N": 0.1, "O": 0.2}
U_KEYS = {
    "C": "u_carbon",
    "H": "u_hydrogen",
    "N": "u_nitrogen",
    "O": "u_oxygen",
    "F": "u_fluorine",
    "S": "u_sulfur",
    "P": "u_phosphorus",
}
LIMIT_KEYS = {
    "C": "detection_limit",
    "H": "detection_limit",
    "N": "detection_limit",
    "O": "detection_limit_oxygen",
    "F": "detection_limit_fluorine",
    "S": "detection_limit_sulfur",
    "P": "detection_limit_phosphorus",
}
HALOGENS_AND_LIKE = ("F", "S", "P")
# of titanium, the highest contents that ASTM E1409-13 covers, in wt%
STANDARD_RANGE = {"O": 0.5, "N": 0.11}


def method_of(table: LabTable, settings: Settings) -> str:
    """Combustion for a table with carbon, inert-gas fusion for one with oxygen and no carbon.

    ``composition.method`` says otherwise where needed.
    """
    given = settings.optional_word("method")
    if given is not None:
        return given
    return FUSION if table.has("O") and not table.has("C") else COMBUSTION


def fusion_uncertainty(content: float) -> float:
    """Standard uncertainty in wt% of oxygen or nitrogen by inert-gas fusion.

    max(0.01 wt%, 3 %) up to 1 wt% (recalled). Above it, beyond the range of the standards (ASTM E1409:
    0.01 to 0.5 wt% O in titanium), 5 to 8 %: taken as 5 % at 1 wt% and 8 % from 10 wt%, linear in the
    logarithm between (assumed).

    >>> fusion_uncertainty(0.1), round(fusion_uncertainty(10.0), 3)
    (0.01, 0.8)
    """
    if content <= 1.0:
        return max(0.01, 0.03 * content)
    return content * (0.05 + 0.03 * min(math.log10(content), 1.0))


def solution_uncertainty(content: float) -> float:
    """Standard uncertainty in wt% by ICP, ion chromatography or combustion: max(0.01 wt%, 5 %), assumed."""
    return max(0.01, 0.05 * abs(content))


def analyte(symbol: str, method: str) -> Analyte:
    """An element as that method determines it."""
    if symbol in METALS:
        return Analyte(symbol, "ICP or the like", solution_uncertainty, limit_key="")
    keys = (U_KEYS[symbol], LIMIT_KEYS[symbol])
    if symbol in HALOGENS_AND_LIKE:
        return Analyte(symbol, "ICP, ion chromatography or combustion", solution_uncertainty, *keys)
    if method == FUSION and symbol in ("O", "N"):
        return Analyte(symbol, "inert-gas fusion", fusion_uncertainty, *keys)
    fixed = COMBUSTION_U[symbol]
    return Analyte(symbol, "combustion or pyrolysis", lambda _: fixed, *keys)
