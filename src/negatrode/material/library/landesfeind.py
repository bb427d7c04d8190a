"""LiPF6 electrolytes after J. Landesfeind and H. A. Gasteiger, J. Electrochem. Soc. 166 (2019) A3079.

With c in mol dm-3 and T in K (their fits of transport and thermodynamics):

    kappa = p1 (1 + T - p2) c (1 + p3 sqrt(c) + p4 (1 + p5 e^(1000/T)) c) / (1 + p6 c^4 e^(1000/T)), mS cm-1
    D     = p1 exp(p2 c + (p3 + p4 c) / T) 1e-10 m2 s-1
    t+, thermodynamic factor = p1 + p2 c + p3 T + p4 c2 + p5 c T + p6 T2 + p7 c3 + p8 c2 T + p9 c T2

Read in PyBaMM (BSD-3), not in the paper [V, usable]: EC:EMC 3:7 in its set ORegan2022, EC:DMC 1:1 in its
releases up to 23.4 (``lipf6_EC_DMC_1_1_Landesfeind2019``). Both weight ratios.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from negatrode.material.electrolyte import Electrolyte
from negatrode.material.table import Table

Array = NDArray[np.float64]
Formula = Callable[[tuple[float, ...], Array, float], Array]
_HIGHEST = 55.0  # root of mol m-3: 3 mol dm-3, about where the fitted data end [R, usable]
# -10 to 50 degC, the fitted range [R, usable]; 2 K apart a cubic in temperature is off by less than 1e-6.
_KELVIN = tuple(np.linspace(263.15, 323.15, 31).tolist())


@dataclass(frozen=True)
class Fit:
    """The p of one solvent mixture, in the order of the equations above."""

    conductivity: tuple[float, ...]
    diffusivity: tuple[float, ...]
    transference: tuple[float, ...]
    thermodynamic_factor: tuple[float, ...]


EC_EMC = Fit(
    conductivity=(0.521, 228.0, -1.06, 0.353, -3.59e-3, 1.48e-3),
    diffusivity=(1010.0, 1.01, -1560.0, -487.0),
    transference=(-12.8, -6.12, 0.0821, 0.904, 0.0318, -1.27e-4, 0.0175, -3.12e-3, -3.96e-5),
    thermodynamic_factor=(25.7, -45.1, -0.177, 1.94, 0.295, 3.08e-4, 0.259, -9.46e-3, -4.54e-4),
)
EC_DMC = Fit(
    conductivity=(0.798, 228.0, -1.22, 0.509, -4e-3, 3.79e-3),
    diffusivity=(1470.0, 1.33, -1690.0, -563.0),
    transference=(-7.91, 0.245, 0.0528, 0.698, -0.0108, -8.21e-5, 7.43e-4, -2.22e-3, 3.07e-5),
    thermodynamic_factor=(-5.58, 7.17, 0.038, 1.91, -0.0665, -5.08e-5, 0.11, -6.10e-3, 1.51e-4),
)


def conductivity(p: tuple[float, ...], root: Array, kelvin: float) -> Array:
    """S m-1 over sqrt(c in mol m-3)."""
    c, hot = root**2 / 1000, np.exp(1000 / kelvin)
    rises = p[0] * (1 + kelvin - p[1]) * c * (1 + p[2] * c**0.5 + p[3] * (1 + p[4] * hot) * c)
    value: Array = 0.1 * rises / (1 + p[5] * hot * c**4)
    return value


def diffusivity(p: tuple[float, ...], root: Array, kelvin: float) -> Array:
    """m2 s-1 over sqrt(c in mol m-3)."""
    c = root**2 / 1000
    value: Array = 1e-10 * p[0] * np.exp(p[1] * c + (p[2] + p[3] * c) / kelvin)
    return value


def polynomial(p: tuple[float, ...], root: Array, kelvin: float) -> Array:
    """Transference number or thermodynamic factor over sqrt(c in mol m-3)."""
    c, t = root**2 / 1000, kelvin
    steady = p[0] + p[2] * t + p[5] * t**2
    value: Array = steady + (p[1] + p[4] * t + p[8] * t**2) * c + (p[3] + p[7] * t) * c**2 + p[6] * c**3
    return value


def _electrolyte(name: str, fit: Fit) -> Electrolyte:
    def table(function: Formula, p: tuple[float, ...], what: str) -> Table:
        return Table.sample_with_temperature(
            lambda root, kelvin: function(p, root, kelvin), 0.0, _HIGHEST, temperatures=_KELVIN, name=what
        )

    return Electrolyte(
        name,
        1000.0,
        table(conductivity, fit.conductivity, "conductivity"),
        table(diffusivity, fit.diffusivity, "diffusivity"),
        table(polynomial, fit.transference, "transference number"),
        table(polynomial, fit.thermodynamic_factor, "thermodynamic factor"),
    )


@cache
def ec_emc() -> Electrolyte:
    """LiPF6 in EC:EMC 3:7, -10 to 50 degC."""
    return _electrolyte("LiPF6 EC:EMC 3:7 (Landesfeind 2019)", EC_EMC)


@cache
def ec_dmc() -> Electrolyte:
    """LiPF6 in EC:DMC 1:1, -10 to 50 degC."""
    return _electrolyte("LiPF6 EC:DMC 1:1 (Landesfeind 2019)", EC_DMC)
