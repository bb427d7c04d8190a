"""TECHNIQUE "sorption": the specific surface area by nitrogen adsorption at 77 K."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from negatrode.core.errors import NegatrodeError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome, Recipe
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording
from negatrode.core.settings import Key, Settings
from negatrode.techniques.sorption import bet
from negatrode.techniques.sorption.bet import Window
from negatrode.techniques.sorption.figure import SorptionFigure, WindowArea
from negatrode.techniques.sorption.isotherm import Isotherm, isotherm_of
from negatrode.techniques.sorption.recipes import (
    Result,
    all_outcomes,
    area_of_line,
    pore_findings,
    reason,
    windows_of,
)
from negatrode.techniques.sorption.uncertainty import REPEATS
from negatrode.techniques.technique import Evaluation, Technique

AREA = "specific_surface_area"

RECIPES = (
    Recipe(
        AREA,
        "rouquerol",
        "1",
        "Multi-point BET over the window that the Rouquerol criteria choose; all admissible ones as a band",
        "standard",
        "Rouquerol et al., Stud. Surf. Sci. Catal. 160 (2007) 49; ISO 9277:2010 annex C; IUPAC 2015",
        default=True,
    ),
    Recipe(
        AREA,
        "iso9277",
        "1",
        "Multi-point BET over p/p0 0.05-0.30, at least five points",
        "standard",
        "ISO 9277:2010",
    ),
    Recipe(
        AREA,
        "one-point",
        "1",
        "v_m = v (1 - p/p0) near p/p0 0.3, S = 4.35 v_m (v in cm3(STP)/g)",
        "reconstructed",
        "formula of the claim's house practice, dimensionally corrected",
    ),
    Recipe(
        AREA,
        "instrument",
        "1",
        "Multi-point BET over the points that the instrument's report names",
        "convention",
    ),
)

KEYS = (
    Key("adsorptive", "", "gas of the isotherm", example="N2"),
    Key("temperature", "K", "temperature of the bath", example="77.35 K"),
    Key("mass", "g", "mass of the degassed sample", example="0.1 g"),
    Key("cross_section", "nm2", "area of a molecule of the adsorptive (0.162 nm2 by convention)"),
    Key("saturation_pressure", "kPa", "saturation pressure p0", example="101.325 kPa"),
    Key("loading_unit", "", "unit of the amount adsorbed, over the file's", example="cm3(STP)/g"),
    Key("pressure_unit", "", "unit of the pressures, over the file's", example="kPa"),
    Key("columns", "", "columns of a plain table", example="relative_pressure [1], loading [cm3(STP)/g]"),
)


def evaluate(recordings: Sequence[Recording], settings: Settings) -> Evaluation:
    """All recipes on one isotherm, or on several of the same powder (repeats are averaged).

    The figure is that of the first recording.
    """
    if not recordings:
        raise Refusal("no isotherm is given", rule="the surface area needs a nitrogen isotherm")
    measured = [(r, isotherm_of(r, settings.with_stated(r.settings)), printed_results(r)) for r in recordings]
    outcomes = [all_outcomes(i, r.source.sha256, facts) for r, i, facts in measured]
    findings = tuple(f for _, i, _ in measured for f in (*i.findings, *pore_findings(i)))
    first, isotherm, _ = measured[0]
    return Evaluation(
        {AREA: {recipe.name: _combined([o[recipe.name] for o in outcomes]) for recipe in RECIPES}},
        {AREA: tuple(dict.fromkeys(findings))},
        figure_of(isotherm, first.source.path),
    )


def printed_results(recording: Recording) -> Mapping[str, Stated]:
    """What the instrument's report prints of its own BET evaluation, from whatever block holds it."""
    facts: dict[str, Stated] = {}
    for block in recording.blocks:
        facts.update({k: v for k, v in block.facts.items() if k.startswith("printed_")})
    for key, text in recording.metadata.items():
        if key.startswith("printed_"):
            facts.setdefault(key, Stated(text, "", recording.source.path))
    return facts


def _combined(results: Sequence[Result]) -> Result:
    """The mean of repeats: their spread stands for what repeats average out, the rest stays common."""
    for result in results:
        if isinstance(result, NegatrodeError):
            return result
    outcomes = [r for r in results if isinstance(r, Outcome) and r.value is not None]
    if len(outcomes) == 1:
        return outcomes[0]
    values = np.array([o.value for o in outcomes], dtype=float)
    n, first = len(values), outcomes[0]
    u = float(np.std(values, ddof=1)) / math.sqrt(n)
    stem = first.components[0].key.split(":")[0]
    parts = [Component(f"spread of {n} isotherms", u, f"{stem}:repeats", float(n - 1))]
    parts += [c for c in first.components if not c.key.endswith(REPEATS)]
    why = "; ".join(dict.fromkeys(o.why_not for o in outcomes if not o.admissible))
    findings = tuple(dict.fromkeys(f for o in outcomes for f in o.findings))
    text = f"mean of {n} isotherms: {', '.join(f'{v:.4g}' for v in values)} m2/g"
    return Outcome(
        float(values.mean()),
        tuple(parts),
        admissible=not why,
        why_not=why,
        findings=(Finding("repeats", text), *findings),
    )


def figure_of(isotherm: Isotherm, path: str) -> SorptionFigure:
    """The arrays that the report draws."""
    x, v = isotherm.pressure, isotherm.loading
    windows = windows_of(isotherm)
    chosen = bet.choose(windows, x) if windows else None
    top = float(x[bet.maximum_of_curve(x, v)])
    shown = x <= max(top, 0.35)
    return SorptionFigure(
        path=path,
        adsorption_pressure=x,
        adsorption_loading=v,
        desorption_pressure=isotherm.desorption_pressure,
        desorption_loading=isotherm.desorption_loading,
        windows=tuple(_window_area(w, isotherm) for w in windows),
        chosen=_window_area(chosen, isotherm) if chosen else None,
        chosen_reason=reason(chosen) if chosen else "",
        bet_pressure=x[shown],
        bet_ordinate=bet.bet_transform(x, v)[shown],
        slope=chosen.line.slope if chosen else None,
        intercept=chosen.line.intercept if chosen else None,
        rouquerol_pressure=x,
        rouquerol_ordinate=bet.rouquerol_curve(x, v),
        rouquerol_maximum=top,
    )


def _window_area(window: Window, isotherm: Isotherm) -> WindowArea:
    line = window.line
    return WindowArea(
        window.low,
        window.high,
        int(isotherm.number[line.first]),
        int(isotherm.number[line.last]),
        area_of_line(line, isotherm),
        line.c,
        line.correlation,
    )


TECHNIQUE = Technique(
    "sorption",
    "sorption",
    "Nitrogen adsorption (BET)",
    ("isotherm", "table"),
    RECIPES,
    KEYS,
    evaluate,
)
