"""Contents of the phases from point analyses: which point belongs to which phase, mean and uncertainty."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, MissingInput, Refusal
from negatrode.core.estimate import Component, Finding
from negatrode.core.settings import Key, Settings
from negatrode.techniques.phases.composition import Blank, PhaseContents
from negatrode.techniques.phases.points import Points
from negatrode.techniques.phases.quantification import Z95, Floats, Limits, currie_limits
from negatrode.techniques.phases.segment_marks import Marks

# recalled laboratory practice, not verified: between background and peak-shape recipes of EPMA, O and N
# of one specimen differ by about 0.2 wt%
U_BIAS = 0.2
# assumed: a point with 10 to 90 % of the way from one phase's composition to the other's is mixed
MIXED = (0.10, 0.90)

KEYS = (
    Key("point_phases", "", "which words of the phase column are A and B", example="core = A, matrix = B"),
    Key(
        "u_bias",
        "wt%",
        "standard uncertainty that the analysis recipe (background, peak shape) leaves in O and N",
        example="0.05 wt%",
    ),
)


def assigned(points: Points, marks: Marks, settings: Settings) -> tuple[Points, tuple[str, ...]]:
    """The points with their phases, "A", "B" or "" (mixed, other or near the interface: left out, named).

    By the phase column; without one by the share of the marks, which must fall into two groups.
    """
    if all(points.phases):
        return _by_words(points, marks, settings)
    return _by_marks(points, marks)


def _by_words(points: Points, marks: Marks, settings: Settings) -> tuple[Points, tuple[str, ...]]:
    named = _stated_words(settings)
    phases = [named.get(word.lower(), _plain(word, marks)) for word in points.phases]
    unknown = list(dict.fromkeys(w for w, p in zip(points.phases, phases, strict=True) if p is None))
    if unknown and not {"A", "B"} <= set(phases):
        raise MissingInput(
            f"the phase column says {', '.join(unknown[:6])}",
            key=f"{settings.section}.point_phases",
            where=points.path,
            rule="which word is phase A and which is B must be known",
            remedy=f'Give point_phases = "{unknown[0]} = A, ..." under [{settings.section}]',
        )
    return _left_out(points, [p or "" for p in phases], "of another phase")


def _stated_words(settings: Settings) -> dict[str, str]:
    text = settings.optional_word("point_phases")
    found = {}
    for part in (text or "").split(","):
        match = re.fullmatch(r"\s*(.+?)\s*=\s*([AB])\s*", part)
        if match:
            found[match[1].lower()] = match[2]
        elif part.strip():
            raise InputError(
                f"'{part.strip()}'",
                where=f"{settings.origin} {settings.section}.point_phases",
                rule="phases are written as in 'core = A, matrix = B'",
            )
    return found


def _plain(word: str, marks: Marks) -> str | None:
    """A or B where the word says so itself ("A", "phase B", or the mark's symbol alone)."""
    match = re.fullmatch(r"(?i)(?:phase[ _-]?)?([ab])(?:[ _-]?phase)?", word)
    if match:
        return match[1].upper()
    if word == marks.a:
        return "A"
    return "B" if marks.b and word == marks.b else None


def _by_marks(points: Points, marks: Marks) -> tuple[Points, tuple[str, ...]]:
    """Phases by t = (x - x_A)/(x_B - x_A), x = w_b/(w_a + w_b), between the means of the two groups."""
    for mark in (marks.a, marks.b):
        if mark not in points.elements:
            raise Refusal(
                f"no phase column, and no mark of phase {'A' if mark == marks.a else 'B'} among the elements",
                where=points.path,
                rule="points are told apart by a phase column or by the marks of both phases",
                remedy='Add a column "phase" with A or B, or give phases.phase_a and phases.phase_b',
            )
    a, b = (np.nan_to_num(points.values[:, points.elements.index(m)]) for m in (marks.a, marks.b))
    x = b / np.maximum(a + b, 1e-9)
    centres = _two_groups(x, points)
    t = (x - centres[0]) / (centres[1] - centres[0])
    phases = np.where(t <= MIXED[0], "A", np.where(t >= MIXED[1], "B", ""))
    if points.positions is not None:
        phases = _away_from_interface(phases, points.positions)
    return _left_out(points, [str(p) for p in phases], "mixed or next to the interface")


def _two_groups(x: Floats, points: Points) -> tuple[float, float]:
    """Medians of the two groups that split x best (Otsu 1979: largest variance between groups)."""
    ordered = np.sort(x)
    n = len(ordered)
    if n >= 4:
        left = np.arange(1, n)
        sums = np.cumsum(ordered)
        low, high = sums[:-1] / left, (sums[-1] - sums[:-1]) / (n - left)
        cut = int(np.argmax(left * (n - left) * (high - low) ** 2)) + 1
        centres = float(np.median(ordered[:cut])), float(np.median(ordered[cut:]))
        rest = np.minimum(np.abs(ordered - centres[0]), np.abs(ordered - centres[1]))
        # assumed: groups that are real lie apart by far more than the points of a group do
        if centres[1] - centres[0] > max(0.05, 6.0 * float(np.median(rest))):
            return centres
    raise Refusal(
        f"{n} points whose marks do not fall into two groups",
        where=points.path,
        rule="without a phase column the marks must show two compositions",
        remedy='Add a column "phase" with A or B',
    )


def _away_from_interface(phases: NDArray[np.str_], positions: Floats) -> NDArray[np.str_]:
    """Points of a line whose neighbour is of another phase or mixed are left out."""
    order = np.argsort(positions)
    along = phases[order]
    change = along[1:] != along[:-1]
    near = np.zeros(len(along), dtype=bool)
    near[1:] |= change
    near[:-1] |= change
    kept = phases.copy()
    kept[order[near]] = ""
    return kept


def _left_out(points: Points, phases: Sequence[str], why: str) -> tuple[Points, tuple[str, ...]]:
    out = [label for label, p in zip(points.labels, phases, strict=True) if not p]
    if not out:
        return points, tuple(phases)
    text = f"{points.path}: {len(out)} of {len(phases)} points are {why} and left out: {', '.join(out[:12])}"
    note = Finding("points-left-out", text, warning=len(out) > len(phases) / 2)
    return replace(points, findings=(*points.findings, note)), tuple(phases)


def point_contents(
    points: Points, phases: Sequence[str], phase: str, blank: Mapping[str, Blank], settings: Settings
) -> PhaseContents:
    """Mean contents of the points of a phase.

    Uncertainty: between-point standard deviation / sqrt(n) (Student, n - 1 degrees of freedom), the bias of
    the analysis recipe (O and N), the blank, and the unknown contents of points below their limit (uniform
    between 0 and the limit). Raises Refusal where no point is of the phase.
    """
    mine = [i for i, p in enumerate(phases) if p == phase]
    if not mine:
        raise Refusal(
            f"no point is of phase {phase}", where=points.path, rule="contents need points of the phase"
        )
    u_bias, note = _bias(settings)
    values, parts, limits, elements = [], [], [], []
    for j, element in enumerate(points.elements):
        if not np.isfinite(points.values[mine, j]).any():
            continue
        elements.append(element)
        column, limit = points.values[mine, j], points.limits[mine, j]
        bias = u_bias if element in ("O", "N") else 0.0
        value, mean_parts, zero_u, floor = _mean(
            column, limit, f"{points.key}:point-{element}-{phase}", element
        )
        if bias:
            words = f"bias of the analysis recipe for {element}"
            mean_parts.append(Component(words, bias, f"{points.key}:bias-{element}-{phase}"))
        if element in blank:
            value -= blank[element].value
            mean_parts.append(Component(f"blank of {element}", blank[element].u, f"phases:blank-{element}"))
        known = math.hypot(zero_u, blank[element].u if element in blank else 0.0)
        statistical = currie_limits(known, 0.0)
        # what lies under the limit of the points may lie above it by the bias
        detection = max(statistical.detection, floor) + Z95 * bias
        limits.append(Limits(max(statistical.decision, floor), detection))
        values.append(value)
        parts.append(tuple(mean_parts))
    few = (Finding("one-point", f"one point in phase {phase}", warning=True),) if len(mine) == 1 else ()
    return PhaseContents(
        phase,
        tuple(elements),
        np.array(values),
        tuple(parts),
        tuple(limits),
        len(mine),
        float(np.mean(points.totals()[mine])),
        (*note, *few),
    )


def _bias(settings: Settings) -> tuple[float, tuple[Finding, ...]]:
    given = settings.optional_quantity("u_bias")
    if given is not None:
        if given < 0.0:
            raise InputError(f"u_bias is {given:g} wt%", rule="an uncertainty is not negative")
        return given, ()
    text = f"bias of the analysis recipe not stated: {U_BIAS:g} wt% of O and of N assumed (phases.u_bias)"
    return U_BIAS, (Finding("recipe-bias", text, warning=True),)


def _mean(
    column: Floats, limit: Floats, key: str, element: str
) -> tuple[float, list[Component], float, float]:
    """Mean, its components, its standard uncertainty at zero, and the limit where all points lie below.

    Points below their limit stand at half of it; their means at 0 and at the limit bound the mean.
    """
    kept = np.isfinite(column)
    n = int(kept.sum())
    below = kept & np.isfinite(limit)
    middle = np.where(below, 0.5 * np.nan_to_num(limit), column)[kept]
    mean = float(middle.mean())
    half = 0.5 * float(limit[below].sum()) / n if below.any() else 0.0
    floor = float(limit[below].max()) if below.sum() == n else 0.0
    parts = []
    u = 0.0
    if n > 1:
        u = float(middle.std(ddof=1)) / math.sqrt(n)
        parts.append(Component(f"scatter of {n} points, {element}", u, key, float(n - 1)))
    if half > 0.0:
        words = f"{int(below.sum())} of {n} points below their limit, {element}"
        parts.append(Component(words, half / math.sqrt(3.0), f"{key}-limit"))
    return mean, [p for p in parts if p.u > 0.0], math.hypot(u, half / math.sqrt(3.0)), floor
