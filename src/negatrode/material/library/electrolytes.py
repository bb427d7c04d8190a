"""LiPF6 electrolytes, as published sets that PyBaMM (BSD-3) ships state them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.material.electrolyte import Electrolyte
from negatrode.material.library import landesfeind
from negatrode.material.table import Table

Array = NDArray[np.float64]
_HIGHEST = 65.0  # root of mol m-3: 4.2 mol per litre
_KELVIN = tuple(np.linspace(253.15, 333.15, 9).tolist())


@cache
def nyman() -> Electrolyte:
    """LiPF6 in EC:EMC 3:7. A. Nyman and others, Electrochim. Acta 53 (2008) 6356; t+ as in C.-H. Chen and
    others, J. Electrochem. Soc. 167 (2020) 080534. Published at 25 degC only. Usable.
    """

    def conductivity(root: Array) -> Array:
        c = root**2 / 1000
        value: Array = 0.1297 * c**3 - 2.51 * c**1.5 + 3.329 * c
        return value

    def diffusivity(root: Array) -> Array:
        c = root**2 / 1000
        value: Array = 8.794e-11 * c**2 - 3.972e-10 * c + 4.862e-10
        return value

    return Electrolyte(
        "LiPF6 EC:EMC 3:7 (Nyman 2008)", 1000.0,
        Table.sample(conductivity, 0.0, _HIGHEST, name="conductivity"),
        Table.sample(diffusivity, 0.0, _HIGHEST, name="diffusivity"), Table.constant(0.2594),
    )  # fmt: skip


@cache
def capiglia() -> Electrolyte:
    """LiPF6 in EC:DMC. C. Capiglia and others, J. Power Sources 81-82 (1999) 859, fitted in Dualfoil; t+ 0.4
    and activation energies as in S. Marquis and others, J. Electrochem. Soc. 166 (2019) A3693. Usable.
    """

    def conductivity(root: Array) -> Array:
        c = root**2 / 1000
        value: Array = 0.0911 + 1.9101 * c - 1.052 * c**2 + 0.1554 * c**3
        return value

    def diffusivity(root: Array) -> Array:
        value: Array = 5.34e-10 * np.exp(-0.65 * root**2 / 1000)
        return value

    return Electrolyte(
        "LiPF6 EC:DMC (Capiglia 1999)", 1000.0,
        Table.sample(conductivity, 0.0, _HIGHEST, activation_energy=34700.0, name="conductivity"),
        Table.sample(diffusivity, 0.0, _HIGHEST, activation_energy=37040.0, name="diffusivity"),
        Table.constant(0.4),
    )  # fmt: skip


@cache
def valoen() -> Electrolyte:
    """LiPF6 in PC:EC:DMC 10:27:63. L. Valøen, J. Reimers, J. Electrochem. Soc. 152 (2005) A882, with its
    dependence on temperature and its transference number; thermodynamic factor (eq. 15 there) recalled, at
    25 degC. Usable.
    """

    def conductivity(root: Array, kelvin: float) -> Array:
        c = root**2 / 1000
        of_t = (-10.5 + 0.668 * c + 0.494 * c**2) + (0.074 - 0.0178 * c - 8.86e-4 * c**2) * kelvin
        value: Array = 0.1 * c * (of_t + (-6.96e-5 + 2.8e-5 * c) * kelvin**2) ** 2
        return value

    def diffusivity(root: Array, kelvin: float) -> Array:
        c = root**2 / 1000
        value: Array = 1e-4 * 10 ** (-4.43 - 54 / (kelvin - 229 - 5 * c) - 0.22 * c)
        return value

    def factor(root: Array) -> Array:
        c = root**2 / 1000
        # eq. 15 of the paper: (1 - t+) (1 + d ln f / d ln c), over 1 - t+
        value: Array = (0.601 - 0.24 * c**0.5 + 0.982 * (1 - 0.0052 * (298.15 - 294)) * c**1.5) / (1 - 0.38)
        return value

    high = 55.0  # 3 mol per litre: the fit turns beyond
    return Electrolyte(
        "LiPF6 PC:EC:DMC (Valoen 2005)", 1000.0,
        Table.sample_with_temperature(conductivity, 0.0, high, temperatures=_KELVIN, name="conductivity"),
        Table.sample_with_temperature(diffusivity, 0.0, high, temperatures=_KELVIN, name="diffusivity"),
        Table.constant(0.38), Table.sample(factor, 0.0, high, name="thermodynamic factor"),
    )  # fmt: skip


ELECTROLYTES: dict[str, Callable[[], Electrolyte]] = {
    "LiPF6 EC:EMC 3:7 (Nyman 2008)": nyman,
    "LiPF6 EC:DMC (Capiglia 1999)": capiglia,
    "LiPF6 PC:EC:DMC (Valoen 2005)": valoen,
    "LiPF6 EC:EMC 3:7 (Landesfeind 2019)": landesfeind.ec_emc,
    "LiPF6 EC:DMC 1:1 (Landesfeind 2019)": landesfeind.ec_dmc,
}
ALIASES = {
    "EC/EMC": "LiPF6 EC:EMC 3:7 (Nyman 2008)",
    "EC/DMC": "LiPF6 EC:DMC (Capiglia 1999)",
    "PC/EC/DMC": "LiPF6 PC:EC:DMC (Valoen 2005)",
}


def electrolyte(name: str) -> Electrolyte:
    """An electrolyte by its name or alias; InputError for one that is not there.

    >>> electrolyte("EC/DMC").name
    'LiPF6 EC:DMC (Capiglia 1999)'
    """
    key = ALIASES.get(name, name)
    if key not in ELECTROLYTES:
        known = [*ALIASES, *ELECTROLYTES]
        raise InputError(
            f"no electrolyte {name!r} in the library",
            where="battery.electrolyte",
            remedy=near_matches(name, known) or f"known: {', '.join(known)}",
        )
    return ELECTROLYTES[key]()
