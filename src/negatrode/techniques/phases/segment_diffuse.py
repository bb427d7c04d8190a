"""Where a diffuse border lies: where both phases fill half of the area seen, or at a composition.

A sharp border seen through a wide beam lies where each phase fills half of what the beam sees. Where the
composition itself changes gradually (a diffusion zone, an inclined interface) there is no such line, and a
pixel belongs to the phase whose composition it is nearer to. For phases of unequal brightness the two are
different places. A map alone cannot tell them apart, so the fraction is taken as evenly distributed between
the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import Finding
from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, PHASE_B
from negatrode.techniques.phases.segment_classes import FWHM, Layout, mosaic, settled
from negatrode.techniques.phases.segment_fraction import area_fraction
from negatrode.techniques.phases.segment_input import Signal
from negatrode.techniques.phases.segment_labels import Classes

Labels = NDArray[np.int8]

_POOLED_COUNTS = 400.0  # counts behind a composition, so that it is known to 5 % (assumed)


@dataclass(frozen=True, eq=False)
class DiffuseBorder:
    """Labels and fraction of A, and the standard uncertainty from what the border is."""

    labels: Labels
    fraction: float
    u: float
    source: str
    finding: Finding


def diffuse_border(
    signal: Signal, labels: Labels, named: Labels, found: Layout, *, by_composition: bool
) -> DiffuseBorder:
    """The section with its diffuse borders placed.

    ``by_composition``: at Otsu's threshold on the share of A's mark in the signal of both marks (the first
    and second element of ``signal``); else by area, the fraction being midway between the two definitions.
    """
    width = FWHM * found.sigma
    area, even = _areas(signal, named, found)
    if by_composition and found.classes.count == 2:
        placed = _at_otsu(signal, labels, found.sigma)
        value = area_fraction(placed)
        text = (
            f"borders are {width:.2g} pixels wide and set where the composition crosses Otsu's threshold; "
            f"where both phases fill half of the area seen the fraction would be {area:.2g}"
        )
        other = area
    else:
        placed, value, other = labels, 0.5 * (area + even), even
        text = (
            f"borders are {width:.2g} pixels wide; the fraction is midway between {area:.2g} (each phase "
            f"fills half of the area seen) and {even:.2g} (mean composition)"
        )
    # evenly distributed between the two places of the border
    spread = abs(area - other) if placed is labels else abs(value - other)
    return DiffuseBorder(
        placed,
        value,
        spread / 12.0**0.5,
        "border by area or by composition",
        Finding("diffuse-border", text, warning=True),
    )


def _areas(signal: Signal, named: Labels, found: Layout) -> tuple[float, float]:
    """Fraction of A with borders by area, and by the mean composition of the classes."""
    totals = found.classes.rates.sum(axis=1, keepdims=True)
    even = Classes(
        found.classes.rates * totals.mean() / np.maximum(totals, 1e-9),
        found.classes.outside,
        found.classes.noise,
    )
    part = mosaic(signal.values)
    one, two = (
        area_fraction(named[settled(part, c, rounds=1, sigma=found.sigma).labels])
        for c in (found.classes, even)
    )
    return one, two


def _at_otsu(signal: Signal, labels: Labels, sigma: float) -> Labels:
    """A where the share of its mark lies above Otsu's threshold (IEEE Trans. SMC 9 (1979) 62).

    The share a/(a + b) is linear in the mixing of the phases; its logarithm is not, and drifts where one of
    the marks vanishes. Counts are pooled over less than the width of the border.
    """
    from scipy.ndimage import gaussian_filter
    from skimage.filters import threshold_otsu

    material = labels != OUTSIDE
    level = max(float(signal.values[:2].sum(axis=0)[material].mean()), 1e-9)
    pool = float(np.clip(np.sqrt(_POOLED_COUNTS / (4.0 * np.pi * level)), 1.0, max(sigma, 1.0)))
    a, b = (gaussian_filter(np.clip(plane, 0.0, None), pool) for plane in signal.values[:2])
    share = a / np.maximum(a + b, 1e-9)
    threshold = float(threshold_otsu(share[material]))  # type: ignore[no-untyped-call]  # skimage has no types
    placed = np.array(labels, copy=True)
    placed[material] = np.where(share[material] > threshold, PHASE_A, PHASE_B)
    return placed
