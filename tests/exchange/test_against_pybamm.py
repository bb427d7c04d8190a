"""Curves against PyBaMM's on refined meshes.

PyBaMM is of first order across the layers: on the meshes used here its own error is 0.1 to 0.3 mV (halving
the spacing halves it; benchmarks/cell/reference.py extrapolates it away). Hence the bound of 0.5 mV rms.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from negatrode.cell.accuracy import accuracy
from negatrode.cell.initial import initial_cell
from negatrode.cell.protocol import Protocol, Step
from negatrode.cell.run import perform
from negatrode.exchange.pybamm_cell import from_pybamm
from tests.exchange.pybamm_sets_read import import_pybamm

COMPOSITE = {
    "particle phases": ("2", "1"),
    "open-circuit potential": (("single", "current sigmoid"), "single"),
}
CASES: dict[str, tuple[str, str, float, dict[str, Any], float]] = {
    # name: set, model, rate, options, bound of the rms difference in mV
    "Chen2020 1C": ("Chen2020", "DFN", 1.0, {}, 0.5),
    "Chen2020 charge": ("Chen2020", "DFN", -0.5, {}, 0.5),
    "Marquis2019 2C": ("Marquis2019", "DFN", 2.0, {}, 0.5),
    "Xu2019 half cell": ("Xu2019", "DFN", 1.0, {"working electrode": "positive"}, 0.5),
    "Chen2020 double layer": ("Chen2020", "DFN", 1.0, {"surface form": "differential"}, 0.5),
    "Chen2020 single particle": ("Chen2020", "SPM", 1.0, {}, 0.5),
    "Ecker2015 diffusivity varies": ("Ecker2015", "DFN", 1.0, {}, 0.5),
    "composite": ("Chen2020_composite", "DFN", 1.0, COMPOSITE, 1.0),
    "heat": ("Chen2020", "DFN", 1.0, {"thermal": "lumped"}, 0.5),
}


@pytest.mark.parametrize("case", list(CASES))
def test_curve_is_that_of_pybamm(case: str) -> None:
    """Voltage over time, beyond the first second, and the end of the discharge."""
    name, model, rate, options, bound = CASES[case]
    pybamm = import_pybamm()
    times, volts, kelvin = _pybamm_curve(pybamm, name, model, rate, options)
    kept = {k: v for k, v in options.items() if k not in ("working electrode", "thermal")}
    cell = from_pybamm(name, options=kept or None, thermal="thermal" in options)
    if rate < 0:
        cell = initial_cell(cell, soc=0.0)
    curve = perform(cell, Protocol((Step("c-rate", rate),)), accuracy("standard"), model=model)
    inside = (times >= 1.0) & (times <= curve.duration)
    difference = 1e3 * (curve.at(times[inside]) - volts[inside])
    assert inside.sum() > 0.9 * len(times)
    assert np.sqrt(np.mean(difference**2)) < bound
    assert curve.duration == pytest.approx(times[-1], rel=2e-3)
    if "thermal" in options:
        ours = np.interp(times[inside], curve.time, curve.temperature)
        np.testing.assert_allclose(ours, kelvin[inside], atol=0.05)


def _pybamm_curve(pybamm: Any, name: str, model: str, rate: float, options: dict[str, Any]) -> Any:
    """Time (s), voltage (V) and temperature (K) on particles graded towards the surface."""
    subject = getattr(pybamm.lithium_ion, model)(dict(options))
    submesh = subject.default_submesh_types
    for domain in [d for d in submesh if "particle" in d and "size" not in d]:
        submesh[domain] = pybamm.MeshGenerator(pybamm.Exponential1DSubMesh, {"side": "right", "stretch": 2})
    points = {"x_n": 40, "x_s": 20, "x_p": 40, "r_n": 40, "r_p": 40}
    points |= {"r_n_prim": 40, "r_n_sec": 40} if "particle phases" in options else {}
    values = pybamm.ParameterValues(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        simulation = pybamm.Simulation(
            subject, parameter_values=values, C_rate=rate, submesh_types=submesh, var_pts=points,
            solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
        )  # fmt: skip
        until = 6500 / abs(rate)
        grid = np.concatenate(([0.0, 0.3], np.geomspace(1, 60, 20), np.linspace(70, until, 400)))
        start = {"initial_soc": 0.0} if rate < 0 else {}
        solution = simulation.solve(t_eval=[0, until], t_interp=grid, **start)
    kelvin = solution["Volume-averaged cell temperature [K]"].entries
    return solution.t, solution["Voltage [V]"].entries, kelvin
