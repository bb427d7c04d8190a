"""The standard uncertainty of a BET area by source.

Each input is a perturbation of the isotherm itself; its component is the change of the area that it
makes, recomputed over the same points. Sources of the sizes: [R] general practice as in the brochures of
volumetric instruments and interlaboratory tests of reference powders (repeatability 2-3 %, between
laboratories 5-10 % at 1-10 m2/g); they are upper ends of normal work, not of a broken instrument.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import Component
from negatrode.techniques.sorption.isotherm import Isotherm

Array = NDArray[np.float64]
AreaOf = Callable[[Array, Array], float | None]

PORTION = 0.02  # degassing and the portion taken, relative, one sd
VOLUME_SCALE = 0.01  # manifold volume, transducers, temperatures: one factor on all amounts
SATURATION = 0.003  # p0 measured beside the sample (0.03 K of the bath)
SATURATION_NOMINAL = 0.01  # p0 typed in as 100 or 101.325 kPa: the weather
BALANCE = 1.5e-4  # g, two weighings of a sample tube to 0.1 mg
MASS_UNKNOWN = 0.003  # relative, where the mass is not stated
FREE_SPACE = 0.001  # of the gas in the free space, relative
FREE_SPACE_GAS = 25.0  # cm3(STP) in the free space of a usual tube at p = p0

REPEATS = (":line", ":window", ":portion")  # endings of the keys that repeat measurements average out


def components(isotherm: Isotherm, area_of: AreaOf, area: float, sha: str) -> tuple[Component, ...]:
    """Components common to all recipes, in m2/g, signed; ``area_of`` recomputes an area from (x, v).

    With an unknown mass the free space is left out: its effect goes with 1/mass.
    """
    x, v, mass = isotherm.pressure, isotherm.loading, isotherm.mass
    prefix = sha[:12]
    u_p0 = SATURATION_NOMINAL if isotherm.nominal_p0 else SATURATION
    u_mass = BALANCE / mass if mass else MASS_UNKNOWN
    found = [
        Component("portion taken and degassing", PORTION * area, f"{prefix}:portion"),
        Component("volume calibration of the instrument", VOLUME_SCALE * area, f"{prefix}:volume"),
        Component("mass of the sample", -u_mass * area, f"{prefix}:mass"),
        Component(
            "saturation pressure",
            _change(area_of, area, x / (1.0 + u_p0), v),
            f"{prefix}:saturation-pressure",
        ),
    ]
    if mass:
        shifted = v + FREE_SPACE * FREE_SPACE_GAS * x / mass
        found.append(
            Component("free space (dead volume)", _change(area_of, area, x, shifted), f"{prefix}:free-space")
        )
    return tuple(found)


def _change(area_of: AreaOf, area: float, x: Array, v: Array) -> float:
    other = area_of(x, v)
    return 0.0 if other is None else other - area
