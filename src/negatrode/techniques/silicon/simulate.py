"""Ash of a powder with a known silica content, as a laboratory's csv table of weighings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def simulate_ashes(
    silica: float,
    n: int,
    rng: np.random.Generator,
    *,
    sample_mass: float = 1.0,
    blank: float = 0.0005,
    bias: float = 0.0,
    repeatability: float = 0.0,
) -> NDArray[np.float64]:
    """Sample, residue and blank mass in g, shape (n, 3), of a powder of ``silica`` wt% SiO2.

    ``bias`` in wt% is the same for all burns; ``repeatability`` is the standard deviation in wt% from
    burn to burn.
    """
    masses = sample_mass * (1.0 + 0.1 * rng.random(n))
    found = silica + bias + repeatability * rng.standard_normal(n)
    return np.column_stack((masses, masses * found / 100.0 + blank, np.full(n, blank)))


def ash_csv(weighings: NDArray[np.float64]) -> str:
    """The weighings as a csv table."""
    lines = ["Run,Sample mass [g],Residue mass [g],Blank mass [g]"]
    lines += [f"{i},{m:.6f},{r:.6f},{b:.6f}" for i, (m, r, b) in enumerate(weighings, start=1)]
    return "\n".join(lines) + "\n"
