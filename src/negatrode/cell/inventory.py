"""Where the lithium is, and whether it all still is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.curve import LithiumBalance
from negatrode.cell.observe import mean_stoichiometry
from negatrode.cell.packing import Packed
from negatrode.cell.wearing import Wearing
from negatrode.material.table import FARADAY

Array = NDArray[np.float64]


def lithium(packed: Packed, state: Array, live: Array | None = None) -> dict[str, float]:
    """Lithium by place, A h of the whole cell (one mole is one faraday).

    ``live``: active share by flux (all of it by default). What side reactions bound is not counted here
    (cell/wearing.py).
    """
    per_hour = packed.cell.area * FARADAY / 3600
    places = {} if packed.cell.is_half_cell else {"negative": 0.0}
    places |= {"positive": 0.0, "electrolyte": 0.0}
    width = packed.mesh[10]
    for k, particle in enumerate(packed.particles):
        first, sites = int(packed.pops[1][k]), int(packed.pops[2][k])
        place = "negative" if not packed.cell.is_half_cell and first < packed.layout.sites[0] else "positive"
        host = particle.capacity_concentration
        mean = mean_stoichiometry(packed, state[None, :], k)[0]
        if live is not None:
            at = int(packed.pops[3][k])
            mean = mean * live[at : at + sites]
        places[place] += host * float(width[first : first + sites] @ mean) * per_hour
    places["electrolyte"] = float(packed.mesh[11] @ state[: packed.at[0]]) * per_hour
    return places


def balance(packed: Packed, first: Array, last: Array, wearing: Wearing | None = None) -> LithiumBalance:
    """Compare two states; with an account of ageing, what its mechanisms have bound counts as a place."""
    start, end = lithium(packed, first), lithium(packed, last, None if wearing is None else wearing.live)
    if wearing is not None:
        bound = wearing.bound(last)
        start |= dict.fromkeys(bound, 0.0)
        end |= bound
    o_charge = packed.at[3]
    passed = float(last[o_charge] - first[o_charge]) * packed.cell.area / 3600
    gained = passed if packed.cell.is_half_cell else 0.0
    scale = sum(start.values())
    drift = (sum(end.values()) - sum(start.values()) - gained) / scale
    # Side reactions and isolation take part in what the electrode gains; without them it gains the charge.
    alone = wearing is None or not wearing.ages
    charge = (end["positive"] - start["positive"] - passed) / scale if alone else 0.0
    return LithiumBalance(start, end, drift, charge)
