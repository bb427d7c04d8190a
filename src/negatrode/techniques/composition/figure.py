"""What the report draws of an elemental analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CompositionFigure:
    """The analyses in wt%, one entry a row, shape (n,); NaN where a cell is empty or below a limit.

    ``contents`` holds every element that the tables list, by symbol, rows in the order of the tables.
    """

    path: str
    labels: tuple[str, ...]
    carbon: NDArray[np.float64]
    hydrogen: NDArray[np.float64]
    nitrogen: NDArray[np.float64]
    contents: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
