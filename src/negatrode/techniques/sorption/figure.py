"""What the report draws of an isotherm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class WindowArea:
    """An admissible window as the report lists it: pressures, points (1-based), area in m2/g, C, r."""

    low: float
    high: float
    first: int
    last: int
    area: float
    c: float
    correlation: float


@dataclass(frozen=True, eq=False)
class SorptionFigure:
    """Arrays of one isotherm; loadings in cm3(STP)/g.

    Attributes
    ----------
    adsorption_pressure, adsorption_loading, desorption_pressure, desorption_loading:
        The two branches (the second may be empty).
    windows:
        All admissible windows, and ``chosen`` among them (None where there is none).
    chosen_reason:
        Why that one.
    bet_pressure, bet_ordinate:
        x and x / (v (1 - x)) of the points up to the maximum of the Rouquerol curve (at least to 0.35).
    slope, intercept:
        The chosen BET line (None where there is none).
    rouquerol_pressure, rouquerol_ordinate:
        The curve v (1 - x).
    rouquerol_maximum:
        Relative pressure at which it ends its first rise.
    """

    path: str
    adsorption_pressure: NDArray[np.float64]
    adsorption_loading: NDArray[np.float64]
    desorption_pressure: NDArray[np.float64]
    desorption_loading: NDArray[np.float64]
    windows: tuple[WindowArea, ...]
    chosen: WindowArea | None
    chosen_reason: str
    bet_pressure: NDArray[np.float64]
    bet_ordinate: NDArray[np.float64]
    slope: float | None
    intercept: float | None
    rouquerol_pressure: NDArray[np.float64]
    rouquerol_ordinate: NDArray[np.float64]
    rouquerol_maximum: float
