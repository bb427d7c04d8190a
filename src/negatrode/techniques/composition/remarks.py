"""What a reader of an elemental analysis should know: usual uncertainties, blanks, scatter, ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from negatrode.core.estimate import Finding
from negatrode.core.settings import Settings
from negatrode.techniques.composition.blank import Blank
from negatrode.techniques.composition.content import Content
from negatrode.techniques.composition.gases import range_finding
from negatrode.techniques.composition.methods import (
    COMBUSTION,
    COMBUSTION_U,
    FUSION,
    HALOGENS_AND_LIKE,
    U_KEYS,
    analyte,
)
from negatrode.techniques.composition.moisture import U_MOISTURE
from negatrode.techniques.composition.recipes import FSP, NITROGEN, OXYGEN
from negatrode.techniques.lab_table import LabTable

SCATTER = {"C": 1.0, "H": 0.3, "N": 0.3}  # wt%, above which replicates of one sample are suspect
SCATTER_GASES = 0.2  # of the mean, the same for O, N by fusion and F, S, P


@dataclass(frozen=True, eq=False)
class Analysis:
    """One table of one sample, the method of its gases, and the contents of its elements."""

    table: LabTable
    method: str
    contents: Mapping[str, Content]
    blanks: Mapping[str, Blank]


def remarks(analyses: Sequence[Analysis], settings: Settings) -> list[Finding]:
    """What holds for all properties: usual uncertainties of combustion, moisture, number of analyses."""
    found = []
    combusted = {e for a in analyses for e in a.contents if e in "CH" or a.method == COMBUSTION}
    usual = [e for e in ("C", "H", "N") if e in combusted and not settings.has(U_KEYS[e])]
    if usual:
        assumed = ", ".join(f"{e} {COMBUSTION_U[e]:g}" for e in usual)
        text = f"calibration uncertainties not given; usual ones taken: {assumed} wt% (recalled)"
        found.append(Finding("default-uncertainty", text))
    if not settings.has("moisture"):
        text = "moisture is not stated: adsorbed water counts as hydrogen and oxygen"
        found.append(Finding("moisture-unknown", text))
    elif not settings.has("u_moisture"):
        found.append(Finding("default-u-moisture", f"{U_MOISTURE:g} wt% of the moisture assumed"))
    for analysis in analyses:
        n = analysis.table.size
        found.append(Finding("repeats", f"{n} analyses") if n > 1 else Finding("single", "one analysis"))
        found += _scatter(analysis)
    return found


def _scatter(analysis: Analysis) -> list[Finding]:
    """Replicates that scatter more than those of one sample do."""
    found = []
    for name in analysis.contents:
        values = analysis.table.values[name][np.isfinite(analysis.table.values[name])]
        if len(values) < 2:
            continue
        deviation = float(np.std(values, ddof=1))
        fusion = analysis.method == FUSION or name not in SCATTER
        most = SCATTER_GASES * abs(float(np.mean(values))) + 0.02 if fusion else SCATTER[name]
        if deviation > most:
            text = f"replicates of {name} scatter by {deviation:.2g} wt%: one sample?"
            found.append(Finding("replicates-scatter", text, warning=True))
    return found


def remarks_by_property(analyses: Sequence[Analysis], settings: Settings) -> dict[str, tuple[Finding, ...]]:
    """Blanks, usual uncertainties and ranges of oxygen, nitrogen by fusion, and F, S, P."""
    found: dict[str, list[Finding]] = {}
    for analysis in analyses:
        for symbol, measured in analysis.contents.items():
            prop = {"O": OXYGEN, "N": NITROGEN}.get(symbol, FSP if symbol in HALOGENS_AND_LIKE else "")
            if not prop:
                continue
            notes = found.setdefault(prop, [])
            notes += analysis.blanks[symbol].findings
            if analysis.method == FUSION and symbol in ("O", "N"):
                notes += range_finding(symbol, measured)
            elif symbol == "N":
                continue
            if not settings.has(U_KEYS[symbol]) and measured.components:
                u, method = measured.components[0].u, analyte(symbol, analysis.method).method
                text = f"uncertainty of {symbol} by {method} not given; the usual {u:.2g} wt% taken"
                notes.append(Finding(f"default-uncertainty-{symbol}", text))
    return {prop: tuple(notes) for prop, notes in found.items()}
