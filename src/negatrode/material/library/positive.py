"""Positive electrodes LCO, NMC811 and LFP, as published sets that PyBaMM (BSD-3) ships state them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.material.active import ActiveMaterial
from negatrode.material.library.cited import Cited
from negatrode.material.table import Table

Array = NDArray[np.float64]
_CHEN = "C.-H. Chen and others, J. Electrochem. Soc. 167 (2020) 080534"
_MARQUIS = "S. Marquis and others, J. Electrochem. Soc. 166 (2019) A3693 (Dualfoil)"
_PRADA = "E. Prada and others, J. Electrochem. Soc. 160 (2013) A616, as PyBaMM ships it"
_AFSHAR = "S. Afshar and others, arXiv:1709.03970 (2017), in PyBaMM's Prada2013"
_KASHKOOLI = "A. Kashkooli and others, J. Appl. Electrochem. 47 (2017) 281, in PyBaMM's Prada2013"
_USUAL = "usual electrode"
# g mol-1, lithiated: LiNi0.8Mn0.1Co0.1O2, LiCoO2, LiFePO4; from standard atomic weights [C, strong].
MOLAR_MASS = {"NMC811": 97.28, "LCO": 97.87, "LFP": 157.76}


@dataclass(frozen=True, eq=False)
class CounterElectrode:
    """A positive electrode material and its usual electrode.

    ``radius`` m, ``density`` g cm-3 (crystal), ``window``: stoichiometries (discharged, charged),
    ``porosity``, ``active_share``, ``binder_share`` and ``additive_share`` of the mass, ``conductivity``
    S m-1, limits of a full cell V. ``potential_source`` and the last three cite the host's own numbers:
    mol m-3, m2 s-1, and ``m`` of ``j0 = m sqrt(c_e c (c_max - c))`` in A m-2 (mol m-3)^-1.5.

    No first-cycle efficiency: none of the sets states one.
    """

    name: str
    material: ActiveMaterial
    radius: Cited
    density: Cited
    window: tuple[float, float]
    window_source: str
    porosity: Cited
    active_share: Cited
    conductivity: Cited
    upper_voltage: Cited
    lower_voltage: Cited
    binder_share: Cited
    additive_share: Cited
    potential_source: str
    maximum_concentration: Cited
    diffusivity: Cited
    rate: Cited

    @property
    def capacity_density(self) -> float:
        """``c_max M``, g cm-3: the density at which the host's lithium per volume is one per formula unit.

        Beside ``density`` it shows whether a published maximum concentration fits the crystal.
        """
        return self.maximum_concentration.value * MOLAR_MASS[self.name] * 1e-6


def nmc811_potential(x: Array) -> Array:
    """Open-circuit potential of NMC811 (Chen and others 2020), V."""
    value: Array = (
        -0.8090 * x
        + 4.4875
        - 0.0428 * np.tanh(18.5138 * (x - 0.5542))
        - 17.7326 * np.tanh(15.7890 * (x - 0.3117))
        + 17.5842 * np.tanh(15.9308 * (x - 0.3120))
    )
    return value


def lco_potential(x: Array) -> Array:
    """Open-circuit potential of LiCoO2 (Dualfoil, in Marquis and others 2019), V."""
    s = 1.062 * x
    value: Array = (
        2.16216
        + 0.07645 * np.tanh(30.834 - 54.4806 * s)
        + 2.1581 * np.tanh(52.294 - 50.294 * s)
        - 0.14169 * np.tanh(11.0923 - 19.8543 * s)
        + 0.2051 * np.tanh(1.4684 - 5.4888 * s)
        + 0.2531 * np.tanh((-s + 0.56478) / 0.1316)
        - 0.02167 * np.tanh((s - 0.525) / 0.006)
    )
    return value


def lfp_potential(x: Array) -> Array:
    """Open-circuit potential of LiFePO4 (S. Afshar and others, arXiv:1709.03970 (2017)), V."""
    value: Array = 3.4077 - 0.020269 * x + 0.5 * np.exp(-150 * x) - 0.9 * np.exp(-30 * (1 - x))
    return value


def _host(
    name: str,
    potential: Callable[[Array], Array],
    most: float,
    diffusivity: Table,
    rate: float,
    energy: float,
) -> ActiveMaterial:
    """``j0 = m sqrt(c_e c (c_max - c))`` with ``m`` in A m-2 (mol m-3)^-1.5 and its activation energy."""
    return ActiveMaterial(
        name, most, Table.sample(potential, 0.0, 1.0, intervals=2048, name=f"{name}, potential"), diffusivity,
        Table.constant(rate * most * 1000**0.5, activation_energy=energy, name=f"{name}, exchange current"),
    )  # fmt: skip


def _volts(value: float, source: str) -> Cited:
    return Cited(value, "V", "V", "usable", source)


def _share(value: float) -> Cited:
    return Cited(value, "1", "A", "usable", _USUAL)


def _rate(value: float, source: str) -> Cited:
    return Cited(value, "A/m2 (mol/m3)^-1.5", "V", "usable", source)


@cache
def nmc811() -> CounterElectrode:
    """NMC811 of the LG M50 cell."""
    host = _host(
        "NMC811",
        nmc811_potential,
        63104.0,
        Table.constant(4e-15, name="NMC811, diffusivity"),
        3.42e-6,
        17800.0,
    )
    return CounterElectrode(
        "NMC811", host, Cited(5.22e-6, "m", "V", "usable", _CHEN),
        Cited(4.7, "g/cm3", "R", "usable", "crystal density of layered nickel-rich oxides, 4.7-4.8"),
        (0.9084, 0.2661), f"{_CHEN}: stoichiometries of the cell at 0 and 100 %",
        Cited(0.335, "1", "V", "usable", _CHEN), Cited(0.95, "1", "A", "usable", _USUAL),
        Cited(0.18, "S/m", "V", "usable", _CHEN), _volts(4.2, _CHEN), _volts(2.5, _CHEN),
        _share(0.025), _share(0.025), _CHEN,
        Cited(63104.0, "mol/m3", "V", "weak", f"{_CHEN}: 6.1 g/cm3 at one Li per formula, crystal 4.7"),
        Cited(4e-15, "m2/s", "V", "usable", f"{_CHEN} (no dependence on temperature given)"),
        _rate(3.42e-6, _CHEN),
    )  # fmt: skip


@cache
def lco() -> CounterElectrode:
    """LiCoO2."""
    diffusivity = Table.constant(1e-13, activation_energy=18550.0, name="LCO, diffusivity")
    host = _host("LCO", lco_potential, 51217.9257309275, diffusivity, 6e-7, 39570.0)
    return CounterElectrode(
        "LCO", host, Cited(1e-5, "m", "V", "usable", _MARQUIS),
        Cited(5.05, "g/cm3", "R", "strong", "crystal density of LiCoO2"),
        (0.96, 0.50), "half of the lithium is taken out at 4.2 V [R]; 0.96 discharged [A]",
        Cited(0.3, "1", "V", "usable", _MARQUIS), Cited(0.95, "1", "A", "usable", _USUAL),
        Cited(10.0, "S/m", "V", "usable", _MARQUIS), _volts(4.2, "usual limit [R]"),
        _volts(2.7, "usual limit [R]"),
        _share(0.025), _share(0.025), _MARQUIS, Cited(51217.9257309275, "mol/m3", "V", "strong", _MARQUIS),
        Cited(1e-13, "m2/s", "V", "usable", _MARQUIS), _rate(6e-7, _MARQUIS),
    )  # fmt: skip


@cache
def lfp() -> CounterElectrode:
    """LiFePO4."""
    host = _host(
        "LFP", lfp_potential, 22806.0, Table.constant(5.9e-18, name="LFP, diffusivity"), 6e-7, 39570.0
    )
    return CounterElectrode(
        "LFP", host, Cited(5e-8, "m", "V", "usable", _PRADA),
        Cited(3.6, "g/cm3", "R", "strong", "crystal density of LiFePO4"),
        (0.97, 0.03), "nearly all lithium of the two-phase region [A]",
        Cited(0.426, "1", "V", "usable", _PRADA), Cited(0.90, "1", "A", "usable", _USUAL),
        Cited(0.33795074, "S/m", "V", "usable", _PRADA), _volts(3.6, _PRADA), _volts(2.0, _PRADA),
        _share(0.05), _share(0.05), _AFSHAR, Cited(22806.0, "mol/m3", "V", "strong", _PRADA),
        Cited(5.9e-18, "m2/s", "V", "usable", f"{_PRADA} (no dependence on temperature given)"),
        Cited(6e-7, "A/m2 (mol/m3)^-1.5", "V", "weak", f"{_KASHKOOLI}: same as Dualfoil's for LCO"),
    )  # fmt: skip


COUNTERS: dict[str, Callable[[], CounterElectrode]] = {"NMC811": nmc811, "LCO": lco, "LFP": lfp}


def counter_electrode(name: str) -> CounterElectrode:
    """A counter-electrode by name; InputError for one that is not there."""
    for key, make in COUNTERS.items():
        if key.lower() == name.lower():
            return make()
    raise InputError(
        f"no counter-electrode {name!r} in the library",
        where="battery.counter_electrode",
        remedy=near_matches(name, list(COUNTERS)) or f'known: {", ".join(COUNTERS)}, "lithium"',
    )
