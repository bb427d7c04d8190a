"""Capacity and efficiency by cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.curve import Curve

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CycleTable:
    """One value a cycle.

    ``discharge`` and ``charge`` in A h; ``efficiency``: discharge over charge of the cycle, %;
    ``retention``: discharge over that of the first cycle, %; ``lost``: lithium bound by the end of the cycle
    by mechanism (A h), empty where nothing ages.
    """

    cycle: NDArray[np.int64]
    discharge: Array
    charge: Array
    efficiency: Array
    retention: Array
    lost: dict[str, Array]


def by_cycle(curve: Curve) -> CycleTable:
    """Charge passed in every cycle, by the sign of the current; NaN where a ratio has no denominator."""
    cycles = np.unique(curve.cycle)
    out, into = np.zeros(len(cycles)), np.zeros(len(cycles))
    for k, cycle in enumerate(cycles):
        for step in np.unique(curve.step[curve.cycle == cycle]):
            passed = np.diff(curve.capacity[curve.step == step])
            out[k] += passed[passed > 0].sum()
            into[k] -= passed[passed < 0].sum()
    lost: dict[str, Array] = {}
    if curve.ageing is not None:
        last = [int(np.flatnonzero(curve.ageing.cycle == c)[-1]) for c in cycles if c in curve.ageing.cycle]
        lost = {name: values[last] for name, values in curve.ageing.lost.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        efficiency = np.where(into > 0, 100 * out / into, np.nan)
        retention = np.where(out[0] > 0, 100 * out / out[0], np.nan)
    return CycleTable(cycles, out, into, efficiency, retention, lost)
