"""Electrolytes of the library: Landesfeind and Gasteiger against PyBaMM, and what is physical of all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from negatrode.cell.simulate import simulate
from negatrode.core.errors import InputError
from negatrode.material.library import electrolyte, names
from tests.material.test_library_hosts import half_cell, value

pybamm = pytest.importorskip("pybamm")


@pytest.mark.parametrize("solvent", ["EC:EMC 3:7", "EC:DMC 1:1"])
def test_landesfeind_is_that_of_pybamm(solvent: str) -> None:
    """PyBaMM ships the coefficients of EC:EMC, and the equations for any."""
    from pybamm.input.parameters.lithium_ion import ORegan2022

    coefficients = {
        "conductivity": ("conductivity", [7.98e-1, 2.28e2, -1.22, 5.09e-1, -4e-3, 3.79e-3]),
        "diffusivity": ("diffusivity", [1.47e3, 1.33, -1.69e3, -5.63e2]),
        "transference": (
            "transference_number",
            [-7.91, 2.45e-1, 5.28e-2, 6.98e-1, -1.08e-2, -8.21e-5, 7.43e-4, -2.22e-3, 3.07e-5],
        ),
        "thermodynamic_factor": (
            "TDF",
            [-5.58, 7.17, 3.80e-2, 1.91, -6.65e-2, -5.08e-5, 1.1e-1, -6.10e-3, 1.51e-4],
        ),
    }  # of EC:DMC, as PyBaMM 23.4 stated them
    salt = electrolyte(f"LiPF6 {solvent} (Landesfeind 2019)")
    concentrations = np.linspace(50.0, 2950.0, 200)
    for kelvin in (283.15, 298.15, 313.15):
        for key, (word, numbers) in coefficients.items():
            ours = getattr(salt, key)(concentrations**0.5, kelvin)
            if solvent == "EC:EMC 3:7":
                function = getattr(ORegan2022, f"electrolyte_{word}_EC_EMC_3_7_Landesfeind2019")
                theirs = [value(function, c, kelvin) for c in concentrations]
            else:
                function = getattr(ORegan2022, f"electrolyte_{word}_base_Landesfeind2019")
                theirs = [value(lambda a, b: function(a, b, numbers), c, kelvin) for c in concentrations]  # noqa: B023
            # 298.15 K lies between rows 2 K apart: a cubic in temperature is off by some 1e-7 there.
            # A transference number passes zero, hence the absolute term.
            np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6 if key == "transference" else 0)


@pytest.mark.parametrize("name", names()["electrolytes"])
def test_electrolytes_are_physical(name: str) -> None:
    salt = electrolyte(name)
    root = np.linspace(1.0, 55.0, 300)
    for kelvin in (263.15, 298.15, 323.15):
        for key in ("conductivity", "diffusivity", "thermodynamic_factor"):
            assert getattr(salt, key)(root, kelvin).min() > 0
        share = salt.transference(root, kelvin)
        assert -1 < share.min() <= share.max() < 1


@pytest.mark.parametrize(
    "salt", ["LiPF6 EC:EMC 3:7 (Landesfeind 2019)", "LiPF6 EC:DMC 1:1 (Landesfeind 2019)"]
)
def test_landesfeind_carries_a_half_cell_in_the_cold_and_in_the_heat(salt: str) -> None:
    for kelvin in (273.15, 313.15):
        cell = replace(half_cell("LCO", salt), ambient_temperature=kelvin, initial_temperature=kelvin)
        curve = simulate(cell, "Discharge at C/10")
        assert curve.capacity[-1] == pytest.approx(cell.nominal_capacity, rel=0.02)


def test_a_temperature_beyond_the_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"outside 263\.15 to 323\.15 K"):
        electrolyte("LiPF6 EC:DMC 1:1 (Landesfeind 2019)").conductivity(30.0, 333.15)
