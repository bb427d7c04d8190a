"""The temperatures that a cell's properties are known for, and what a hot cell would do beside the model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.cell import COLDEST, HOTTEST, Cell
from negatrode.cell.electrode import Electrode
from negatrode.cell.table_block import tables_of_host, tables_of_salt
from negatrode.material.electrolyte import LithiumMetal
from negatrode.material.table import Table

# Lithiated carbon in LiPF6 electrolyte heats itself from about 80 C on, by the decomposition of its surface
# layer (M. N. Richard and J. R. Dahn, J. Electrochem. Soc. 146 (1999) 2068; recalled, not read).
SELF_HEATING = 353.15


def known_temperatures(cell: Cell) -> tuple[float, float]:
    """Range (K) that every table with temperatures of its own covers; those of one row go everywhere."""
    low, high = COLDEST, HOTTEST
    for table in _tables(cell):
        if len(table.temperatures) > 1:
            low, high = max(low, float(table.temperatures[0])), min(high, float(table.temperatures[-1]))
    return low, high


def findings(kelvin: NDArray[np.float64]) -> tuple[str, ...]:
    """What a user should know of a run at these temperatures (K)."""
    hottest = float(kelvin.max())
    if hottest <= SELF_HEATING:
        return ()
    return (
        f"the cell reached {hottest:.1f} K: above about {SELF_HEATING:g} K lithiated carbon and electrolyte "
        "decompose and heat the cell, which is not modelled",
    )


def _tables(cell: Cell) -> Iterator[Table]:
    metal = cell.negative if isinstance(cell.negative, LithiumMetal) else None
    yield from tables_of_salt(cell.electrolyte, metal)
    for electrode in (cell.negative, cell.positive):
        if isinstance(electrode, Electrode):
            for particle in electrode.particles:
                yield from tables_of_host(particle.material)
