"""The library of counter-electrodes and electrolytes against the sets that they are taken from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle, Separator
from negatrode.cell.simulate import simulate
from negatrode.core.errors import InputError
from negatrode.material.library import counter_electrode, electrolyte, lithium_metal, names
from negatrode.material.table import FARADAY

pybamm = pytest.importorskip("pybamm")


def value(function: Any, *arguments: float) -> float:
    """A PyBaMM function of numbers."""
    found = function(*(pybamm.Scalar(a) for a in arguments))
    return float(found.evaluate()) if hasattr(found, "evaluate") else float(found)


@pytest.mark.parametrize(
    ("name", "source", "key"),
    [(name, source, "Positive electrode OCP [V]")
     for name, source in (("NMC811", "Chen2020"), ("LCO", "Marquis2019"), ("LFP", "Prada2013"))],
)  # fmt: skip
def test_potentials_are_those_of_the_sets(name: str, source: str, key: str) -> None:
    row = counter_electrode(name)
    function = pybamm.ParameterValues(source)[key]
    low, high = sorted(row.window)
    x = np.linspace(low, high, 101)
    ours = row.material.potential(x)
    theirs = np.array([value(function, float(s)) for s in x])
    # A cubic through 2049 points of a tanh of width 0.006 is off by up to 1e-5 V.
    np.testing.assert_allclose(ours, theirs, atol=2e-5)
    assert np.all(np.diff(ours) < 0)  # falls throughout its window


@pytest.mark.parametrize("name", ["NMC811", "LCO", "LFP"])
def test_exchange_currents_are_those_of_the_sets(name: str) -> None:
    row = counter_electrode(name)
    source = {"NMC811": "Chen2020", "LCO": "Marquis2019", "LFP": "Prada2013"}[name]
    function = pybamm.ParameterValues(source)["Positive electrode exchange-current density [A.m-2]"]
    most = row.material.maximum_concentration
    for kelvin in (278.15, 298.15, 318.15):
        theirs = value(function, 900.0, 0.6 * most, most, kelvin)
        rate = row.material.exchange_current.at_temperature(kelvin)(0.5)
        ours = rate * (0.6 * 0.4) ** 0.5 * (900 / 1000) ** 0.5
        assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "source"), [("EC/EMC", "Chen2020"), ("EC/DMC", "Marquis2019"), ("PC/EC/DMC", "Xu2019")]
)
def test_electrolytes_are_those_of_the_sets(name: str, source: str) -> None:
    salt = electrolyte(name)
    p = pybamm.ParameterValues(source)
    for kelvin in (283.15, 298.15, 313.15):
        if source == "Chen2020" and kelvin != 298.15:
            continue  # published at one temperature
        for c in (200.0, 1000.0, 2000.0):
            for ours, key in (
                (salt.conductivity, "Electrolyte conductivity [S.m-1]"),
                (salt.diffusivity, "Electrolyte diffusivity [m2.s-1]"),
            ):
                theirs = value(p[key], c, kelvin)
                # 1e-4: a cubic in temperature between points 10 K apart, where it is sampled there.
                assert ours.at_temperature(kelvin)(c**0.5) == pytest.approx(theirs, rel=1e-4)
    assert salt.transference(1000**0.5) == pytest.approx(p["Cation transference number"])


def test_lithium_is_that_of_its_set() -> None:
    function = pybamm.ParameterValues("Xu2019")[
        "Exchange-current density for lithium metal electrode [A.m-2]"
    ]
    for c in (300.0, 1000.0, 2500.0):
        theirs = value(function, c, 76900.0, 298.15)
        assert float(lithium_metal().exchange_current(c**0.5)) == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("name", ["NMC811", "LCO", "LFP"])
@pytest.mark.parametrize("salt", ["EC/EMC", "EC/DMC", "PC/EC/DMC"])
def test_every_pair_cycles_its_stoichiometry(name: str, salt: str) -> None:
    """A thin half cell at C/20 gives the capacity between the ends of the window, within 3 %."""
    row = counter_electrode(name)
    thickness, fraction = 20e-6, 0.5
    full, charged = row.window
    particle = Particle(row.material, min(row.radius.value, 1e-6), fraction, charged)
    capacity = thickness * fraction * row.material.maximum_concentration * (full - charged) * FARADAY / 3600
    layer = Electrode(thickness, 0.4, 0.4**1.5, 1.0, (particle,))
    low = float(row.material.potential(full))
    cell = Cell(
        name, lithium_metal(), Separator(2e-5, 0.45, 0.45**1.5), layer, electrolyte(salt), 1.0, capacity,
        (low, 5.0),
    )  # fmt: skip
    curve = simulate(cell, "Discharge at C/20")
    assert curve.capacity[-1] == pytest.approx(capacity, rel=0.03)
    assert abs(curve.lithium.drift) < 1e-12


def test_names_that_are_not_there() -> None:
    with pytest.raises(InputError, match="NMC811"):
        counter_electrode("NMC81")
    with pytest.raises(InputError, match="EC/EMC"):
        electrolyte("EC-EMC")
    assert "LFP" in names()["counter-electrodes"]
