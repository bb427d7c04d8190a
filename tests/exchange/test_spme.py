"""The single-particle model with electrolyte against PyBaMM's.

PyBaMM 26.10 computes its "X-averaged electrolyte concentration" as the mean of ``eps c`` times the mean of
``1 / eps``; for a uniform 1000 mol/m3 in Marquis2019 that is 1161. Conductivity and ``chi`` are taken there.
Here the plain mean is used; PyBaMM's voltage is corrected for that difference, with its own variables, and
nothing may be left.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from negatrode.cell.accuracy import accuracy
from negatrode.cell.electrode import Electrode
from negatrode.cell.protocol import End, Protocol, Step
from negatrode.cell.run import perform
from negatrode.exchange.pybamm_cell import from_pybamm
from tests.exchange.pybamm_sets_read import import_pybamm


@pytest.mark.parametrize(("name", "rate"), [("Chen2020", 1.0), ("Chen2020", 2.0), ("Marquis2019", 2.0)])
def test_spme_is_that_of_pybamm(name: str, rate: float) -> None:
    """0.3 mV rms: PyBaMM's own error on the mesh used, of first order across the layers."""
    pybamm = import_pybamm()
    cell = from_pybamm(name)
    curve = perform(cell, Protocol((Step("c-rate", rate),)), accuracy("standard"), model="SPMe")
    solution = _solve(pybamm, name, rate, curve.duration)
    times = solution.t[(solution.t >= 1.0) & (solution.t < 0.999 * curve.duration)]
    volts = solution["Voltage [V]"](times) + _correction(cell, solution, times, rate)
    difference = 1e3 * (curve.at(times) - volts)
    assert np.sqrt(np.mean(difference**2)) < 0.3
    assert np.abs(difference).max() < 1.0


def _solve(pybamm: Any, name: str, rate: float, until: float) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = pybamm.lithium_ion.SPMe()
        submesh = model.default_submesh_types
        for domain in ("negative particle", "positive particle"):
            submesh[domain] = pybamm.MeshGenerator(
                pybamm.Exponential1DSubMesh, {"side": "right", "stretch": 2}
            )
        simulation = pybamm.Simulation(
            model, parameter_values=pybamm.ParameterValues(name), C_rate=rate, submesh_types=submesh,
            var_pts={"x_n": 60, "x_s": 30, "x_p": 60, "r_n": 60, "r_p": 60},
            solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
        )  # fmt: skip
        return simulation.solve(t_eval=[0, until], t_interp=np.linspace(0, until, 300))


def _correction(cell: Any, solution: Any, times: Any, rate: float) -> Any:
    """What PyBaMM's voltage gains where its average salt is replaced by the plain mean."""
    assert isinstance(cell.negative, Electrode)
    layers = (cell.negative, cell.separator, cell.positive)
    x = np.linspace(0, sum(layer.thickness for layer in layers), 2001)
    salt = solution["Electrolyte concentration [mol.m-3]"](times, x=x)
    plain, theirs = salt.mean(axis=0), solution["X-averaged electrolyte concentration [mol.m-3]"](times)
    weights = (1 / 3, 1, 1 / 3)
    geometry = sum(w * k.thickness / k.transport_efficiency for w, k in zip(weights, layers, strict=True))
    current = rate * cell.nominal_capacity / cell.area
    kappa = cell.electrolyte.conductivity
    return current * geometry * (1 / kappa(np.sqrt(theirs)) - 1 / kappa(np.sqrt(plain)))


def test_spme_holds_every_control() -> None:
    """Voltage, power and resistance are held, and lithium is kept, where the voltage is made of averages."""
    cell = from_pybamm("Chen2020")
    steps = (
        Step("c-rate", 1.0, (End("time", 600.0),)),
        Step("voltage", 3.8, (End("time", 300.0),)),
        Step("power", 15.0, (End("time", 300.0),)),
        Step("resistance", 0.8, (End("time", 300.0),)),
    )
    curve = perform(cell, Protocol(steps), accuracy("standard"), model="SPMe")
    volts, amps = curve.voltage, curve.current
    # Newton stops at half the level's tolerance of 0.2 mV; the averages depend on salt to first order.
    np.testing.assert_allclose(volts[curve.step == 1], 3.8, atol=1e-4)
    np.testing.assert_allclose((volts * amps)[curve.step == 2], 15.0, rtol=3e-5)
    np.testing.assert_allclose((volts / amps)[curve.step == 3], 0.8, rtol=3e-5)
    assert abs(curve.lithium.drift) < 1e-12
    assert abs(curve.lithium.charge_drift) < 1e-12


def test_spme_of_a_half_cell() -> None:
    """Against PyBaMM's half cell, whose average salt is hardly off (one electrode, alike porosities)."""
    pybamm = import_pybamm()
    curve = perform(
        from_pybamm("Xu2019"), Protocol((Step("c-rate", 1.0),)), accuracy("standard"), model="SPMe"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        simulation = pybamm.Simulation(
            pybamm.lithium_ion.SPMe({"working electrode": "positive"}),
            parameter_values=pybamm.ParameterValues("Xu2019"), C_rate=1.0,
            var_pts={"x_n": 20, "x_s": 40, "x_p": 60, "r_n": 20, "r_p": 100},
            solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
        )  # fmt: skip
        solution = simulation.solve(t_eval=[0, 5400], t_interp=np.linspace(1, 5400, 300))
    inside = solution.t <= curve.duration
    difference = 1e3 * (curve.at(solution.t[inside][1:]) - solution["Voltage [V]"].entries[inside][1:])
    assert np.sqrt(np.mean(difference**2)) < 0.5
