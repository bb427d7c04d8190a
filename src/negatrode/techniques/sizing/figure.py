"""What the report draws of a size distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SizingFigure:
    """Arrays of one distribution (the first run; shape (n,) each) and its sizes in um.

    ``volume``, ``number``: fractions of the classes that add to 1; ``cumulative``: volume undersize at
    ``size_high``. ``d1_number_length`` is D[1,0], ``d1_length_moment`` D[2,1]. ``runs`` names the runs
    that were averaged.
    """

    path: str
    runs: tuple[str, ...]
    size_low: NDArray[np.float64]
    size_high: NDArray[np.float64]
    volume: NDArray[np.float64]
    cumulative: NDArray[np.float64]
    number: NDArray[np.float64]
    d10: float
    d50: float
    d90: float
    d4: float
    d32: float
    d1_number_length: float
    d1_length_moment: float
