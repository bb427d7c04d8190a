"""Volume fraction of A in a stack of labels, with its uncertainty.

By Delesse's principle (Annales des Mines 13 (1848) 379) the expected area fraction of a phase on random
sections is its volume fraction, so that this is an estimate of the area fraction without the error of
sectioning.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.core.estimate import Component
from negatrode.techniques.enclosure.domains import connected
from negatrode.techniques.enclosure.uncertainty import ratio_error
from negatrode.techniques.phases.model import OUTSIDE, PHASE_A

Labels = NDArray[np.int8]
Floats = NDArray[np.float64]

ENOUGH = 5  # particles from which the scatter between them is taken
_SHIFT = 0.25  # voxels; half-width of a common shift of all borders by the segmentation (assumed)
_FACES_PER_AREA = 1.5  # voxel faces a unit area of a surface of random direction has, 3 <|cos|>


def volume_fraction(labels: Labels) -> float:
    """Voxels of A over those of the material (all but OUTSIDE); Refusal where there is no A."""
    material = int(np.count_nonzero(labels != OUTSIDE))
    a = int(np.count_nonzero(labels == PHASE_A))
    if a == 0:
        raise Refusal(
            "no voxel is phase A", rule="a fraction of A needs A", remedy="Check which label or grey is A"
        )
    return a / material


def fraction_components(labels: Labels, fraction: float, key: str) -> tuple[Component, ...]:
    """Scatter between particles (or parts of the stack), and where the segmentation puts the borders."""
    source, a, material, counted = _clusters(labels)
    found = []
    if len(a) > 1:
        u = ratio_error(a, material)
        found.append(Component(f"scatter of {counted} {source}", u, f"{key}:volume-scatter", counted - 1.0))
    return (*found, *_border_components(labels, fraction, key))


def _clusters(labels: Labels) -> tuple[str, Floats, Floats, int]:
    """Volumes of A and of material in particles, or in octants of the stack where particles are few.

    The count is of those with at least 1 % of the largest volume: crumbs are no evidence of scatter.
    """
    parts = connected(labels != OUTSIDE)
    a = np.bincount(parts.numbers[labels == PHASE_A], minlength=parts.count + 1)[1:].astype(float)
    material, source = parts.sizes.astype(float), "particles"
    if np.count_nonzero(material >= 0.01 * material.max()) < ENOUGH:
        blocks = _octants(labels)
        a = np.array([np.count_nonzero(b == PHASE_A) for b in blocks], dtype=float)
        material = np.array([np.count_nonzero(b != OUTSIDE) for b in blocks], dtype=float)
        a, material, source = a[material > 0], material[material > 0], "octants of the stack"
    return source, a, material, max(int(np.count_nonzero(material >= 0.01 * material.max())), 2)


def _octants(labels: Labels) -> list[Labels]:
    halves = [(slice(None, n // 2), slice(n // 2, None)) for n in labels.shape]
    return [labels[place] for place in itertools.product(*halves)]


def _border_components(labels: Labels, fraction: float, key: str) -> tuple[Component, ...]:
    """A common shift of the borders of A in the material, and of the material's surface."""
    material = float(np.count_nonzero(labels != OUTSIDE))
    inner = _area(labels, lambda p, q: ((p == PHASE_A) != (q == PHASE_A)) & (p != OUTSIDE) & (q != OUTSIDE))
    outer_a = _area(
        labels, lambda p, q: ((p == PHASE_A) & (q == OUTSIDE)) | ((p == OUTSIDE) & (q == PHASE_A))
    )
    outer = _area(labels, lambda p, q: (p == OUTSIDE) != (q == OUTSIDE))
    u = _SHIFT / math.sqrt(3.0)
    surface = (outer_a - fraction * outer) / material
    return (
        Component("borders between the phases", u * inner / material, f"{key}:border-a"),
        Component("surface of the particles", u * surface, f"{key}:border-outside"),
    )


def _area(labels: Labels, differ: Callable[[Labels, Labels], NDArray[np.bool_]]) -> float:
    """Area of the border between neighbouring voxels that differ, px^2, were its directions random."""
    faces = 0
    for axis in range(3):
        moved = np.moveaxis(labels, axis, 0)
        for k in range(moved.shape[0] - 1):
            faces += int(np.count_nonzero(differ(moved[k], moved[k + 1])))
    return faces / _FACES_PER_AREA
