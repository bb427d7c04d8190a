"""The tests that a battery of the powder is put through, each one a function of a cell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from negatrode.battery.build import (
    Design,
    Powder,
    charged,
    full_cell,
    half_cell,
    negative_electrode,
    with_ageing,
)
from negatrode.cell.accuracy import LEVELS
from negatrode.cell.ageing import Ageing
from negatrode.cell.cell import Cell
from negatrode.cell.cycles import by_cycle
from negatrode.cell.electrode import Electrode
from negatrode.cell.ending import Ending
from negatrode.cell.mesh import Resolution
from negatrode.cell.protocol import Protocol, pulse
from negatrode.cell.simulate import simulate
from negatrode.core.errors import NegatrodeError

Array = NDArray[np.float64]
RATES = (0.2, 1.0, 2.0, 5.0, 10.0)
_REACHED = (Ending.COMPLETED, Ending.LOWER_VOLTAGE, Ending.UPPER_VOLTAGE)
# Points of the half-cell curves that bands are drawn from, as shares of the central capacity.
SHARES = np.linspace(0.0, 1.0, 81)
_LEVEL = "fast"
# Fast discharges run the salt down: lumped elements stay positive (0.06 % of the capacity off, by a sixth of
# the time of the spectral ones and their second attempts).
_LUMPED = replace(LEVELS[_LEVEL], resolution=Resolution((1, 1, 1), (24, 6, 24), 10, 45))
_FAST = 3.0  # C
_OF_FULL_CELL = frozenset({"rates", "power", "plating", "retention"})


TESTS = frozenset({"half", "static", "rates", "power", "plating", "retention"})


@dataclass(frozen=True)
class Plan:
    """What is tested: C-rates, current of the pulses (C), C-rate of the charge whose plating margin is taken,
    cycles of the retention and their C-rate.

    ``tests``: those that are done, of :data:`TESTS`; ``half_rates``: C-rates of delithiations against lithium
    (on top of the first cycle), none by default.
    """

    rates: tuple[float, ...] = RATES
    pulse_rate: float = 3.0
    pulse_time: float = 10.0
    charge_rate: float = 1.0
    cycles: int = 50
    cycle_rate: float = 1.0
    tests: frozenset[str] = TESTS
    half_rates: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class HalfCell:
    """First cycle against lithium: mAh per g, potentials over shares of the capacity of each branch (V)."""

    charged: float
    discharged: float
    lithiation: Array
    delithiation: Array


@dataclass(eq=False)
class Trials:
    """Outcomes of one draw; ``failed`` says which could not be had, and why."""

    half: HalfCell | None = None
    outcomes: dict[str, float] = field(default_factory=dict)
    rate_capacity: dict[float, float] = field(default_factory=dict)
    delithiation: dict[float, float] = field(default_factory=dict)  # mAh/g by C-rate, against lithium
    retention: Array | None = None
    lost: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def go_through(powder: Powder, design: Design, plan: Plan, ageing: Ageing | None = None) -> Trials:
    """All tests on one draw of a powder. ``ageing``: of the negative electrode, where retention is wanted."""
    done = Trials()
    if "half" in plan.tests:
        _half(powder, design, done)
    for rate in plan.half_rates:
        _half_rate(powder, design, rate, done)
    if "static" in plan.tests:
        _static(powder, design, done)
    if design.counter is None or not plan.tests & _OF_FULL_CELL:
        return done
    try:
        cell = charged(full_cell(powder, design))
    except NegatrodeError as error:
        done.failed["full cell"] = error.sentence()
        return done
    done.outcomes["areal_capacity"] = cell.nominal_capacity / 10  # A h m-2 -> mAh cm-2
    for rate in plan.rates if "rates" in plan.tests else ():
        _rate(cell, rate, done)
    if "power" in plan.tests:
        _power(cell, plan, design, done)
    if "plating" in plan.tests:
        _plating(cell, plan, done)
    if ageing is not None and plan.cycles and "retention" in plan.tests:
        _retention(cell, ageing, plan, done)
    return done


def _half(powder: Powder, design: Design, done: Trials) -> None:
    cell = half_cell(powder, design)
    low, high = cell.voltage_limits
    curve = simulate(
        cell,
        [
            f"Discharge at C/20 until {low:g} V",
            f"Hold at {low:g} V until C/100",
            f"Charge at C/20 until {high:g} V",
        ],
        accuracy_level=_LEVEL,
    )
    if curve.ended.reason not in _REACHED:
        done.failed["half cell"] = curve.ended.text
        return
    grams = design.coating.rate
    down, up = curve.step <= 1, curve.step == 2
    if not np.any(up):
        done.failed["half cell"] = curve.ended.text
        return
    lithiated = float(curve.capacity[down].max())
    back = lithiated - float(curve.capacity[-1])
    extra = powder.irreversible
    done.half = HalfCell(
        1000 * lithiated / grams + extra,
        1000 * back / grams,
        _over_share(curve.capacity[down], curve.voltage[down]),
        _over_share(lithiated - curve.capacity[up], curve.voltage[up]),
    )
    done.outcomes["first_charge"] = done.half.charged
    done.outcomes["first_discharge"] = done.half.discharged
    done.outcomes["first_efficiency"] = 100 * done.half.discharged / done.half.charged


def _half_rate(powder: Powder, design: Design, rate: float, done: Trials) -> None:
    """Delithiation at a C-rate after a slow lithiation with a hold, against lithium."""
    cell = half_cell(powder, design)
    low, high = cell.voltage_limits
    curve = simulate(
        cell,
        [
            f"Discharge at C/10 until {low:g} V",
            f"Hold at {low:g} V until C/50",
            f"Charge at {rate}C until {high:g} V",
        ],
        accuracy_level=_LUMPED if rate >= _FAST else _LEVEL,
    )
    if curve.ended.reason not in _REACHED or not np.any(curve.step == 2):
        done.failed[f"delithiation at {rate:g}C"] = curve.ended.text
        return
    lithiated = float(curve.capacity[curve.step <= 1].max())
    done.delithiation[rate] = 1000 * (lithiated - float(curve.capacity[-1])) / design.coating.rate


def _over_share(charge: Array, volts: Array) -> Array:
    order = np.argsort(charge, kind="stable")
    value: Array = np.interp(SHARES, charge[order] / charge.max(), volts[order])
    return value


def _static(powder: Powder, design: Design, done: Trials) -> None:
    """What needs no simulation: capacity per volume of layer, and how much the layer thickens."""
    _, made = negative_electrode(powder, design.coating, 0.5)
    done.outcomes["volumetric_capacity"] = powder.reversible * made.density * design.coating.active
    done.outcomes["layer_swelling"] = 100 * powder.swelling * made.active_fraction
    done.outcomes["porosity"] = made.porosity
    done.outcomes["thickness"] = 1e6 * made.thickness


def _rate(cell: Cell, rate: float, done: Trials) -> None:
    curve = simulate(
        cell,
        f"Discharge at {rate}C until {cell.voltage_limits[0]:g} V",
        soc=1.0,
        accuracy_level=_LUMPED if rate >= _FAST else _LEVEL,
    )
    if curve.ended.reason in (Ending.SOLVER,):
        done.failed[f"{rate:g}C"] = curve.ended.text
        return
    done.rate_capacity[rate] = 100 * float(curve.capacity[-1]) / cell.nominal_capacity


def _power(cell: Cell, plan: Plan, design: Design, done: Trials) -> None:
    """Resistance by pulses of ten seconds at 50 %, and the power that it allows at the lower limit.

    ``P = V_min (V_0 - V_min) / R`` (the usual reading of a hybrid pulse power characterisation).
    """
    amps = plan.pulse_rate * cell.nominal_capacity
    for name, sign in (("discharge", 1.0), ("charge", -1.0)):
        steps = list(pulse(sign * amps, plan.pulse_time, 1.0))
        curve = simulate(cell, Protocol.of(steps[0]), soc=0.5, accuracy_level=_LEVEL)
        if curve.duration < 0.999 * plan.pulse_time:
            done.failed[f"{name} pulse"] = curve.ended.text
            continue
        rest = _open(cell)
        resistance = sign * (rest - float(curve.voltage[-1])) / amps  # ohm m2
        low, high = cell.voltage_limits
        done.outcomes[f"{name}_resistance"] = 1e4 * resistance  # ohm cm2
        bound = low if name == "discharge" else high
        watts = bound * abs(rest - bound) / resistance
        # W m-2 over the electrodes' active mass of the negative, g m-2: W per g
        done.outcomes[f"{name}_power"] = watts / design.coating.rate


def _open(cell: Cell) -> float:
    from negatrode.cell.initial import initial_cell, open_circuit_voltage

    return open_circuit_voltage(initial_cell(cell, soc=0.5))


def _plating(cell: Cell, plan: Plan, done: Trials) -> None:
    """Least potential of the negative electrode against lithium beside it, on charge, mV."""
    curve = simulate(
        cell, f"Charge at {plan.charge_rate:g}C until {cell.voltage_limits[1]:g} V", soc=0.0,
        accuracy_level=_LEVEL, fields=True,
    )  # fmt: skip
    f = curve.fields
    assert f is not None  # they were asked for
    sites = int(np.sum(f.site_x < _thickness(cell)))
    at = np.searchsorted(f.x, f.site_x[:sites])
    margin = f.solid_potential[:, :sites] - f.electrolyte_potential[:, at]
    done.outcomes["plating_margin"] = 1000 * float(margin.min())


def _thickness(cell: Cell) -> float:
    assert isinstance(cell.negative, Electrode)  # a full cell
    return cell.negative.thickness * (1 + 1e-9)


def _retention(cell: Cell, ageing: Ageing, plan: Plan, done: Trials) -> None:
    aged = with_ageing(cell, lambda p: replace(p, ageing=ageing))
    low, high = cell.voltage_limits
    steps = [
        f"Charge at {plan.cycle_rate:g}C until {high:g} V",
        f"Discharge at {plan.cycle_rate:g}C until {low:g} V",
    ]
    curve = simulate(
        aged, Protocol.of(*steps, cycles=plan.cycles), soc=0.0, accuracy_level=_LEVEL, model="SPMe"
    )
    if curve.ended.reason is not Ending.COMPLETED:
        done.failed["retention"] = curve.ended.text
        return
    kept = by_cycle(curve).retention
    if not np.all(np.isfinite(kept)):
        done.failed["retention"] = f"nothing could be discharged at {plan.cycle_rate:g}C"
        return
    done.retention = kept
    done.outcomes["retention"] = float(done.retention[-1])
    assert curve.ageing is not None  # its particles age
    done.lost = {name: 100 * float(v[-1]) / cell.nominal_capacity for name, v in curve.ageing.lost.items()}
