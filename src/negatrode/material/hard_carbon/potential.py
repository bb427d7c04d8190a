"""Open-circuit potential of a hard carbon against lithium: charge as a function of potential, inverted.

    q(U) = Q_sl [exp(-U/U_s) - exp(-U_m/U_s)] / [1 - exp(-U_m/U_s)] + Q_pl / (1 + exp((U - U_p) / w_p))
           + Q_H / (1 + exp((U - U_H) / w_H))

with values of their own for lithiation and delithiation. The form is that which fits the published sodium
curve (K. Chayambuka and others, Electrochim. Acta 404 (2022) 139726) to 0.017 in stoichiometry.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.material.table import Table

Array = NDArray[np.float64]
_POINTS = 3001
INTERVALS = 512


@dataclass(frozen=True)
class Branch:
    """Numbers of one branch: V."""

    scale: float
    plateau: float
    plateau_width: float
    hydrogen: float
    hydrogen_width: float


def charge(volts: Array, parts: tuple[float, float, float], branch: Branch, most: float) -> Array:
    """Charge held at a potential; ``parts`` are (sloping, plateau, hydrogen), in any unit of charge."""
    sloping, plateau, hydrogen = parts
    end = np.exp(-most / branch.scale)
    held = sloping * (np.exp(-volts / branch.scale) - end) / (1 - end)
    held = held + plateau / (1 + np.exp((volts - branch.plateau) / branch.plateau_width))
    value: Array = held + hydrogen / (1 + np.exp((volts - branch.hydrogen) / branch.hydrogen_width))
    return value


def branch_table(parts: tuple[float, float, float], branch: Branch, most: float, name: str) -> Table:
    """Potential over stoichiometry: 1 where the carbon stands at 0 V, 0 at the end of its range ``most``.

    Slopes are those of the inverse function, so that the table is as monotone as the charge.
    """
    # Points crowd where charge is: half of them below 0.25 V.
    volts = most * np.linspace(0.0, 1.0, _POINTS) ** 2.5
    held = charge(volts, parts, branch, most)
    x = (held - held[-1]) / (held[0] - held[-1])
    grid = np.linspace(0.0, 1.0, INTERVALS + 1)
    values = np.interp(grid, x[::-1], volts[::-1])
    slopes = monotone_slopes(values, 1.0 / INTERVALS)
    return Table(0.0, 1.0, values[None, :], slopes[None, :], name=name)


def monotone_slopes(values: Array, step: float) -> Array:
    """Slopes of F. Fritsch and J. Butland (SIAM J. Sci. Stat. Comput. 5 (1984) 300): no new extremes."""
    rise = np.diff(values) / step
    slopes = np.empty_like(values)
    product = rise[1:] * rise[:-1]
    inner = np.where(product > 0, 2 * product / np.where(product > 0, rise[1:] + rise[:-1], 1.0), 0.0)
    slopes[1:-1] = inner
    slopes[0], slopes[-1] = rise[0], rise[-1]
    return slopes
