"""Fillings of a graduated cylinder with a powder of known bulk density, as a laboratory's csv table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def simulate_fillings(
    density: float,
    n: int,
    rng: np.random.Generator,
    *,
    volume: float = 25.0,
    graduation: float = 0.0,
    packing: float = 0.0,
) -> NDArray[np.float64]:
    """Mass in g and volume read in cm3, shape (n, 2), for a powder of ``density`` g/cm3.

    ``graduation``: by how much, relative, the marks are wrong, the same for all fillings. ``packing``:
    standard deviation of the density from filling to filling, g/cm3.
    """
    packed = density + packing * rng.standard_normal(n)
    filled = np.full(n, volume)
    return np.column_stack((packed * filled, filled * (1.0 + graduation)))


def fillings_csv(poured: NDArray[np.float64], tapped: NDArray[np.float64]) -> str:
    """The fillings as a csv table with a column for the method."""
    lines = ["Method,Mass [g],Volume [mL]"]
    for method, rows in (("poured", poured), ("tapped", tapped)):
        lines += [f"{method},{mass:.4f},{volume:.4f}" for mass, volume in rows]
    return "\n".join(lines) + "\n"
