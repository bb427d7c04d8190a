"""What the report draws of a thermogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Peak:
    """An exothermic peak as measured: temperature in degC, height above the baseline, who chose it."""

    temperature: float
    height: float
    recipes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ThermalFigure:
    """Arrays of one heating run; exotherms point up.

    ``temperature`` [degC], ``signal`` and ``baseline`` [``unit``] have shape (n,), empty where there is no
    heat flow; ``mass_temperature`` and ``mass`` [mg or %] have shape (m,), empty where there is no mass.
    Peaks stand at the temperatures of this run, before any conversion to 10 K/min.
    """

    path: str
    temperature: NDArray[np.float64]
    signal: NDArray[np.float64]
    baseline: NDArray[np.float64]
    unit: str
    peaks: tuple[Peak, ...]
    mass_temperature: NDArray[np.float64]
    mass: NDArray[np.float64]
