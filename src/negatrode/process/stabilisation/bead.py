"""Oxygen diffusing into the bead: Thiele modulus, effectiveness, and the radial solution where it matters.

``D (1/r^2)(r^2 c')' = N_O k_o (c / c_ref)^n (1 - a) g``, quasi-steady; N_O: moles of O2 that a volume of
polymer binds in all, c_ref: that in the polymer in air. Taking up oxygen uses it up: a bead that binds 15 wt%
needs a thousand times what it dissolves, so that the bare diffusion time R^2 / D says too little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.table import GAS_CONSTANT
from negatrode.process.kernels import oxidation as kernel
from negatrode.process.programme import AIR, Programme
from negatrode.process.stabilisation.kinetics import Constants, over_air

Array = NDArray[np.float64]
SHELLS = 30
BAR = 1e5
# Below this modulus squared the effectiveness at the start is above 0.98 (1 - phi^2 / 15).
MATTERS = 0.3


@dataclass(frozen=True, eq=False)
class Diffusion:
    """Oxygen in the bead, (n,) each: diffusivity (m2/s), partition coefficient, polymer density (kg/m3)."""

    diffusivity: Array
    partition: Array
    density: float


def thiele_squared(diameter: Array, rate: Array, oxygen: Array, d: Diffusion, kelvin: Array | float) -> Array:
    """``phi^2 = R^2 N_O k_o / (D c_ref)``; ``diameter`` m, ``rate`` k_o 1/s; (n,) or (n, times) each.

    ``N_O = W_O rho / M(O2)``, ``c_ref = K p / (R T)`` in air of 1 bar.
    """
    if np.any(np.asarray(diameter) <= 0.0):
        raise InputError(f"a bead of {np.min(diameter):g} m", rule="diameters are above zero")
    bound = oxygen * d.density / 0.031998
    dissolved = d.partition * AIR.oxygen * BAR / (GAS_CONSTANT * kelvin)
    found: Array = (np.asarray(diameter) / 2.0) ** 2 * bound * rate / (d.diffusivity * dissolved)
    return found


def effectiveness(phi: Array) -> Array:
    """Mean rate over that at the surface, first order, sphere: ``3 / phi^2 (phi coth phi - 1)``.

    E. Thiele, Ind. Eng. Chem. 31 (1939) 916, with phi on the radius.

    >>> [round(float(x), 3) for x in effectiveness(np.array([1e-6, 0.55, 10.0]))]
    [1.0, 0.98, 0.27]
    """
    x = np.maximum(np.asarray(phi, dtype=np.float64), 1e-3)
    found: Array = 3.0 / x**2 * (x / np.tanh(x) - 1.0)
    return np.where(np.asarray(phi) < 1e-3, 1.0, found)


@dataclass(frozen=True, eq=False)
class Solved:
    """``mean`` (n, times) uptake; of the central draw ``profile`` (times, shells) over ``radii`` (of R), and
    ``entered`` (times,), oxygen that came through the surface over that of full uptake.
    """

    mean: Array
    profile: Array
    radii: Array
    entered: Array


def solve(
    programme: Programme,
    diameter: Array,
    nitrile_ratio: Array,
    c: Constants,
    d: Diffusion,
    shells: int = SHELLS,
) -> Solved:
    """Uptake with diffusion, over the programme's grid; ``nitrile_ratio`` (n, times): g of the kinetics.

    Oxygen by Newton on shells that are finer toward the surface; uptake by two stages a time step.
    """
    times = programme.grid(2.0, 60.0)
    kelvin = programme.kelvin_at(times)
    middle = 0.5 * (kelvin[1:] + kelvin[:-1])
    rates = c.uptake(middle)
    phi2 = thiele_squared(diameter[:, None], rates, c.oxygen[:, None], _as_columns(d), middle[None, :])
    outside = over_air(programme, times)
    g = 0.5 * (nitrile_ratio[:, 1:] + nitrile_ratio[:, :-1])
    steps = rates * np.diff(times)
    mean = np.empty((len(rates), times.size))
    profiles = np.empty((2, times.size, shells))
    flows = np.empty((2, times.size - 1))
    for i in range(len(rates)):
        k = 0 if i == 0 else 1  # the central draw is kept
        kernel.bead(
            steps[i], phi2[i], np.ascontiguousarray(g[i]), outside, float(c.order[i]), shells, mean[i],
            profiles[k], flows[k],
        )  # fmt: skip
    edges = (np.arange(shells + 1) / shells) ** 0.7
    entered = np.concatenate([[0.0], np.cumsum(flows[0])])
    return Solved(mean, profiles[0], 0.5 * (edges[1:] + edges[:-1]), entered)


def _as_columns(d: Diffusion) -> Diffusion:
    return Diffusion(d.diffusivity[:, None], d.partition[:, None], d.density)
