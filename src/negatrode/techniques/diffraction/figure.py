"""What the report draws of a diffraction pattern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class DiffractionFigure:
    """Arrays of one scan over two_theta (deg, shape (n,)).

    ``background`` is the straight line between the feet; ``fitted`` the fitted pattern (nan outside the
    fit's range); ``masked`` marks points of sharp lines that were left out. ``marks`` maps each recipe to
    (two_theta, d in nm) after the zero correction.
    """

    path: str
    wavelength: float
    two_theta: NDArray[np.float64]
    intensity: NDArray[np.float64]
    background: NDArray[np.float64]
    fitted: NDArray[np.float64]
    masked: NDArray[np.bool_]
    window: tuple[float, float]
    marks: Mapping[str, tuple[float, float]]
    zero: float
