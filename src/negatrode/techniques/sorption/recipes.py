"""The recipes of the specific surface area, each a function of an isotherm."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import NegatrodeError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome
from negatrode.core.provenance import Stated
from negatrode.techniques.sorption import bet
from negatrode.techniques.sorption.bet import BetLine, Window
from negatrode.techniques.sorption.isotherm import Isotherm
from negatrode.techniques.sorption.uncertainty import components

Array = NDArray[np.float64]

ISO_LOW, ISO_HIGH = 0.05, 0.30
ISO_CORRELATION = 0.9999
ONE_POINT, ONE_POINT_LOW, ONE_POINT_HIGH = 0.30, 0.20, 0.35
ONE_POINT_FACTOR = 4.35  # m2 per cm3(STP), as the patents print it; 4.3526 exactly
ONE_POINT_BIAS = 0.05  # relative, where the multi-point line gives no C
MICROPOROUS_C = 350.0
MICROPOROUS_MAXIMUM = 0.15  # a Rouquerol curve that ends its rise below it
PRINTED_TOLERANCE = 0.005


def area_of_line(line: BetLine, isotherm: Isotherm) -> float:
    """Area of a BET line in m2/g at the isotherm's cross-section."""
    return bet.surface_area(line.monolayer, isotherm.cross_section)


@lru_cache(maxsize=8)
def windows_of(isotherm: Isotherm) -> tuple[Window, ...]:
    """Admissible windows of at least five points; of three or four where there are none."""
    for fewest in (bet.PREFERRED_POINTS, bet.FEWEST_POINTS):
        found = bet.admissible_windows(isotherm.pressure, isotherm.loading, fewest=fewest)
        if found:
            return found
    return ()


def rouquerol(isotherm: Isotherm, sha: str) -> Outcome:
    """Multi-point BET over the admissible window chosen by ``bet.choose``; the others are a component."""
    windows = windows_of(isotherm)
    if not windows:
        top = float(isotherm.pressure[bet.maximum_of_curve(isotherm.pressure, isotherm.loading)])
        raise Refusal(
            f"no window of {bet.FEWEST_POINTS} points up to p/p0 {top:.3g} meets the Rouquerol criteria",
            rule="v(1-p/p0) increases, C > 0, and the monolayer lies within the window",
            remedy="Measure more points below p/p0 0.3, or ask for recipe iso9277 or one-point",
        )
    chosen = bet.choose(windows, isotherm.pressure)
    areas = [area_of_line(w.line, isotherm) for w in windows]
    value, parts, findings = _line_outcome(chosen.line, isotherm, sha)
    spread = float(np.std(areas, ddof=1)) if len(areas) > 1 else 0.0
    parts += (Component(f"choice among {len(areas)} admissible windows", spread, f"{sha[:12]}:window"),)
    text = (
        f"{len(areas)} admissible windows give {min(areas):.4g} to {max(areas):.4g} m2/g; "
        f"chosen: {reason(chosen)}"
    )
    return Outcome(value, parts, findings=(Finding("windows", text), *findings))


def reason(window: Window) -> str:
    """Why a window was chosen, in words."""
    return (
        f"p/p0 {window.low:.3g} to {window.high:.3g} ({window.line.points} points), the window that ends "
        "nearest the maximum of v(1-p/p0) and of those has most points within a decade of pressure"
    )


def iso9277(isotherm: Isotherm, sha: str) -> Outcome:
    """Multi-point BET over all points in p/p0 0.05-0.30 (ISO 9277:2010)."""
    inside = np.flatnonzero((isotherm.pressure >= ISO_LOW - 1e-9) & (isotherm.pressure <= ISO_HIGH + 1e-9))
    if len(inside) < bet.FEWEST_POINTS:
        raise Refusal(
            f"{len(inside)} points in p/p0 {ISO_LOW:g}-{ISO_HIGH:g}",
            rule="ISO 9277 takes at least five there",
            remedy="Measure more points in that range",
        )
    line = _require_line(isotherm, int(inside[0]), int(inside[-1]))
    value, parts, findings = _line_outcome(line, isotherm, sha)
    why = []
    if not 0.0 < line.c < math.inf:
        why.append(f"C is {line.c:.4g}, it must be positive")
    if line.points < bet.PREFERRED_POINTS:
        why.append(f"{line.points} points where ISO 9277 takes at least {bet.PREFERRED_POINTS}")
    if line.correlation < ISO_CORRELATION:
        text = f"r = {line.correlation:.6f} over p/p0 0.05-0.30, below {ISO_CORRELATION}"
        findings += (Finding("linearity", text, warning=True),)
    curve = bet.rouquerol_curve(isotherm.pressure, isotherm.loading)[inside[0] : inside[-1] + 1]
    if np.any(np.diff(curve) < -bet.CURVE_NOISE * curve[:-1]):
        text = "v(1-p/p0) does not increase over 0.05-0.30: the fixed range is outside the BET range"
        findings += (Finding("fixed-range", text, warning=True),)
    return Outcome(value, parts, admissible=not why, why_not="; ".join(why), findings=findings)


def one_point(isotherm: Isotherm, sha: str) -> Outcome:
    """S = 4.35 v (1 - x) at the point nearest p/p0 0.3 (0.20-0.35), v in cm3(STP)/g.

    The line is taken through the origin (C infinite), which lowers the area by the fraction
    (1 - x) / (1 + (C - 1) x); that bias is stated and counted as an uncertainty.
    """
    x, v = isotherm.pressure, isotherm.loading
    inside = np.flatnonzero((x >= ONE_POINT_LOW) & (x <= ONE_POINT_HIGH))
    if not len(inside):
        raise Refusal(
            f"no point in p/p0 {ONE_POINT_LOW:g}-{ONE_POINT_HIGH:g}",
            rule="the one-point recipe reads it near 0.3",
        )
    i = int(inside[np.argmin(np.abs(x[inside] - ONE_POINT))])
    scale = ONE_POINT_FACTOR * isotherm.cross_section / bet.CROSS_SECTION_N2

    def area_of(xs: Array, vs: Array) -> float:
        return float(scale * vs[i] * (1.0 - xs[i]))

    value = area_of(x, v)
    bias = _one_point_bias(isotherm, float(x[i]))
    parts = (
        *components(isotherm, area_of, value, sha),
        Component("line through the origin", bias * value, f"{sha[:12]}:one-point"),
    )
    text = f"p/p0 {x[i]:.4g}; a line through the origin reads about {100 * bias:.2g} % low"
    return Outcome(value, parts, findings=(Finding("one-point", text),))


def _one_point_bias(isotherm: Isotherm, x: float) -> float:
    windows = windows_of(isotherm)
    if not windows:
        return ONE_POINT_BIAS
    return (1.0 - x) / (1.0 + (bet.choose(windows, isotherm.pressure).line.c - 1.0) * x)


def instrument(isotherm: Isotherm, sha: str, facts: Mapping[str, Stated]) -> Outcome:
    """Multi-point BET over the points that the instrument's own report used."""
    if "printed_points" not in facts:
        raise Refusal(
            "the file does not state which points the instrument used",
            rule="recipe 'instrument' repeats its range",
        )
    printed = facts["printed_points"]
    chosen = _printed_indices(isotherm, str(printed.value), printed.where)
    line = _require_line(isotherm, int(chosen[0]), int(chosen[-1]))
    value, parts, findings = _line_outcome(line, isotherm, sha)
    stated = facts.get("printed_area")
    if stated is not None and not isinstance(stated.value, str):
        off = value / stated.value - 1.0 if stated.value else math.inf
        text = f"the file prints {stated.value:g} m2/g, its points {printed.value} give {value:.5g} m2/g"
        differs = abs(off) > PRINTED_TOLERANCE
        findings += (Finding("printed-area-differs" if differs else "printed-area", text, warning=differs),)
    admissible = 0.0 < line.c < math.inf
    why = "" if admissible else f"C is {line.c:.4g}, it must be positive"
    return Outcome(value, parts, admissible=admissible, why_not=why, findings=findings)


def _printed_indices(isotherm: Isotherm, text: str, where: str) -> NDArray[np.int64]:
    """Indices of "3-9" or "3,4,5" (1-based points) or "0.05-0.30" (relative pressures)."""
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]
    if len(numbers) < 2:
        raise Refusal(f"the printed points are '{text}'", where=where, rule="they are a range such as 3-9")
    low, high = min(numbers), max(numbers)
    scale = isotherm.pressure if "." in text else isotherm.number
    inside = np.flatnonzero((scale >= low - 1e-9) & (scale <= high + 1e-9))
    if len(inside) < bet.FEWEST_POINTS:
        raise Refusal(
            f"{len(inside)} usable points in the printed range {text}", where=where, rule="a line needs three"
        )
    return np.asarray(inside)


def _require_line(isotherm: Isotherm, first: int, last: int) -> BetLine:
    line = bet.fit_line(isotherm.pressure, isotherm.loading, first, last)
    if line is None:
        raise Refusal(
            f"the points {isotherm.number[first]} to {isotherm.number[last]} give no positive monolayer",
            rule="slope + intercept of the BET line is positive",
        )
    return line


def _line_outcome(
    line: BetLine, isotherm: Isotherm, sha: str
) -> tuple[float, tuple[Component, ...], tuple[Finding, ...]]:
    def area_of(x: Array, v: Array) -> float | None:
        other = bet.fit_line(x, v, line.first, line.last)
        return None if other is None else area_of_line(other, isotherm)

    value = area_of_line(line, isotherm)
    u_line = bet.surface_area(line.u_monolayer, isotherm.cross_section)
    part = Component("scatter about the BET line", u_line, f"{sha[:12]}:line", float(line.points - 2))
    text = (
        f"v_m {line.monolayer:.5g} cm3(STP)/g, C {line.c:.4g}, r {line.correlation:.6f}, points "
        f"{isotherm.number[line.first]} to {isotherm.number[line.last]} ({line.points})"
    )
    findings: tuple[Finding, ...] = (Finding("bet-line", text),)
    if line.points < bet.PREFERRED_POINTS:
        few = f"{line.points} points on the line where five are preferred"
        findings += (Finding("few-points", few, warning=True),)
    return value, (part, *components(isotherm, area_of, value, sha)), findings


def pore_findings(isotherm: Isotherm) -> tuple[Finding, ...]:
    """Signs of micropores, and a total area too small for the balance of gas."""
    found = []
    windows = windows_of(isotherm)
    if windows:
        best = bet.choose(windows, isotherm.pressure)
        top = float(isotherm.pressure[bet.maximum_of_curve(isotherm.pressure, isotherm.loading)])
        if best.line.c > MICROPOROUS_C or top < MICROPOROUS_MAXIMUM:
            text = (
                f"C {best.line.c:.4g}, v(1-p/p0) rises only to p/p0 {top:.3g}: micropores; the area is then "
                "an index (10-20 % by method), and ISO 9277 is restricted to types II and IV"
            )
            found.append(Finding("microporous", text, warning=True))
        total = area_of_line(best.line, isotherm) * (isotherm.mass or math.inf)
        if total < 1.0:
            text = f"{total:.2g} m2 in the tube, where at least 1 m2 is wanted"
            found.append(Finding("small-total-area", text, warning=True))
    return tuple(found)


Result = Outcome | NegatrodeError


def all_outcomes(isotherm: Isotherm, sha: str, facts: Mapping[str, Stated]) -> dict[str, Result]:
    """Recipe -> outcome or the refusal that says why it gives none."""
    runs: dict[str, Callable[[], Outcome]] = {
        "rouquerol": lambda: rouquerol(isotherm, sha),
        "iso9277": lambda: iso9277(isotherm, sha),
        "one-point": lambda: one_point(isotherm, sha),
        "instrument": lambda: instrument(isotherm, sha, facts),
    }
    found: dict[str, Result] = {}
    for name, run in runs.items():
        try:
            found[name] = run()
        except Refusal as refusal:
            found[name] = refusal
    return found
