"""Heat in a static bed over time: conduction, the heat of the beads, and what they have left to give.

``rho_b c_p dT/dt = lambda_b d2T/dx2 + rho_b q(a_c, a_o, T)``; the face at the gas temperature, the other
side insulated (the bottom of a tray, or the middle of a layer with gas on both sides). Oxygen is taken to
reach all of the bed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.process.kernels import oxidation as kernel
from negatrode.process.programme import Programme
from negatrode.process.stabilisation.kinetics import Constants, over_air
from negatrode.process.stabilisation.margin import BedProperties

Array = NDArray[np.float64]
# A bed that is hotter than this burns: nothing in the model holds beyond.
CAP = 600.0 + 273.15
_LAYERS, _MOST_RISE = 24, 0.5
_QUICK_LAYERS, _QUICK_RISE = 12, 2.0


@dataclass(frozen=True, eq=False)
class BedCourse:
    """One bed over time: ``middle`` and ``average`` temperature (K, NaN after it ran away)."""

    seconds: Array
    gas: Array
    middle: Array
    average: Array
    peak: float
    peak_time: float
    ran_away: bool
    released: float
    conducted: float


@dataclass(frozen=True, eq=False)
class BedEnds:
    """Of n beds, (n,) each: peak temperature (K), means over the bed of the extents and the burnt share."""

    peak: Array
    cyclised: Array
    taken: Array
    burnt: Array
    ran_away: NDArray[np.bool_]


def _numbers(c: Constants, nitrile: float) -> Array:
    n = c.order.size
    return np.column_stack(
        [
            c.cyclisation.factor, c.cyclisation.energy, c.uptake.factor, c.uptake.energy, c.burn.factor,
            c.burn.energy, c.order, np.full(n, nitrile), c.heat_cyclisation, c.heat_uptake, c.heat_burn,
        ]
    )  # fmt: skip


def _check(depth: float, nitrile: float) -> None:
    if not depth > 0.0:
        raise InputError(f"a bed of {depth:g} m", where="oxidation.bed_depth", rule="it is above zero")
    if not 0.0 <= nitrile <= 1.0:
        raise InputError(f"a share of acrylonitrile of {nitrile:g}", rule="from 0 to 1")


def bed_course(
    programme: Programme,
    depth: float,
    nitrile: float,
    c: Constants,
    bed: BedProperties,
    *,
    draw: int = 0,
    layers: int = _LAYERS,
    depletes: bool = True,
    most_rise: float = _MOST_RISE,
    cap: float = CAP,
) -> BedCourse:
    """The bed of one draw over the programme's grid. ``depletes`` False: reactants are not used up."""
    _check(depth, nitrile)
    times = programme.grid(2.0, 60.0)
    gas = programme.kelvin_at(times)
    middle, average, result = np.empty(times.size), np.empty(times.size), np.empty(8)
    kernel.bed(
        times, gas, over_air(programme, times), depth, float(bed.diffusivity[draw]), bed.cp,
        _numbers(c, nitrile)[draw], layers, most_rise, cap, depletes, middle, average, result,
    )  # fmt: skip
    return BedCourse(
        times, gas, middle, average, float(result[0]), float(result[1]), bool(result[5]), float(result[6]),
        float(result[7]),
    )  # fmt: skip


def bed_ends(programme: Programme, depth: float, nitrile: float, c: Constants, bed: BedProperties) -> BedEnds:
    """All draws, on a coarser bed (12 layers, 2 K a step)."""
    _check(depth, nitrile)
    times = programme.grid(2.0, 60.0)
    results = np.empty((c.order.size, 8))
    kernel.beds(
        times, programme.kelvin_at(times), over_air(programme, times), depth, bed.diffusivity, bed.cp,
        _numbers(c, nitrile), _QUICK_LAYERS, _QUICK_RISE, CAP, results,
    )  # fmt: skip
    return BedEnds(results[:, 0], results[:, 2], results[:, 3], results[:, 4], results[:, 5] > 0.5)
