"""What covers a side of A: rays along the outward normal, through films of B and past their ends.

A film counts where the material (A or B) reaches at least the minimum thickness along the normal. Where a
cover ends, the sides near its end are given the share of the ray that lies in material, so that the place of
the end is averaged over the steps that its edge makes on the grid, without favour to either side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.phases.model import PHASE_A, PHASE_B

Labels = NDArray[np.int8]
Floats = NDArray[np.float32]

STEP = 0.5  # px between the samples of a ray; also how far the minimum thickness is varied


def cover_of(
    labels: Labels, centres: Floats, normal: Floats, on_b: NDArray[np.bool_], minimum_shell: float
) -> Floats:
    """Share of each side that B covers, for the minimum thickness less 0.5 px, as it is and plus 0.5 px.

    Shapes: ``centres`` and ``normal`` (n, dimensions), ``on_b`` (n,) whether the next pixel is B; the result
    (n, 3) between 0 and 1. A thickness up to one pixel is decided by the next pixel alone.
    """
    b = (labels == PHASE_B).astype(np.float32)
    covers = np.zeros((len(centres), 3), dtype=np.float32)
    near = on_b | _beside(b, centres + np.float32(STEP) * normal, normal)
    centres, normal, on_b = centres[near], normal[near], on_b[near]
    material = np.maximum(b, labels == PHASE_A)
    for column, thickness in enumerate(minimum_shell + STEP * np.array([-1.0, 0.0, 1.0])):
        if thickness <= 1.0:
            covers[near, column] = on_b
            continue
        depths = np.arange(2.0 * STEP, thickness - 1e-6, STEP)
        votes = [on_b.astype(np.float32)]
        votes += [_vote(material, centres + np.float32(d) * normal) for d in (*depths, thickness)]
        deep = centres + np.float32(thickness) * normal
        thick = (votes[-1] >= 0.5) | _beside(material, deep, normal)
        covers[near, column] = np.mean(votes, axis=0) * thick
    return covers


def _vote(field: Floats, points: Floats) -> Floats:
    """1 in the field, 0 out of it, between them within a quarter of a pixel of its border."""
    return np.asarray(np.clip(2.0 * _sampled(field, points) - 0.5, 0.0, 1.0))


def _beside(field: Floats, points: Floats, normal: Floats) -> NDArray[np.bool_]:
    """Whether the field is at least half one pixel to any side of points, across the normal."""
    found = np.zeros(len(points), dtype=bool)
    for across in _tangents(normal):
        found |= _sampled(field, points + across) >= 0.5
    return found


def _tangents(normal: Floats) -> list[Floats]:
    """Unit vectors across the normals: two in 2-D, four in 3-D."""
    if normal.shape[1] == 2:
        across = np.stack([-normal[:, 1], normal[:, 0]], axis=1)
        return [across, -across]
    # the axis least along the normal gives a stable first tangent
    axis = np.eye(3, dtype=np.float32)[np.abs(normal).argmin(axis=1)]
    first = np.cross(normal, axis)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(normal, first)
    return [first, -first, second, -second]


def _sampled(field: Floats, points: Floats) -> Floats:
    from scipy.ndimage import map_coordinates

    return np.asarray(map_coordinates(field, points.T, order=1, mode="nearest", output=np.float32))
