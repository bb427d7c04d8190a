"""Exothermic peak of combustion in air, by Kissinger's relation and a rate constant that the powder sets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.material.table import GAS_CONSTANT

Array = NDArray[np.float64]
RATE = 10.0 / 60.0  # K/s, the heating rate of the measurand
_FIRED, _DECAY = 1200.0, 250.0  # degC: rate at the reference temperature, and by how many it falls by e


def peak_kelvin(ln_a: Array | float, energy: Array | float, rate: float = RATE) -> Array:
    """Peak temperature (K) from ``ln(beta / Tp^2) = ln(A R / E) - E / (R Tp)`` (H. Kissinger, 1957).

    ``ln_a``: ln of A in 1/s; ``energy`` in J/mol; ``rate`` in K/s. The fixed point of
    ``Tp = E / (R (ln(A R / E) - ln(beta / Tp^2)))`` draws closer by 2 R Tp / E a step (a tenth), 25 steps.

    >>> [round(float(peak_kelvin(a, 150e3)) - 273.15, -1) for a in (15.1, 13.9, 12.8)]
    [600.0, 650.0, 700.0]
    """
    e = np.asarray(energy, dtype=np.float64)
    kelvin: Array = np.full(np.broadcast(e, np.asarray(ln_a)).shape, 900.0)
    for _ in range(25):
        below = np.asarray(ln_a) + np.log(GAS_CONSTANT / e) - np.log(rate / kelvin**2)
        # A powder that reacts too little peaks nowhere: held below the temperature of a furnace
        kelvin = np.minimum(e / (GAS_CONSTANT * np.maximum(below, 1.0)), 2500.0)
    return kelvin


def ln_factor_at(kelvin: Array | float, energy: Array | float, rate: float = RATE) -> Array:
    """ln A (1/s) of a powder that peaks at a temperature (K): the inverse of :func:`peak_kelvin`."""
    e, t = np.asarray(energy, dtype=np.float64), np.asarray(kelvin, dtype=np.float64)
    return np.asarray(np.log(rate / t**2) + e / (GAS_CONSTANT * t) - np.log(GAS_CONSTANT / e))


def ln_reactivity(external: Array, micropores: Array, celsius: Array, covered: Array, area: float) -> Array:
    """ln of the rate constant over that of the reference powder.

    ``k ~ (S_active / S_ref)^(1/2) exp(-(T - 1200) / 250)(1 - theta)``: S_active = S_ext + 0.2 S_micro (m2/g),
    ``area`` S_ref, T the temperature of the reference run (degC), theta the share that a coating covers.
    """
    active = np.maximum(external + 0.2 * micropores, 1e-3)
    found: Array = 0.5 * np.log(active / area) - (celsius - _FIRED) / _DECAY + np.log1p(-covered)
    return found
