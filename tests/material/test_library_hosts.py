"""The hosts of the library: their sets' numbers, marks, crystals, and whole discharges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.cell.simulate import simulate
from negatrode.exchange.pybamm_cell import from_pybamm
from negatrode.material.library import Cited, counter_electrode, electrolyte, lithium_metal, positive
from negatrode.material.table import FARADAY

pybamm = pytest.importorskip("pybamm")

SETS = {"NMC811": "Chen2020", "LCO": "Marquis2019", "LFP": "Prada2013"}
FORMULAS = {
    "NMC811": positive.nmc811_potential,
    "LCO": positive.lco_potential,
    "LFP": positive.lfp_potential,
}


def value(function: Any, *arguments: float) -> float:
    """A PyBaMM function of numbers."""
    found = function(*(pybamm.Scalar(a) for a in arguments))
    return float(found.evaluate()) if hasattr(found, "evaluate") else float(found)


@pytest.mark.parametrize("name", SETS)
def test_formulas_are_those_of_the_sets(name: str) -> None:
    """Without a table between: 1e-12 is rounding."""
    function = pybamm.ParameterValues(SETS[name])["Positive electrode OCP [V]"]
    x = np.linspace(*sorted(counter_electrode(name).window), 200)
    theirs = [value(function, float(s)) for s in x]
    np.testing.assert_allclose(FORMULAS[name](x), theirs, rtol=1e-12)


@pytest.mark.parametrize("name", SETS)
def test_hosts_are_those_of_the_sets(name: str) -> None:
    row = counter_electrode(name)
    p = pybamm.ParameterValues(SETS[name])
    assert row.material.maximum_concentration == p["Maximum concentration in positive electrode [mol.m-3]"]
    assert row.radius.value == p["Positive particle radius [m]"]
    assert row.porosity.value == p["Positive electrode porosity"]
    assert row.conductivity.value == p["Positive electrode conductivity [S.m-1]"]
    theirs = p["Positive particle diffusivity [m2.s-1]"]
    for kelvin in (278.15, 298.15, 318.15):
        ours = row.material.diffusivity.at_temperature(kelvin)(0.5)
        expected = value(theirs, 0.5, kelvin) if callable(theirs) else theirs
        assert ours == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", SETS)
def test_cited_numbers_are_those_of_the_host(name: str) -> None:
    row = counter_electrode(name)
    host = row.material
    assert row.maximum_concentration.value == host.maximum_concentration
    assert row.diffusivity.value == host.diffusivity(0.5)
    rate = row.rate.value * host.maximum_concentration * 1000**0.5
    assert rate == pytest.approx(float(host.exchange_current(0.5)), rel=1e-12)
    assert row.active_share.value + row.binder_share.value + row.additive_share.value == pytest.approx(1)
    for cited in vars(row).values():
        if isinstance(cited, Cited):
            assert cited.mark in set("VCRA")
            assert cited.confidence in ("strong", "usable", "weak")
            assert cited.source


def test_which_maximum_concentrations_fit_their_crystals() -> None:
    """LCO and LFP hold one lithium per formula unit of the crystal; NMC811 after Chen 30 % more (weak)."""
    for name in ("LCO", "LFP"):
        row = counter_electrode(name)
        assert row.capacity_density == pytest.approx(row.density.value, rel=0.01)
    row = counter_electrode("NMC811")
    assert row.capacity_density == pytest.approx(1.306 * row.density.value, rel=0.001)
    assert row.maximum_concentration.confidence == "weak"


def test_chen_with_the_positive_electrode_of_the_library() -> None:
    cell = from_pybamm("Chen2020")
    (theirs,) = cell.positive.particles
    row = counter_electrode("NMC811")
    ours = replace(theirs, material=row.material, radius=row.radius.value)
    swapped = replace(cell, positive=replace(cell.positive, particles=(ours,)))
    before, after = (simulate(c, "Discharge at 1C until 2.5 V") for c in (cell, swapped))
    assert after.capacity[-1] == pytest.approx(before.capacity[-1], rel=1e-4)
    time = np.linspace(1.0, 0.999 * min(before.time[-1], after.time[-1]), 200)
    assert np.abs(before.at(time) - after.at(time)).max() < 1e-3


def empties_at(name: str, low: float) -> float:
    """Stoichiometry at which a host falls to ``low`` V, or one."""
    host = counter_electrode(name).material
    x = np.linspace(0.5, 1.0, 20001)
    return float(x[host.potential(x) > low][-1])


def half_cell(name: str, salt: str) -> Cell:
    """The library's own host, radius, porosity and conductivity, from charged down to the lower limit."""
    row = counter_electrode(name)
    fraction, thickness = 0.5, 50e-6
    particle = Particle(row.material, row.radius.value, fraction, row.window[1])
    hosts = thickness * fraction * row.material.maximum_concentration * FARADAY / 3600
    porosity = row.porosity.value
    layer = Electrode(thickness, porosity, porosity**1.5, row.conductivity.value, (particle,))
    capacity = hosts * (empties_at(name, row.lower_voltage.value) - row.window[1])
    return Cell(
        name, lithium_metal(), Separator(2e-5, 0.45, 0.45**1.5), layer, electrolyte(salt), 1.0, capacity,
        (row.lower_voltage.value, 5.0),
    )  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_a_tenth_of_c_empties_the_host(name: str) -> None:
    cell = half_cell(name, "EC/EMC")
    curve = simulate(cell, "Discharge at C/10")
    assert curve.capacity[-1] == pytest.approx(cell.nominal_capacity, rel=0.02)
