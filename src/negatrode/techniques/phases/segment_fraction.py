"""The area fraction of A in a divided section, corrected for what the division does, and its uncertainty.

A second section is made from the labels found (their rates, their blur, fresh noise) and divided by the same
steps. How its labels differ from the first ones tells, block by block, how the division displaces borders
(blur and curvature), how it misclassifies, and how both scatter: a parametric bootstrap (Efron and
Tibshirani, An Introduction to the Bootstrap, 1993, ch. 6 and 10).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import Component
from negatrode.techniques.phases.model import OUTSIDE, PHASE_A
from negatrode.techniques.phases.segment_classes import mosaic

Labels = NDArray[np.int8]
Planes = NDArray[np.float32]

BLOCKS = 8  # a side
# Assumed, and checked on simulated sections: standard uncertainties as shares of the blur and the correction
PLACED, UNRESOLVED, THIN, DOUBT = 0.02, 0.15, 1.5, 0.5


@dataclass(frozen=True)
class Fraction:
    """Area fraction of A with its components, and the correction that is in it."""

    value: float
    components: tuple[Component, ...]
    correction: float
    thin: bool = False


def area_fraction(labels: Labels) -> float:
    """Area of A over the area of the material."""
    material = int((labels != OUTSIDE).sum())
    return float((labels == PHASE_A).sum()) / material if material else math.nan


def corrected(labels: Labels, again: Callable[[Labels], Labels], *, key: str, fwhm: float) -> Fraction:
    """The fraction less the change that a second division makes.

    ``again``: a part of the labels -> the labels of a section simulated from it; ``fwhm``: full width at half
    height of the blur, px.
    """
    part = mosaic(labels)
    shift, scatter = _change(part, again(part))
    # the first division scatters as the second does
    scatter *= math.sqrt(2.0 * part.size / labels.size)
    placed, thin = placement(labels, fwhm)
    components = (
        Component("counting noise of the labels", scatter, f"{key}:labels"),
        Component("correction for displaced borders", DOUBT * abs(shift), f"{key}:correction"),
        Component("place of the borders within the blur", placed, f"{key}:borders"),
    )
    return Fraction(float(np.clip(area_fraction(labels) - shift, 0.0, 1.0)), components, -shift, thin)


def placement(labels: Labels, fwhm: float) -> tuple[float, bool]:
    """Standard uncertainty of the fraction from the place of A's borders, and whether a phase is unresolved.

    A common displacement of A's border with the rest of the material by d changes the fraction by
    d * length / area. The standard uncertainty of d is PLACED of the blur's width at half height, UNRESOLVED
    of it where a phase is thinner than THIN widths (2 area / border length is the mean thickness).
    """
    sides = _border_pixels(labels)
    material = float((labels != OUTSIDE).sum())
    thickness = [
        2.0 * float((labels == k).sum()) / max(math.pi / 4.0 * _outline(labels == k), 1e-9)
        for k in np.unique(labels[labels != OUTSIDE])
    ]
    thin = bool(min(thickness, default=math.inf) < THIN * fwhm)
    return (UNRESOLVED if thin else PLACED) * fwhm * sides / material, thin


def _border_pixels(labels: Labels) -> float:
    """Length of the border of A with other material, px: pixel sides by pi/4 (mean over directions)."""
    a, rest = labels == PHASE_A, (labels != PHASE_A) & (labels != OUTSIDE)
    down = (a[1:] & rest[:-1]).sum() + (a[:-1] & rest[1:]).sum()
    across = (a[:, 1:] & rest[:, :-1]).sum() + (a[:, :-1] & rest[:, 1:]).sum()
    return math.pi / 4.0 * float(down + across)


def _outline(mask: NDArray[np.bool_]) -> float:
    return float((mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum())


def _change(first: Labels, second: Labels) -> tuple[float, float]:
    """Change of the fraction from the first labels to the second, and its standard uncertainty by blocks."""
    sums = np.array([_areas(cut) for cut in zip(_cut(first), _cut(second), strict=True)])
    a1, m1, a2, m2 = sums.sum(axis=0)
    if m1 <= 0.0 or m2 <= 0.0:
        return 0.0, 0.0
    f1, f2 = a1 / m1, a2 / m2
    rows = (sums[:, 2] - f2 * sums[:, 3]) / m2 - (sums[:, 0] - f1 * sums[:, 1]) / m1
    n = len(rows)
    return float(f2 - f1), float(math.sqrt(n / (n - 1.0) * np.sum((rows - rows.mean()) ** 2)))


def _areas(cut: tuple[Labels, Labels]) -> list[float]:
    return [float((c == PHASE_A).sum()) if k else float((c != OUTSIDE).sum()) for c in cut for k in (1, 0)]


def _cut(labels: Labels) -> list[Labels]:
    return [b for band in np.array_split(labels, BLOCKS) for b in np.array_split(band, BLOCKS, axis=1)]
