"""What the report draws of a stack: three orthogonal slices, and how far each domain is covered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TomographyFigure:
    """Slices through the voxel of A nearest to the middle of A.

    Attributes
    ----------
    labels:
        Slices across the axes 0, 1 and 2 as labels (OUTSIDE, PHASE_A, PHASE_B, OTHER); int8.
    grey:
        The same slices as measured, or empty where the stack holds labels; float32.
    position:
        Index of the slices along each axis.
    contact:
        Share of its boundary that B covers, for each whole domain; empty where enclosure is undecided.
    fraction, surrounded:
        Volume fraction of A, and the contact fraction of all whole domains (None where undecided).
    voxel_size:
        In micrometres, where known.
    """

    path: str
    labels: tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]
    grey: tuple[NDArray[np.float32], ...]
    position: tuple[int, int, int]
    contact: NDArray[np.float64]
    fraction: float
    surrounded: float | None
    voxel_size: float | None = None
