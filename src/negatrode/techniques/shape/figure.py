"""What the report draws of a micrograph: the particles measured and those left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ShapeFigure:
    """One picture (the first) with its outlines; coordinates in pixels, x to the right, y downwards.

    ``picture``: grey values, shape (rows, columns), or (0, 0) where only outlines were given.
    ``outlines``: one (n, 2) array of x, y for each particle measured; ``sphericity`` and ``diameter``
    (of the circle of equal area, in pixels) in the same order. ``excluded``: outline and reason
    ("edge", "clump", "small"). ``counts``: number of particles by reason, and "whole".
    """

    path: str
    picture: NDArray[np.uint8]
    outlines: tuple[Array, ...]
    excluded: tuple[tuple[Array, str], ...]
    sphericity: Array
    diameter: Array
    counts: dict[str, int]
