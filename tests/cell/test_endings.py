"""Every ending can be met, says what it is, and depletion never ends in the numerics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.random_cells import run_case

from negatrode.cell.accuracy import accuracy
from negatrode.cell.cell import Cell, Thermal
from negatrode.cell.cell_check import check_cell
from negatrode.cell.curve import Curve
from negatrode.cell.ending import Ended, Ending
from negatrode.cell.protocol import End, Step
from negatrode.cell.run import perform
from negatrode.core.errors import InputError
from negatrode.material.table import Table
from tests.cell.cells import chen2020, once


def run(cell: Cell, *steps: Step, level: str = "standard") -> Curve:
    """Carry out steps."""
    return perform(cell, once(*steps), accuracy(level))


def test_completed() -> None:
    """A protocol whose steps all end as they should is completed."""
    curve = run(
        chen2020(), Step("c-rate", 1.0, (End("time", 60.0),)), Step("rest", 0.0, (End("time", 60.0),))
    )
    assert curve.ended.reason is Ending.COMPLETED
    assert curve.ended.step == 1
    assert curve.duration == pytest.approx(120.0, abs=1e-9)


def test_lower_voltage() -> None:
    """A discharge without an end of its own stops at the cell's lower limit, which the text names."""
    curve = run(chen2020(), Step("c-rate", 1.0, text="Discharge at 1C"))
    assert curve.ended.reason is Ending.LOWER_VOLTAGE
    assert curve.voltage[-1] == pytest.approx(2.5, abs=1e-9)
    assert "2.5 V" in curve.ended.text
    assert "Discharge at 1C" in curve.ended.text


def test_upper_voltage() -> None:
    """A charge stops at the upper limit, and says during which step."""
    curve = run(chen2020(), Step("c-rate", 1.0, (End("time", 1800.0),)), Step("c-rate", -0.5))
    assert curve.ended.reason is Ending.UPPER_VOLTAGE
    assert curve.ended.step == 1
    assert curve.voltage[-1] == pytest.approx(4.2, abs=1e-9)
    assert "step 2" in curve.ended.text


@pytest.mark.parametrize("rate", [2.5, 3.0, 5.0])
@pytest.mark.parametrize("level", ["fast", "standard", "fine"])
def test_fast_discharge_of_chen2020(rate: float, level: str) -> None:
    """Where the salt runs out the ending is the cut-off or names a depth of the positive electrode."""
    ended = run(chen2020(), Step("c-rate", rate), level=level).ended
    assert ended.reason in (Ending.LOWER_VOLTAGE, Ending.ELECTROLYTE_DEPLETED)
    if ended.reason is Ending.ELECTROLYTE_DEPLETED:
        assert "positive electrode" in ended.where
        assert "depth of" in ended.where
        assert ended.where in ended.text


@pytest.mark.parametrize("rate", [2.5, 3.0, 5.0])
def test_levels_agree_on_the_end(rate: float) -> None:
    """The time of the end under depletion does not depend on the level of accuracy (2 %)."""
    times = [run(chen2020(), Step("c-rate", rate), level=level).duration for level in ("standard", "fine")]
    assert times[0] == pytest.approx(times[1], rel=0.02)


@pytest.mark.parametrize("rate", [20.0, 100.0, 1000.0])
def test_absurd_rates_end_at_the_limit(rate: float) -> None:
    """A current that takes the voltage below the limit at once ends there, within the first seconds."""
    ended = run(chen2020(), Step("c-rate", rate)).ended
    assert ended.reason is Ending.LOWER_VOLTAGE
    assert ended.time < 10


@pytest.mark.parametrize("seed", [6, 14, 24, 35])
def test_surfaces_are_never_overfull(seed: int) -> None:
    """Positive electrodes that fill while the voltage is above its limit end there, at every level alike."""
    ends = [run_case(seed, level)[0] for level in ("fast", "standard", "fine")]
    assert all(e.ended.reason in (Ending.LOWER_VOLTAGE, Ending.PARTICLES_FULL) for e in ends)
    assert max(e.duration for e in ends) == pytest.approx(min(e.duration for e in ends), rel=1e-3)
    # A surface beyond full would show as more lithium than the hosts can hold.
    for e in ends:
        assert e.lithium.end["positive"] < 1.0001 * capacity_of_positive(seed)


@pytest.mark.parametrize("seed", [18, 26, 43, 83, 922])
def test_filling_front_does_not_stop_the_solver(seed: int) -> None:
    """Where the surfaces fill one after the other from the separator, the charge goes on to its limit."""
    ends = [run_case(seed, level)[0] for level in ("standard", "fine")]
    assert all(e.ended.reason is Ending.UPPER_VOLTAGE for e in ends)
    assert ends[0].duration == pytest.approx(ends[1].duration, rel=2e-3)


def capacity_of_positive(seed: int) -> float:
    """Lithium that the positive electrode of a random cell holds when full, A h."""
    from benchmarks.random_cells import random_case

    cell, _ = random_case(seed)
    full = [replace(p, stoichiometry=1 - 1e-12) for p in cell.positive.particles]
    return cell.lithium(replace(cell.positive, particles=tuple(full)))


@pytest.mark.parametrize("seed", range(40))
def test_random_cells_end_for_a_physical_reason(seed: int) -> None:
    """Forty cells of the study ``benchmarks/random_cells.py``: never the numerics, lithium kept."""
    curve = run_case(seed)[0]
    assert curve.ended.physical
    assert abs(curve.lithium.drift) < 1e-10


def test_only_the_solver_is_not_physical() -> None:
    """Every reason but the solver's own is physical, and every reason has a text."""
    for reason in Ending:
        assert reason.value
        assert Ended(reason, reason.value, 0, 0.0).physical == (reason is not Ending.SOLVER)


def test_infeasible_power_is_an_ending() -> None:
    """More power than the cell can give at all is an ending (with a curve), not an exception."""
    curve = run(chen2020(), Step("power", 1e6))
    assert curve.ended.reason in (Ending.INFEASIBLE, Ending.LOWER_VOLTAGE)
    assert len(curve.time) >= 1


def test_limit_holds_where_a_step_begins_below_it() -> None:
    """After a discharge to the lower limit a slower one rises above it, and ends when it is back there."""
    curve = run(chen2020(), Step("c-rate", 1.0, (End("voltage", 2.5),)), Step("c-rate", 0.1))
    assert curve.ended.reason is Ending.LOWER_VOLTAGE
    assert curve.voltage.min() > 2.4


def test_ends_by_time_are_exact_and_never_hang() -> None:
    """Forty steps of odd lengths add up to the last digits."""
    import random

    draw = random.Random(1)
    lengths = [draw.uniform(0.01, 300.0) for _ in range(40)]
    steps = [
        Step("current", draw.uniform(-1, 1), (End("time", t),))
        if k % 2
        else Step("rest", 0.0, (End("time", t),))
        for k, t in enumerate(lengths)
    ]
    curve = run(replace(chen2020(), voltage_limits=(2.0, 4.4)), *steps)
    assert curve.ended.reason is Ending.COMPLETED
    assert curve.duration == pytest.approx(sum(lengths), abs=1e-6)


@pytest.mark.parametrize(("quantity", "value"), [("voltage", 9.0), ("current", 6.0)])
def test_an_end_that_holds_at_the_start(quantity: str, value: float) -> None:
    """A step whose end already holds takes no time."""
    curve = run(chen2020(), Step("current", 5.0, (End(quantity, value),)))
    assert curve.ended.reason is Ending.COMPLETED
    assert curve.duration == 0.0


def test_capacity_end() -> None:
    """A step that ends by capacity passes exactly that."""
    curve = run(chen2020(), Step("current", 5.0, (End("capacity", 1.25),)))
    assert curve.capacity[-1] == pytest.approx(1.25, rel=1e-9)
    assert curve.duration == pytest.approx(900.0, rel=1e-9)


def test_heated_cell_ends_where_its_properties_end() -> None:
    """An adiabatic cell of next to no heat capacity stops at the range and says what is left out."""
    hot = replace(chen2020(), thermal=Thermal(1.0, 0.0))
    curve = run(hot, Step("c-rate", 3.0))
    assert curve.ended.reason is Ending.TOO_HOT
    assert curve.ended.physical
    assert "500 K" in curve.ended.text
    assert curve.temperature[-1] == pytest.approx(500.0, abs=0.5)
    assert "353" in curve.findings[0]


def test_cooled_cell_ends_where_its_properties_end() -> None:
    """Tables with temperatures of their own narrow the range."""
    cell = chen2020()
    conductivity = Table.sample_with_temperature(
        lambda root, kelvin: 0.95 + 0.0 * root + 0.01 * (kelvin - 298.15), 0.0, 70.0,
        temperatures=np.arange(263.15, 324.0, 10.0), name="conductivity",
    )  # fmt: skip
    cold = replace(
        cell,
        thermal=Thermal(60.0, 0.3),
        ambient_temperature=264.0,
        electrolyte=replace(cell.electrolyte, conductivity=conductivity),
    )
    curve = run(cold, Step("rest", 0.0, ends=(End("time", 3600.0),), temperature=200.0))
    assert curve.ended.reason is Ending.TOO_COLD
    assert curve.temperature[-1] == pytest.approx(263.15, abs=0.05)
    with pytest.raises(InputError, match=r"initial temperature 350 K.*263.15 to 323.15"):
        check_cell(replace(cold, initial_temperature=350.0))


def test_warm_cell_says_nothing() -> None:
    """No finding below the onset of decomposition."""
    assert run(replace(chen2020(), thermal=Thermal(60.0, 0.3)), Step("c-rate", 1.0)).findings == ()
