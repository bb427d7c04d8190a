"""What the report draws of a section: phases, element maps, contact lines and contents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LARGEST = 512  # pixels a side that a page shows


@dataclass(frozen=True)
class Bar:
    """A content for a bar: ``value`` None where below ``limit``; wt%."""

    phase: str
    element: str
    value: float | None
    u: float
    limit: float | None


@dataclass(frozen=True, eq=False)
class PhasesFigure:
    """Arrays of one section, or of a point table alone (then the maps are empty).

    Attributes
    ----------
    labels:
        OUTSIDE 0, A 1, B 2, OTHER 3; int8, shape (rows, columns), at most 512 a side.
    elements, maps:
        Element maps for colours, 0 to 1 (99.5 % quantile), float32, shape (elements, rows, columns).
    grey:
        Electron image on the same grid, 0 to 1, or None.
    boundary_ab, boundary_other:
        Centres of boundary sides of A with B, and with anything else; row and column in pixels of ``labels``.
    bars:
        Contents by phase and element under ``recipe``.
    pixel_size:
        Side of a pixel of ``labels`` in metres, None where not known.
    energy, spectra:
        Mean spectrum a pixel by phase (counts by channel; energy in keV) of a hypermap; else empty.
    """

    path: str
    title: str
    recipe: str
    labels: NDArray[np.int8]
    elements: tuple[str, ...]
    maps: NDArray[np.float32]
    grey: NDArray[np.float32] | None
    boundary_ab: NDArray[np.float32]
    boundary_other: NDArray[np.float32]
    bars: tuple[Bar, ...]
    mark_a: str
    mark_b: str
    pixel_size: float | None
    area_fraction_a: float | None
    energy: NDArray[np.float64]
    spectra: dict[str, NDArray[np.float64]]


def binned(values: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Means over blocks of ``step`` x ``step`` pixels of the last two axes; an incomplete edge is dropped."""
    if step == 1:
        return values.astype(np.float32)
    rows, columns = (n // step * step for n in values.shape[-2:])
    cut = values[..., :rows, :columns]
    blocks = cut.reshape(*cut.shape[:-2], rows // step, step, columns // step, step)
    return np.asarray(blocks.mean(axis=(-3, -1)), dtype=np.float32)


def scaled(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """A plane from 0 (its 0.5 % quantile) to 1 (its 99.5 % quantile), clipped."""
    low, high = np.quantile(plane, (0.005, 0.995))
    if high <= low:
        low, high = float(plane.min()), max(float(plane.max()), float(plane.min()) + 1.0)
    return np.asarray(np.clip((plane - low) / (high - low), 0.0, 1.0), dtype=np.float32)


def reduction(shape: tuple[int, int]) -> int:
    """By how much a map is reduced so that neither side exceeds the page's pixels.

    >>> reduction((512, 400)), reduction((513, 400))
    (1, 2)
    """
    return -(-max(shape) // LARGEST)
