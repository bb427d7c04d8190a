"""Equivalence of time and temperature: which furnace run of the literature does what this one did.

Carbons are published by their final temperature, mostly reached at 5 K/min and held for 1 h. What a furnace
programme does is told by the final temperature of such a *reference run* that does the same to

* bonds of distributed strength: the energy below which they are broken (exposure 1 at k0 = 1e13/s), or
* a process of one activation energy E (the growth of the layers): the integral of exp(-E / R T) over time.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.process.carbonisation.daem import energies_between, exposure
from negatrode.process.programme import GASES, Programme, Step, from_steps

Array = NDArray[np.float64]
REFERENCE_RATE = 5.0 / 60.0  # K/s
REFERENCE_HOLD = 3600.0  # s
# Reference runs from 100 to 2800 degC: every programme that a furnace for carbon can run lies between.
_REFERENCES = np.arange(100.0, 2801.0, 25.0)
_FRONT_ENERGIES = energies_between(60e3, 1200e3, 5e3)


def reference_run(celsius: float) -> Programme:
    """The run of the literature: 5 K/min from 25 degC, 1 h at the end."""
    nitrogen = GASES["N2"]
    return from_steps([Step(nitrogen, to=celsius, rate=REFERENCE_RATE), Step(nitrogen, hold=REFERENCE_HOLD)])


def front_energy(seconds: Array, kelvin: Array, k0: float) -> Array:
    """Energy (J/mol) below which bonds are broken at each time: exposure 1; shape (times,).

    At the first time, where nothing has happened, it is the least energy of the table (60 kJ/mol).
    """
    with np.errstate(divide="ignore"):
        ln_x = np.log(exposure(seconds, kelvin, _FRONT_ENERGIES, k0))
    broken = np.sum(ln_x >= 0.0, axis=0)  # ln X falls with E: so many energies of the table are broken
    last = np.clip(broken - 1, 0, _FRONT_ENERGIES.size - 2)
    column = np.arange(ln_x.shape[1])
    above, below = ln_x[last, column], ln_x[last + 1, column]
    step = _FRONT_ENERGIES[1] - _FRONT_ENERGIES[0]
    with np.errstate(invalid="ignore"):
        share = np.where(broken > 0, np.clip(above / (above - below), 0.0, 1.0), 0.0)
    found: Array = _FRONT_ENERGIES[last] + share * step
    return found


@lru_cache(maxsize=4)
def _reference_fronts(k0: float) -> Array:
    rows = []
    for celsius in _REFERENCES:
        run = reference_run(float(celsius))
        times = run.grid(5.0, 300.0)
        rows.append(front_energy(times, run.kelvin_at(times), k0)[-1])
    return np.array(rows)


def front_temperature(seconds: Array, kelvin: Array, k0: float = 1e13) -> Array:
    """Final temperature (degC) of the reference run that breaks the same bonds, at each time.

    >>> run = reference_run(1000.0)
    >>> times = run.grid()
    >>> round(float(front_temperature(times, run.kelvin_at(times))[-1]))
    1000
    """
    return np.asarray(np.interp(front_energy(seconds, kelvin, k0), _reference_fronts(k0), _REFERENCES))


@lru_cache(maxsize=64)
def _reference_doses(energy: float) -> Array:
    """ln of the integral of exp(-E / R T) over the reference runs."""
    rows = []
    for celsius in _REFERENCES:
        run = reference_run(float(celsius))
        times = run.grid(5.0, 300.0)
        rows.append(exposure(times, run.kelvin_at(times), np.array([energy]), 1.0)[0, -1])
    return np.log(np.maximum(rows, 1e-300))


def dose_temperature(seconds: Array, kelvin: Array, energy: Array) -> Array:
    """Final temperature (degC) of the reference run with the same integral of exp(-E / R T), at each time.

    ``energy`` (n,) in J/mol from 100 to 900 kJ/mol; returns (n, times). Interpolated between energies 50
    kJ/mol apart, which is good to 0.2 K.
    """
    energy = np.atleast_1d(np.asarray(energy, dtype=np.float64))
    if energy.min() < 100e3 or energy.max() > 900e3:
        raise InputError(
            f"{energy.min() / 1e3:g} to {energy.max() / 1e3:g} kJ/mol", rule="from 100 to 900 kJ/mol"
        )
    first = np.floor(energy.min() / 50e3) * 50e3
    nodes = first + 50e3 * np.arange(int((energy.max() - first) // 50e3) + 2)
    with np.errstate(divide="ignore"):
        doses = np.log(np.maximum(exposure(seconds, kelvin, nodes, 1.0), 1e-300))
    table = np.stack(
        [np.interp(doses[k], _reference_doses(float(e)), _REFERENCES) for k, e in enumerate(nodes)]
    )
    place = (energy - first) / 50e3
    low = np.clip(place.astype(int), 0, nodes.size - 2)
    share = (place - low)[:, None]
    found: Array = (1 - share) * table[low] + share * table[low + 1]
    return found
