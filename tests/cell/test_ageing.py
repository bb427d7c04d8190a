"""Ageing: each mechanism against PyBaMM, the account, conservation over many cycles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from negatrode.cell.ageing import (
    ActiveLoss,
    Ageing,
    Cracking,
    Elastic,
    Film,
    FreshSurface,
    Isolation,
    Plating,
)
from negatrode.cell.cell import Cell
from negatrode.cell.cycles import by_cycle
from negatrode.cell.electrode import Electrode
from negatrode.cell.protocol import Protocol
from negatrode.cell.simulate import simulate
from negatrode.core.errors import InputError
from negatrode.material.table import FARADAY
from tests.cell.cells import chen2020, electrode, half_cell, line, plain_host

FILM = Film(2.5e-22, 2636.0, 9.585e-5, 1.0, 5e-9, 2e5, 5e-13, 38e3)
ALL = Ageing(
    film=FILM,
    plating=Plating(1e-9, 0.65, 1e-9, 1e-6),
    elastic=Elastic(15e9, 0.3, 3.1e-6),
    cracking=Cracking(20e-9, 15e-9, 3.18e15, 3.9e-20),
    loss=ActiveLoss(2.7778e-7, 60e6),
)
CYCLE = ("Discharge at 1C until 2.5 V", "Charge at 1C until 4.2 V", "Hold at 4.2 V until C/20")


def aged(ageing: Ageing, cell: Cell | None = None) -> Cell:
    """Chen2020 whose negative electrode ages."""
    given = cell or chen2020()
    assert isinstance(given.negative, Electrode)
    particles = tuple(replace(p, ageing=ageing) for p in given.negative.particles)
    return replace(given, negative=replace(given.negative, particles=particles))


def test_mechanisms_against_pybamm() -> None:
    """OKane2022, three cycles: lithium bound by each mechanism, and active material lost, within 1 %.

    PyBaMM's own mesh and steps are the most of the difference; it takes 10 s and more.
    """
    pybamm = pytest.importorskip("pybamm")
    from negatrode.exchange.pybamm_cell import from_pybamm

    values = pybamm.ParameterValues("OKane2022")
    options = {
        "SEI": "solvent-diffusion limited", "SEI on cracks": "true", "SEI film resistance": "distributed",
        "particle mechanics": ("swelling and cracking", "none"), "stress-induced diffusion": "false",
        "loss of active material": ("stress-driven", "none"), "lithium plating": "partially reversible",
    }  # fmt: skip
    steps = ("Discharge at 1C until 2.5 V", "Charge at 0.7C until 4.2 V", "Hold at 4.2 V until C/20")
    points = {"x_n": 30, "x_s": 20, "x_p": 30, "r_n": 60, "r_p": 30}
    simulation = pybamm.Simulation(
        pybamm.lithium_ion.DFN(options), parameter_values=values, var_pts=points,
        experiment=pybamm.Experiment([steps] * 2), solver=pybamm.IDAKLUSolver(rtol=1e-6, atol=1e-8),
    )  # fmt: skip
    solution = simulation.solve()
    rate = float(values.evaluate(values["Negative electrode cracking rate"](pybamm.Scalar(298.15))))
    ageing = replace(ALL, cracking=Cracking(20e-9, 15e-9, 3.18e15, rate))
    curve = simulate(aged(ageing, from_pybamm("OKane2022")), Protocol.of(*steps, cycles=2))
    assert curve.ageing is not None
    for ours, theirs in (
        ("film", "Loss of lithium to negative SEI [mol]"),
        ("film in cracks", "Loss of lithium to negative SEI on cracks [mol]"),
        ("plated", "Loss of lithium to negative lithium plating [mol]"),
    ):
        moles = curve.ageing.lost[ours][-1] * 3600 / FARADAY
        assert moles == pytest.approx(float(solution[theirs].entries[-1]), rel=0.01), ours
    lost = 100 * (1 - curve.ageing.active["negative"][-1])
    theirs = float(solution["Loss of active material in negative electrode [%]"].entries[-1])
    assert lost == pytest.approx(theirs, rel=0.02)


def test_lithium_is_kept_over_two_hundred_aged_cycles() -> None:
    curve = simulate(aged(ALL), Protocol.of(*CYCLE, cycles=200), accuracy_level="quick")
    assert curve.ended.text.startswith("every step")
    assert abs(curve.lithium.drift) < 1e-10
    assert curve.ageing is not None
    assert len(curve.ageing.time) == 600
    for name, lost in curve.ageing.lost.items():
        if name != "plated":  # which is stripped again
            assert np.all(np.diff(lost) >= -1e-15), name


def test_film_grows_by_the_square_root_of_time_at_rest() -> None:
    """``L^2 = L_0^2 + 2 D c V / z t`` at rest, exact for this law (a uniform film)."""
    film = replace(FILM, activation_energy=0.0)
    curve = simulate(
        aged(Ageing(film=film)), Protocol.of("Rest for 2000 hours"), soc=None, accuracy_level="fine"
    )
    assert curve.ageing is not None
    expected = (25e-18 + 2 * 2.5e-22 * 2636 * 9.585e-5 * 2000 * 3600) ** 0.5
    # Trapezoidal steps of hundreds of hours: 0.5 %.
    assert curve.ageing.film["negative"][-1] == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("mechanism", ["film", "plating", "cracking", "loss"])
def test_each_mechanism_can_be_switched_off(mechanism: str) -> None:
    left = ALL.without(mechanism)
    curve = simulate(aged(left), Protocol.of(*CYCLE, cycles=2), accuracy_level="quick")
    assert curve.ageing is not None
    names = {"film": "film", "plating": "plated", "cracking": "film in cracks", "loss": "isolated"}
    assert names[mechanism] not in curve.ageing.lost
    assert abs(curve.lithium.drift) < 1e-12
    with pytest.raises(InputError, match="no mechanism"):
        ALL.without("rust")


def test_isolation_and_fresh_surface_follow_their_laws() -> None:
    """A half cell between two stoichiometries: lithium for fresh film, and what a cycle isolates."""
    host = replace(plain_host(line(0.9, 0.1), diffusivity=1e-12, exchange=50.0), expansion=2.0)
    layer = electrode(host, 0.2)
    ageing = Ageing(isolation=Isolation(0.01, 2.0, 0.5), fresh=FreshSurface(0.4, 18.0, 0.5))
    particle = replace(layer.particles[0], ageing=ageing)
    cell = half_cell(replace(layer, particles=(particle,)), voltage_limits=(0.0, 3.0))
    amps = particle.capacity_concentration * layer.thickness * FARADAY / 3600 / 5
    steps = Protocol.of("Discharge at 1 A until 0.3 V", "Charge at 1 A until 0.7 V", cycles=1)
    steps = replace(
        steps, steps=tuple(replace(s, mode="current", value=np.sign(s.value) * amps) for s in steps.steps)
    )
    curve = simulate(cell, steps)
    assert curve.ageing is not None
    swing = 0.5  # from 0.25 to 0.75, up to the overpotential
    kept = 1 - 0.01 * (2.0 * swing) ** 2 * 0.5
    assert curve.ageing.active["positive"][-1] == pytest.approx(kept, rel=1e-3)
    # Lithiated from 0.2: fresh film takes 0.4 * 0.5 * 2.0 * 18 C/m2 a unit of stoichiometry.
    bound = 0.4 * 0.5 * 2.0 * 18.0 * 0.55 * particle.area * layer.thickness / 3600
    assert curve.ageing.lost["fresh surface"][-1] == pytest.approx(bound, rel=0.03)
    assert abs(curve.lithium.drift) < 1e-12


def test_capacity_and_efficiency_by_cycle() -> None:
    curve = simulate(aged(ALL), Protocol.of(*CYCLE, cycles=3), accuracy_level="quick")
    table = by_cycle(curve)
    assert table.cycle.tolist() == [0, 1, 2]
    for k in range(3):
        rows = curve.step == 3 * k
        assert table.discharge[k] == pytest.approx(curve.capacity[rows][-1] - curve.capacity[rows][0])
    # What a cycle does not give back is what the mechanisms bound in it, and the swing of the ends.
    bound = sum(v[-1] - v[0] for v in table.lost.values())
    assert 0 < bound < 0.1
    assert np.all(table.efficiency[1:] > 95)
    assert table.retention[0] == 100


def test_impossible_ageing_is_refused() -> None:
    with pytest.raises(InputError, match="elastic"):
        Ageing(cracking=Cracking(20e-9, 15e-9, 3e15, 1e-20))
    with pytest.raises(InputError, match="thickness"):
        replace(FILM, thickness=0.0)
    with pytest.raises(InputError, match="transfer"):
        Plating(1e-9, 1.5)
    with pytest.raises(InputError, match="fragility"):
        Isolation(0.01, 2.0, 1.5)
