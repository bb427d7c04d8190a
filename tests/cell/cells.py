"""Cells that the tests of the engine share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.cell.protocol import Protocol, Step
from negatrode.material.active import ActiveMaterial
from negatrode.material.electrolyte import Electrolyte, LithiumMetal
from negatrode.material.table import FARADAY, GAS_CONSTANT, Table

Array = NDArray[np.float64]
THERMAL_VOLT = GAS_CONSTANT * 298.15 / FARADAY


def once(*steps: Step) -> Protocol:
    """A protocol of these steps."""
    return Protocol(tuple(steps))


def graphite_potential(x: Array) -> Array:
    """Open-circuit potential of the negative electrode of C.-H. Chen and others (2020), V."""
    value: Array = (
        1.9793 * np.exp(-39.3631 * x)
        + 0.2482
        - 0.0909 * np.tanh(29.8538 * (x - 0.1234))
        - 0.04478 * np.tanh(14.9159 * (x - 0.2769))
        - 0.0205 * np.tanh(30.4444 * (x - 0.6103))
    )
    return value


def nmc_potential(x: Array) -> Array:
    """Open-circuit potential of the positive electrode of C.-H. Chen and others (2020), V."""
    value: Array = (
        -0.8090 * x
        + 4.4875
        - 0.0428 * np.tanh(18.5138 * (x - 0.5542))
        - 17.7326 * np.tanh(15.7890 * (x - 0.3117))
        + 17.5842 * np.tanh(15.9308 * (x - 0.3120))
    )
    return value


def nyman_conductivity(root: Array) -> Array:
    """Conductivity of LiPF6 in EC:EMC (Nyman and others 2008), S m-1 over the root of mol m-3."""
    c = root**2 / 1000
    value: Array = 0.1297 * c**3 - 2.51 * c**1.5 + 3.329 * c
    return value


def nyman_diffusivity(root: Array) -> Array:
    """Diffusivity of LiPF6 in EC:EMC (Nyman and others 2008), m2 s-1 over the root of mol m-3."""
    c = root**2 / 1000
    value: Array = 8.794e-11 * c**2 - 3.972e-10 * c + 4.862e-10
    return value


def chen2020() -> Cell:
    """LG M50 after C.-H. Chen and others, J. Electrochem. Soc. 167 (2020) 080534."""
    c_n, c_p = 33133.0, 63104.0
    negative = ActiveMaterial(
        "graphite-SiOx", c_n, Table.sample(graphite_potential, 0, 1, intervals=2048),
        Table.constant(3.3e-14), Table.constant(6.48e-7 * c_n * 1000**0.5),
    )  # fmt: skip
    positive = ActiveMaterial(
        "NMC811", c_p, Table.sample(nmc_potential, 0, 1, intervals=2048),
        Table.constant(4e-15), Table.constant(3.42e-6 * c_p * 1000**0.5),
    )  # fmt: skip
    salt = Electrolyte(
        "LiPF6 in EC:EMC", 1000.0, Table.sample(nyman_conductivity, 0, 70),
        Table.sample(nyman_diffusivity, 0, 70), Table.constant(0.2594),
    )  # fmt: skip
    return Cell(
        "Chen2020",
        Electrode(85.2e-6, 0.25, 0.25**1.5, 215.0, (Particle(negative, 5.86e-6, 0.75, 29866 / c_n),)),
        Separator(12e-6, 0.47, 0.47**1.5),
        Electrode(75.6e-6, 0.335, 0.335**1.5, 0.18, (Particle(positive, 5.22e-6, 0.665, 17038 / c_p),)),
        salt, 0.065 * 1.58, 5.0, (2.5, 4.2),
    )  # fmt: skip


def plain_electrolyte(**changes: Any) -> Electrolyte:
    """Constant properties: 1 S/m, 3e-10 m2/s, t+ = 0.3, ideal."""
    given = {
        "conductivity": Table.constant(1.0),
        "diffusivity": Table.constant(3e-10),
        "transference": Table.constant(0.3),
        "thermodynamic_factor": Table.constant(1.0),
    }
    return Electrolyte("plain", 1000.0, **{**given, **changes})


def plain_host(
    potential: Table, *, diffusivity: float = 1e-13, exchange: float = 5.0, **changes: Any
) -> ActiveMaterial:
    """A host of constant properties, 30,000 mol/m3."""
    return ActiveMaterial(
        "host", 30000.0, potential, Table.constant(diffusivity), Table.constant(exchange), **changes
    )


def line(at_zero: float, at_one: float) -> Table:
    """A potential that falls linearly with stoichiometry."""
    return Table(
        0.0, 1.0, np.array([[at_zero, at_one]]), np.full((1, 2), at_one - at_zero), name="straight line"
    )


def electrode(material: ActiveMaterial, stoichiometry: float, **changes: Any) -> Electrode:
    """50 um, porosity 0.3, 10 S/m, spheres of 2 um."""
    particle = Particle(material, 2e-6, 0.5, stoichiometry)
    return replace(Electrode(50e-6, 0.3, 0.3**1.5, 10.0, (particle,)), **changes)


def full_cell(negative: Electrode, positive: Electrode, **changes: Any) -> Cell:
    """A cell of 1 m2 with 20 um of separator and the plain electrolyte; 1C is 10 A."""
    cell = Cell(
        "plain", negative, Separator(20e-6, 0.5, 0.5**1.5), positive, plain_electrolyte(), 1.0, 10.0,
        (-10.0, 10.0),
    )  # fmt: skip
    return replace(cell, **changes)


def half_cell(positive: Electrode, *, exchange: float = 20.0, **changes: Any) -> Cell:
    """The same against lithium of a constant exchange current (A m-2)."""
    base = full_cell(positive, positive)
    return replace(base, negative=LithiumMetal(Table.constant(exchange)), **changes)
