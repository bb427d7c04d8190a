"""Composition of phases A and B from element maps: counts of the interior, net of background and blank.

The contents of a phase are those of its counts summed over the interior pixels (sum before ratio: the mean
of pixel ratios is biased at few counts a pixel). Uncertainty: Poisson counts, background, k-factors
(shared by both phases), matrix effects, blank, and what the neighbouring phase bleeds into the interior.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, Refusal
from negatrode.core.estimate import Component, Finding, Outcome, combined
from negatrode.core.settings import Key, Settings
from negatrode.techniques.phases.heterogeneity import domain_components
from negatrode.techniques.phases.model import PHASE_A, PHASE_B, ElementMaps, Segmentation
from negatrode.techniques.phases.quantification import (
    Calibration,
    Floats,
    Fractions,
    Limits,
    currie_limits,
    mass_fractions,
)
from negatrode.techniques.phases.segment_input import dispersion

PHASES = {"A": PHASE_A, "B": PHASE_B}
# assumed: fewer interior pixels than this are boundary everywhere
FEWEST_PIXELS = 20
_TILE = 8
_OVERDISPERSED = 1.6

KEYS = (
    Key("blank_o", "", "apparent oxygen of an oxygen-free standard", example="0.05 +- 0.02 wt%"),
    Key("blank_n", "", "apparent nitrogen of a nitrogen-free standard", example="0.02 +- 0.01 wt%"),
)
_PLUS_MINUS = re.compile(r"\s*(-?[\d.]+)\s*(?:\+/?-|±)\s*([\d.]+)\s*wt\.?\s?%\s*")


@dataclass(frozen=True)
class Blank:
    """Apparent content of an element where there is none, wt%, with its standard uncertainty."""

    value: float
    u: float


@dataclass(frozen=True, eq=False)
class Intensity:
    """Mean net intensity a pixel by element, shape (n,).

    ``variance``: of the mean; ``zero_variance``: what it would be were the element absent;
    ``counted``: whether the numbers are counts (one count stands for 1/pixels of the mean).
    """

    mean: Floats
    variance: Floats
    zero_variance: Floats
    pixels: int
    counted: bool
    dof: float = math.inf


@dataclass(frozen=True, eq=False)
class PhaseContents:
    """Mass fractions in one phase by one segmentation.

    Attributes
    ----------
    values:
        wt% by element, shape (n,); may be negative (nothing is cut off here).
    components:
        Their uncertainty by source, by element.
    limits:
        Decision and detection limits by element.
    pixels:
        Interior pixels that were summed (points, of a point table).
    total:
        Sum before normalisation in wt%.
    """

    phase: str
    elements: tuple[str, ...]
    values: Floats
    components: tuple[tuple[Component, ...], ...]
    limits: tuple[Limits, ...]
    pixels: int
    total: float
    findings: tuple[Finding, ...] = ()

    def index(self, element: str) -> int:
        """Where the element stands; -1 where it was not analysed."""
        return self.elements.index(element) if element in self.elements else -1

    def significant(self, element: str) -> bool:
        """Whether the content lies above its decision limit (5 % false positives)."""
        i = self.index(element)
        return i >= 0 and bool(self.values[i] > self.limits[i].decision)

    def outcome(self, element: str) -> Outcome:
        """The content, or "below the detection limit" where it is not significantly above zero."""
        i = self.index(element)
        limit = self.limits[i]
        if self.significant(element):
            return Outcome(float(self.values[i]), self.components[i], findings=self.findings)
        if not math.isfinite(limit.detection):
            raise Refusal(
                f"{element} in phase {self.phase}: {self.values[i]:.3g} wt%, not above zero",
                rule="with so large a relative uncertainty there is no detection limit",
                remedy="Give k-factors or a matrix correction with a smaller uncertainty",
            )
        # a content that is not significant may yet be estimated above the planned limit's mean
        text = (
            f"{element} in phase {self.phase}: {self.values[i]:.3g} wt% found, decision limit "
            f"{limit.decision:.3g}, detection limit {limit.detection:.3g} wt% (Currie)"
        )
        note = Finding("below-detection-limit", text)
        return Outcome(None, below_limit=limit.detection, findings=(*self.findings, note))


def blanks(settings: Settings) -> dict[str, Blank]:
    """The blanks that the user states, by element; InputError where one has no uncertainty."""
    found = {}
    for element, name in (("O", "blank_o"), ("N", "blank_n")):
        text = settings.optional_word(name)
        if text is None:
            continue
        match = _PLUS_MINUS.fullmatch(text)
        if not match:
            raise InputError(
                f"'{text}'",
                where=f"{settings.origin} {settings.section}.{name}",
                rule="a blank is written with its standard uncertainty, as in '0.05 +- 0.02 wt%'",
            )
        found[element] = Blank(float(match[1]), float(match[2]))
    return found


def phase_contents(
    maps: ElementMaps,
    segmentation: Segmentation,
    phase: str,
    calibration: Calibration,
    blank: Mapping[str, Blank],
) -> PhaseContents:
    """Mass fractions in phase "A" or "B".

    Raises Refusal where the segmentation shows no such phase, or too few pixels lie inside it.
    """
    inside = (segmentation.labels == PHASES[phase]) & segmentation.interior
    _require_pixels(segmentation, phase, int(inside.sum()))
    chosen = [maps.elements.index(e) for e in calibration.elements]
    intensity = overdispersed(maps, measured_intensity(maps, inside, chosen), chosen)
    w = mass_fractions(intensity.mean, calibration.sensitivity, normalised=calibration.normalised)
    parts = _components(maps, w, intensity, calibration, phase)
    mixing, note = _mixing(maps, segmentation, phase, chosen, calibration, w)
    labelled = segmentation.labels == PHASES[phase]
    key = f"{maps.key}:{segmentation.recipe}-{phase}"
    spread, spread_note = domain_components(maps, labelled, inside, calibration, key)
    values = w.values.copy()
    zero = np.einsum("ij,j->i", w.by_intensity**2, intensity.zero_variance)
    limits = []
    for i, element in enumerate(calibration.elements):
        if mixing[i] != 0.0:
            words = f"signal of the neighbouring phase in the interior of {phase}"
            parts[i].append(Component(words, mixing[i], f"{maps.key}:{segmentation.recipe}:mixing-{phase}"))
        if element in spread:
            parts[i].append(spread[element])
        zero_u2 = float(zero[i]) + mixing[i] ** 2
        if element in blank:
            values[i] -= blank[element].value
            parts[i].append(Component(f"blank of {element}", blank[element].u, f"phases:blank-{element}"))
            zero_u2 += blank[element].u ** 2
        limits.append(_limits(i, zero_u2, w, intensity, calibration))
    return PhaseContents(
        phase,
        calibration.elements,
        values,
        tuple(tuple(p) for p in parts),
        tuple(limits),
        intensity.pixels,
        w.total,
        (*note, *spread_note),
    )


def _require_pixels(segmentation: Segmentation, phase: str, inside: int) -> None:
    count = int((segmentation.labels == PHASES[phase]).sum())
    if count == 0:
        raise Refusal(
            f"recipe '{segmentation.recipe}' finds no pixel of phase {phase}",
            rule="a content of a phase needs pixels of it",
            remedy="Check which elements mark the phases, or map a section that shows both",
        )
    if inside < FEWEST_PIXELS:
        raise Refusal(
            f"{inside} of {count} pixels of phase {phase} lie away from its boundary",
            rule=f"at least {FEWEST_PIXELS} pixels must hold no signal of the other phase",
            remedy="Map with smaller pixels and a finer beam; a domain smaller than the interaction volume "
            "cannot be analysed",
        )


def measured_intensity(maps: ElementMaps, inside: NDArray[np.bool_], chosen: Sequence[int]) -> Intensity:
    """Mean net intensity a pixel over a set of pixels, with its variance.

    Counts: Poisson, gross variance + that of the background; the background's own noise is Poisson where
    it is counted (whole numbers), else taken from its roughness. Maps without a background have the
    scatter of their pixels where that is larger. Maps in per cent: scatter of 8 x 8 pixel tiles.
    """
    n = int(inside.sum())
    values = maps.values[chosen][:, inside].astype(float)
    if maps.quantity != "counts":
        return _of_tiles(maps, inside, chosen)
    gross = values.sum(axis=1)
    if maps.background is None:
        scatter = values.var(axis=1, ddof=1) * n
        total = np.maximum(np.maximum(gross, scatter), 1.0)
        return Intensity(gross / n, total / n**2, np.maximum(total - gross, 1.0) / n**2, n, True)
    under = maps.background[chosen][:, inside].astype(float)
    own = np.array([_background_variance(maps.background[c], inside) for c in chosen])
    b = under.sum(axis=1)
    # a sum of no counts still has an uncertainty of about one count
    variance = np.maximum(gross, 1.0) + own
    return Intensity((gross - b) / n, variance / n**2, (np.maximum(b, 1.0) + own) / n**2, n, True)


def overdispersed(maps: ElementMaps, intensity: Intensity, chosen: Sequence[int]) -> Intensity:
    """The intensity with the variance that neighbouring pixels show, where it exceeds that of counts.

    Maps multiplied by a gain, or with flicker, scatter more than Poisson; smoothed maps scatter less, but the
    sum of their pixels does not.
    """
    if maps.quantity != "counts":
        return intensity
    found = [dispersion(maps.values[c]) or 1.0 for c in chosen]
    # up to 1.6 it may be the sampling of the estimate, or structure
    excess = np.array([f if f > _OVERDISPERSED else 1.0 for f in found])
    return replace(
        intensity, variance=intensity.variance * excess, zero_variance=intensity.zero_variance * excess
    )


def _background_variance(plane: NDArray[np.float32], inside: NDArray[np.bool_]) -> float:
    """Variance of the summed background, counts^2."""
    b = plane.astype(float)
    if np.all(b == np.round(b)):
        return float(b[inside].sum())
    # white noise of variance v gives 6 v in the second difference; a smooth background gives nothing
    rough = b[:, 2:] - 2.0 * b[:, 1:-1] + b[:, :-2]
    here = inside[:, 2:] & inside[:, 1:-1] & inside[:, :-2]
    return float(inside.sum() * np.mean(rough[here] ** 2) / 6.0) if here.any() else 0.0


def _of_tiles(maps: ElementMaps, inside: NDArray[np.bool_], chosen: Sequence[int]) -> Intensity:
    rows, columns = np.nonzero(inside)
    tile = (rows // _TILE) * (maps.shape[1] // _TILE + 1) + columns // _TILE
    _, which, sizes = np.unique(tile, return_inverse=True, return_counts=True)
    values = maps.values[chosen][:, inside].astype(float)
    mean = values.mean(axis=1)
    tiles = len(sizes)
    n = len(rows)
    if tiles < 3:
        variance = values.var(axis=1, ddof=1) / n
        return Intensity(mean, variance, variance, n, False, float(n - 1))
    sums = np.array([np.bincount(which, weights=v - m) for v, m in zip(values, mean, strict=True)])
    variance = (sums**2).sum(axis=1) / n**2 * tiles / (tiles - 1)
    return Intensity(mean, variance, variance, n, False, float(tiles - 1))


def _components(
    maps: ElementMaps, w: Fractions, intensity: Intensity, calibration: Calibration, phase: str
) -> list[list[Component]]:
    """Counting, sensitivities and matrix effects; the keys of sensitivities are shared by the phases."""
    place = {e: i for i, e in enumerate(calibration.elements)}
    sd = np.sqrt(intensity.variance)
    what = "counts" if intensity.counted else "scatter of tiles"
    found: list[list[Component]] = []
    for i in range(len(place)):
        mine = [
            Component(
                f"{what} of {e} in phase {phase}",
                float(w.by_intensity[i, j] * sd[j]),
                f"{maps.key}:counts-{e}-{phase}",
                intensity.dof,
            )
            for e, j in place.items()
        ]
        for shared, errors in ((True, calibration.errors), (False, calibration.matrix_errors)):
            for error in errors:
                u = float(w.by_sensitivity[i, place[error.element]] * error.u)
                key = error.key if shared else f"{maps.key}:{error.key}-{phase}"
                words = error.source if shared else f"{error.source} in {phase}"
                mine.append(Component(words, u, key))
        found.append([c for c in mine if c.u != 0.0])
    return found


def _limits(i: int, zero_u2: float, w: Fractions, intensity: Intensity, calibration: Calibration) -> Limits:
    element = calibration.elements[i]
    errors = (*calibration.errors, *calibration.matrix_errors)
    relative = math.hypot(*(e.u for e in errors if e.element == element), 0.0)
    per_count = float(w.by_intensity[i, i]) / intensity.pixels if intensity.counted else 0.0
    return currie_limits(math.sqrt(zero_u2), per_count, relative)


def _mixing(
    maps: ElementMaps,
    segmentation: Segmentation,
    phase: str,
    chosen: Sequence[int],
    calibration: Calibration,
    w: Fractions,
) -> tuple[Floats, tuple[Finding, ...]]:
    """Signed standard uncertainty that bleed of the other phase gives each content, wt%.

    The share m of the other phase's signal in the interior is found from the pixels nearest to that phase
    against those deep inside, over all elements at once (weighted least squares on the contrast between
    the phases); then u(w) = sqrt(m^2 + u(m)^2) (w_other - w).
    """
    other = "B" if phase == "A" else "A"
    theirs = (segmentation.labels == PHASES[other]) & segmentation.interior
    none = np.zeros(len(w.values))
    if int(theirs.sum()) < FEWEST_PIXELS:
        text = f"bleed into {phase} is not known: too little of phase {other} is free of boundary"
        return none, (Finding("mixing-unknown", text, warning=True),)
    there = measured_intensity(maps, theirs, chosen)
    share = mixing_share(maps, segmentation, phase, chosen, there.mean)
    if share is None:
        text = f"bleed into {phase} is not known: no pixel lies deep inside it"
        return none, (Finding("mixing-unknown", text, warning=True),)
    m, u_m = share
    far = mass_fractions(there.mean, calibration.sensitivity, normalised=calibration.normalised)
    notes: tuple[Finding, ...] = ()
    if m > 3.0 * u_m and m > 0.01:
        text = f"{100 * m:.2g} % of the signal inside {phase} comes from the other phase"
        notes = (Finding("mixing", text, warning=True),)
    return math.hypot(max(m, 0.0), u_m) * (far.values - w.values), notes


def mixing_share(
    maps: ElementMaps, segmentation: Segmentation, phase: str, chosen: Sequence[int], other: Floats
) -> tuple[float, float] | None:
    """Share of the other phase's signal in the interior of a phase, and its standard uncertainty.

    None where no pixel lies deep enough (1.5 px beyond the nearest ring) to compare with.
    """
    from scipy.ndimage import distance_transform_edt

    code = PHASES["B" if phase == "A" else "A"]
    inside = (segmentation.labels == PHASES[phase]) & segmentation.interior
    distance = distance_transform_edt(segmentation.labels != code)
    nearest = float(distance[inside].min())
    near = inside & (distance < nearest + 1.5)
    deep = inside & (distance >= nearest + 3.0)
    if int(near.sum()) < 3 or int(deep.sum()) < FEWEST_PIXELS:
        return None
    close, far = measured_intensity(maps, near, chosen), measured_intensity(maps, deep, chosen)
    contrast = other - far.mean
    # maps without any scatter (rounded, or zero of an element) must not divide by zero
    floor = 1e-9 * float(contrast @ contrast) + 1e-30
    weight = contrast / (close.variance + far.variance + floor)
    strength = float(weight @ contrast)
    if strength <= 0.0:
        return None
    scale = float(near.sum()) / float(inside.sum())
    return scale * float(weight @ (close.mean - far.mean)) / strength, scale / math.sqrt(strength)


def summary(contents: PhaseContents, element: str) -> str:
    """An element's content in words, with its uncertainty or limit.

    Evidence of facts and labels of figures use it.
    """
    i = contents.index(element)
    if contents.significant(element):
        return f"{element} {contents.values[i]:.3g} ± {combined(contents.components[i]):.2g} wt%"
    return f"{element} < {contents.limits[i].detection:.2g} wt%"
