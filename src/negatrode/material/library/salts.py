"""The lithium counter-electrode of half cells."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from negatrode.material.electrolyte import LithiumMetal
from negatrode.material.table import FARADAY, Table

# S. Xu and others, J. Electrochem. Soc. 166 (2019) A3456, in the form that PyBaMM (BSD-3) ships.
RATE = 3.5e-8  # mol m-2 s-1 (mol m-3)^-1
LITHIUM = 76900.0  # mol m-3 of lithium metal
HIGHEST = 65.0  # root of mol m-3, end of the table


@cache
def lithium_metal() -> LithiumMetal:
    """``j0 = F k c_Li^0.7 c_e^0.3`` (Xu and others 2019), A/m2 at one mole per litre:

    >>> round(float(lithium_metal().exchange_current(1000**0.5)), 1)
    70.6
    """

    def exchange(root: NDArray[np.float64]) -> NDArray[np.float64]:
        value: NDArray[np.float64] = FARADAY * RATE * LITHIUM**0.7 * np.maximum(root, 1e-3) ** 0.6
        return value

    return LithiumMetal(
        Table.sample(exchange, 0.0, HIGHEST, intervals=1024, name="lithium, exchange current")
    )
