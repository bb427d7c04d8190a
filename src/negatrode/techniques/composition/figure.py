"""What the report draws of an elemental analysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CompositionFigure:
    """The analyses in wt%, one entry a row, shape (n,); NaN where a cell is empty or below a limit."""

    path: str
    labels: tuple[str, ...]
    carbon: NDArray[np.float64]
    hydrogen: NDArray[np.float64]
    nitrogen: NDArray[np.float64]
