"""Where the lithium is, and whether it all still is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.curve import LithiumBalance
from negatrode.cell.observe import mean_stoichiometry
from negatrode.cell.packing import Packed
from negatrode.material.table import FARADAY

Array = NDArray[np.float64]


def lithium(packed: Packed, state: Array) -> dict[str, float]:
    """Lithium by place, A h of the whole cell (one mole is one faraday)."""
    per_hour = packed.cell.area * FARADAY / 3600
    places = {} if packed.cell.is_half_cell else {"negative": 0.0}
    places |= {"positive": 0.0, "electrolyte": 0.0}
    width = packed.mesh[10]
    for k, particle in enumerate(packed.particles):
        first, sites = int(packed.pops[1][k]), int(packed.pops[2][k])
        place = "negative" if not packed.cell.is_half_cell and first < packed.layout.sites[0] else "positive"
        host = particle.volume_fraction * particle.material.maximum_concentration
        mean = mean_stoichiometry(packed, state[None, :], k)[0]
        places[place] += host * float(width[first : first + sites] @ mean) * per_hour
    places["electrolyte"] = float(packed.mesh[11] @ state[: packed.at[0]]) * per_hour
    return places


def balance(packed: Packed, first: Array, last: Array) -> LithiumBalance:
    """Compare two states."""
    start, end = lithium(packed, first), lithium(packed, last)
    o_charge = packed.at[3]
    passed = float(last[o_charge] - first[o_charge]) * packed.cell.area / 3600
    gained = passed if packed.cell.is_half_cell else 0.0
    scale = sum(start.values())
    drift = (sum(end.values()) - sum(start.values()) - gained) / scale
    charge = (end["positive"] - start["positive"] - passed) / scale
    return LithiumBalance(start, end, drift, charge)
