"""Cells as PyBaMM parameter sets: the way back, solved by PyBaMM."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode
from negatrode.core.errors import Refusal
from negatrode.exchange.pybamm_cell import from_pybamm
from negatrode.exchange.pybamm_sets import chen2020_tables, pybamm_options, to_pybamm
from tests.exchange.pybamm_sets_read import import_pybamm, read


def _solved(values: Any, options: dict[str, Any], model: str = "DFN") -> Any:
    pybamm = import_pybamm()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        simulation = pybamm.Simulation(
            getattr(pybamm.lithium_ion, model)(dict(options)),
            parameter_values=values,
            solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
            C_rate=1,
        )
        return simulation.solve([0, 2000], t_interp=np.linspace(0, 2000, 60))


def _difference(values: Any, cell: Cell, model: str = "DFN", variable: str = "Voltage [V]") -> float:
    options = pybamm_options(cell)
    original = _solved(
        values, {k: v for k, v in options.items() if k != "use lumped thermal capacity"}, model
    )
    back = _solved(import_pybamm().ParameterValues(to_pybamm(cell)), options, model)
    end = 0.999 * min(original.t[-1], back.t[-1])
    t = np.linspace(0, end, 150)
    return float(np.max(np.abs(original[variable](t) - back[variable](t))))


@pytest.mark.parametrize("name", ["Chen2020", "Xu2019", "Chen2020_composite", "Ecker2015"])
def test_a_set_read_and_written_gives_pybamms_voltage(name: str) -> None:
    """One hour at 1C by PyBaMM's DFN, within 0.1 mV."""
    assert _difference(import_pybamm().ParameterValues(name), read(name)) < 1e-4


def test_a_cold_cell_with_tables_in_temperature() -> None:
    """Electrolyte data that do not separate, 15 K away from the reference, within 0.1 mV."""
    values = import_pybamm().ParameterValues("ORegan2022")
    values.update({"Initial temperature [K]": 284.4, "Ambient temperature [K]": 284.4})
    assert _difference(values, from_pybamm(values), model="SPMe") < 1e-4


def test_the_heat_balance_goes_along() -> None:
    """The lumped temperature within 1 mK: the current collectors, left out, make a nanowatt."""
    values = import_pybamm().ParameterValues("Chen2020")
    cell = from_pybamm(values, thermal=True)
    assert _difference(values, cell, "SPMe", "Volume-averaged cell temperature [K]") < 1e-3


def test_the_set_is_read_again_as_the_same_cell() -> None:
    """from_pybamm(to_pybamm(cell)): lithium, windows, potentials."""
    cell = read("Chen2020")
    again = from_pybamm(to_pybamm(cell))
    x = np.linspace(0.002, 0.998, 301)
    for one, other in ((cell.negative, again.negative), (cell.positive, again.positive)):
        assert isinstance(one, Electrode)
        assert isinstance(other, Electrode)
        assert cell.lithium(one) == pytest.approx(again.lithium(other), rel=1e-12)
        assert one.transport_efficiency == pytest.approx(other.transport_efficiency, rel=1e-12)
        assert one.conductivity == pytest.approx(other.conductivity, rel=1e-12)
        p, q = one.particles[0], other.particles[0]
        np.testing.assert_allclose(q.material.potential(x), p.material.potential(x), rtol=0, atol=1e-6)
        k = p.material.exchange_current(x, 310.0)
        np.testing.assert_allclose(q.material.exchange_current(x, 310.0), k, rtol=1e-4)
        assert p.window == pytest.approx(q.window, abs=1e-6)


def test_a_coarse_potential_goes_through() -> None:
    """A table too coarse to hold PyBaMM's barrier comes back as it is, without one."""
    cell = read("Chen2020")
    particle = cell.positive.particles[0]
    x = np.linspace(0, 1, 65)
    linear = replace(
        particle.material.potential, values=(4.4 - 1.2 * x)[None, :], slopes=np.full((1, 65), -1.2)
    )
    host = replace(particle.material, potential=linear)
    changed = replace(cell, positive=replace(cell.positive, particles=(replace(particle, material=host),)))
    again = from_pybamm(to_pybamm(changed)).positive.particles[0].material.potential
    at = np.linspace(0.0, 1.0, 301)
    np.testing.assert_allclose(again(at), 4.4 - 1.2 * at, rtol=0, atol=1e-6)


def test_options_name_what_the_cell_has() -> None:
    """Half cell, phases, hysteresis, double layer, contact resistance."""
    assert pybamm_options(read("Chen2020")) == {}
    assert pybamm_options(read("Xu2019")) == {"working electrode": "positive"}
    composite = pybamm_options(read("Chen2020_composite"))
    assert composite["particle phases"] == ("2", "1")
    assert composite["open-circuit potential"] == (("single", "current sigmoid"), "single")
    cell = replace(read("Chen2020"), contact_resistance=1e-3)
    layered = replace(cell, positive=replace(cell.positive, double_layer_capacitance=0.2))
    assert pybamm_options(layered) == {"contact resistance": "true", "surface form": "differential"}


def test_what_pybamm_has_no_place_for_is_refused() -> None:
    """Three populations, films, and areas that are not those of spheres."""
    cell = read("Chen2020")
    particle = cell.positive.particles[0]
    third = replace(particle, volume_fraction=particle.volume_fraction / 3)
    for particles in (
        (third, third, third),
        (replace(particle, film_resistance=1e-3),),
        (replace(particle, area_per_volume=2e6),),
    ):
        with pytest.raises(Refusal):
            to_pybamm(replace(cell, positive=replace(cell.positive, particles=particles)))


def test_the_example_of_the_entry_point_is_a_set() -> None:
    """PyBaMM makes parameter values of it."""
    values = import_pybamm().ParameterValues(chen2020_tables())
    assert values["Nominal cell capacity [A.h]"] == 5.0
