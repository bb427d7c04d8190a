"""Closed forms, symmetries and balances that a cell has to obey."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from negatrode.cell.accuracy import accuracy
from negatrode.cell.cell import Cell, Thermal
from negatrode.cell.curve import Curve
from negatrode.cell.electrode import Electrode, Separator
from negatrode.cell.ending import Ending
from negatrode.cell.protocol import End, Step
from negatrode.cell.run import perform
from negatrode.material.active import Hysteresis
from negatrode.material.table import FARADAY, Table
from tests.cell.cells import (
    THERMAL_VOLT,
    chen2020,
    electrode,
    full_cell,
    graphite_potential,
    half_cell,
    line,
    nmc_potential,
    once,
    plain_electrolyte,
    plain_host,
)

Array = NDArray[np.float64]
EFFICIENCY = 0.3**1.5


def run(cell: Cell, *steps: Step, level: str = "standard", fields: bool = False) -> Curve:
    """Carry out steps."""
    return perform(cell, once(*steps), accuracy(level), keep_fields=fields)


def charge_times_time(curve: Curve, quantity: str = "energy") -> float:
    """Integral of current (A s) or of current times voltage (J) over the curve, by Gauss's rule a step."""
    nodes, weights = np.polynomial.legendre.leggauss(4)
    total = 0.0
    for t0, t1 in zip(curve.time[:-1], curve.time[1:], strict=True):
        if t1 > t0:
            t = t0 + (t1 - t0) * (nodes + 1) / 2
            value = curve.at(t, "current")
            if quantity == "energy":
                value = value * curve.at(t)
            total += float(weights @ value) * (t1 - t0) / 2
    return total


# --- equilibrium and symmetry -------------------------------------------------------------------------


def test_slow_discharge_is_the_open_circuit_curve() -> None:
    """C/1000 and C/500, carried on linearly to no current, give the open-circuit voltage within 0.1 mV.

    (At C/1000 alone the cell's resistance costs about 0.2 mV: 5 mA through some 40 mohm.)
    """
    cell = chen2020()
    slow, twice = (run(cell, Step("c-rate", r), level="fine") for r in (1e-3, 2e-3))
    capacity = np.linspace(0.02, 0.97, 300) * slow.capacity[-1]
    at_zero = 2 * slow.at(capacity * 3600 / 5e-3) - twice.at(capacity * 3600 / 1e-2)
    volumes = (85.2e-6 * 0.75 * 33133, 75.6e-6 * 0.665 * 63104)
    moved = capacity * 3600 / FARADAY / cell.area
    x_n, x_p = 29866 / 33133 - moved / volumes[0], 17038 / 63104 + moved / volumes[1]
    ocv = nmc_potential(x_p) - graphite_potential(x_n)
    assert np.abs(at_zero - ocv).max() < 1e-4
    assert np.abs(slow.at(capacity * 3600 / 5e-3) - ocv).max() < 1e-3


def test_rest_in_equilibrium_stays() -> None:
    """An equilibrium cell at rest keeps its voltage to rounding, and passes no charge."""
    curve = run(chen2020(), Step("rest", 0.0, (End("time", 1e5),)))
    ocv = nmc_potential(np.array(17038 / 63104)) - graphite_potential(np.array(29866 / 33133))
    assert np.abs(curve.voltage - ocv).max() < 1e-9
    assert curve.capacity[-1] == 0.0


def test_symmetric_cell_gives_zero() -> None:
    """Two equal electrodes: no voltage at rest, and currents of either sign give opposite voltages."""
    host = plain_host(line(0.4, 0.1))
    cell = full_cell(electrode(host, 0.5), electrode(host, 0.5))
    rest = run(cell, Step("rest", 0.0, (End("time", 100.0),)))
    assert np.abs(rest.voltage).max() < 1e-12
    there = run(cell, Step("current", 30.0, (End("time", 300.0),)))
    back = run(cell, Step("current", -30.0, (End("time", 300.0),)))
    times = np.linspace(0, 300, 50)
    assert np.abs(there.at(times)).min() > 1e-3
    np.testing.assert_allclose(there.at(times), -back.at(times), rtol=0, atol=1e-8)


# --- resistances --------------------------------------------------------------------------------------


def porous_resistance(layer: Electrode, kappa: float, per_area: float) -> float:
    """Resistance (ohm m2) of a porous electrode with linear kinetics (Euler and Nonnenmacher 1960).

    ``per_area``: charge transfer and film, ohm m2 of reactive area. Electronic current enters at one face,
    ionic current leaves at the other.
    """
    length, sigma = layer.thickness, layer.conductivity
    nu = length * np.sqrt(layer.particles[0].area / per_area * (1 / kappa + 1 / sigma))
    ends = (2 + (sigma / kappa + kappa / sigma) * np.cosh(nu)) / (nu * np.sinh(nu))
    return float(length / (kappa + sigma) * (1 + ends))


@pytest.mark.parametrize(("sigma", "exchange"), [(10.0, 5.0), (0.3, 5.0), (10.0, 40.0), (0.05, 1.0)])
def test_half_cell_resistance(sigma: float, exchange: float) -> None:
    """The first voltage of a half cell is that of lithium, separator, porous electrode, film and contact."""
    layer = electrode(plain_host(line(0.4, 0.1), exchange=exchange), 0.5, conductivity=sigma)
    layer = replace(layer, particles=(replace(layer.particles[0], film_resistance=2e-3),))
    cell = half_cell(layer, exchange=20.0, contact_resistance=1e-3)
    transfer = THERMAL_VOLT / (exchange * 0.5) + 2e-3
    expected = THERMAL_VOLT / 20.0 + 20e-6 / 0.5**1.5 + porous_resistance(layer, EFFICIENCY, transfer) + 1e-3
    curve = run(cell, Step("current", 0.01, (End("time", 1e-6),)), level="reference")
    assert (0.25 - curve.voltage[0]) / 0.01 == pytest.approx(expected, rel=1e-6)


def test_full_cell_without_diffusion_limits() -> None:
    """1C with huge diffusivities: open-circuit voltage minus the closed ohmic and kinetic resistance."""
    flat = [plain_host(Table.constant(v), diffusivity=1e-6, exchange=50.0) for v in (0.1, 3.9)]
    flat = [replace(host, maximum_concentration=3e8) for host in flat]
    layers = [electrode(host, 0.5, conductivity=s) for host, s in zip(flat, (10.0, 0.5), strict=True)]
    salt = plain_electrolyte(diffusivity=Table.constant(1e-3))
    cell = full_cell(layers[0], layers[1], electrolyte=salt)
    curve = run(cell, Step("current", 10.0, (End("time", 3600.0),)), level="fine")
    transfer = THERMAL_VOLT / 25.0
    expected = 20e-6 / 0.5**1.5 + sum(porous_resistance(e, EFFICIENCY, transfer) for e in layers)
    lost = 3.8 - curve.voltage
    np.testing.assert_allclose(lost, 10.0 * expected, rtol=2e-4)


def test_double_layer_time_constant() -> None:
    """A step of current charges the double layers with ``tau = C R T / (F j0)`` where conduction is fast."""
    host = plain_host(Table.constant(0.25), exchange=5.0, diffusivity=1e-9)
    layer = electrode(
        replace(host, maximum_concentration=3e8), 0.5, conductivity=1e5, double_layer_capacitance=10.0
    )
    salt = plain_electrolyte(conductivity=Table.constant(1e5), diffusivity=Table.constant(1e-6))
    cell = full_cell(layer, layer, electrolyte=salt)
    curve = run(cell, Step("current", 10.0, (End("time", 1.0),)), level="reference")
    resistance = THERMAL_VOLT / 2.5
    tau, amplitude = 10.0 * resistance, 2 * 10.0 / (layer.particles[0].area * 50e-6) * resistance
    t = np.linspace(0.002, 1.0, 100)
    np.testing.assert_allclose(-curve.at(t), amplitude * -np.expm1(-t / tau), rtol=0, atol=2e-3 * amplitude)


# --- salt ---------------------------------------------------------------------------------------------


def uniform_reaction_cell() -> Cell:
    """A full cell whose reactions are uniform: potentials do not vary, kinetics do not see the salt."""
    factor = Table.sample(lambda s: 1000**0.5 / s, 15.0, 60.0, intervals=2048)
    host = plain_host(Table.constant(0.25), exchange=0.02, electrolyte_factor=factor, diffusivity=1e-9)
    host = replace(host, maximum_concentration=3e8)
    salt = plain_electrolyte(conductivity=Table.constant(1e5), thermodynamic_factor=Table.constant(1e-9))
    positive = electrode(host, 0.5, conductivity=1e6, thickness=70e-6, porosity=0.4, transport_efficiency=0.2)
    return full_cell(electrode(host, 0.5, conductivity=1e6), positive, electrolyte=salt)


def test_steady_salt_profile() -> None:
    """At constant current the salt is parabolic in the electrodes and straight in the separator."""
    cell = uniform_reaction_cell()
    assert isinstance(cell.negative, Electrode)
    curve = run(cell, Step("current", 20.0, (End("time", 2e4),)), level="fine", fields=True)
    fields = curve.fields
    assert fields is not None
    flux = 0.7 * 20.0 / FARADAY / 3e-10  # (1 - t+) i / (F D)
    x, (l_n, l_s, l_p) = fields.x, (50e-6, 20e-6, 70e-6)
    b_n, b_s, b_p = EFFICIENCY, 0.5**1.5, 0.2
    junction = l_n + l_s
    shape = np.where(
        x <= l_n,
        -flux / b_n * (x**2 / (2 * l_n)),
        np.where(
            x <= junction,
            -flux * (l_n / (2 * b_n) + (x - l_n) / b_s),
            -flux * (l_n / (2 * b_n) + l_s / b_s + (l_p / 2 - (junction + l_p - x) ** 2 / (2 * l_p)) / b_p),
        ),
    )
    pore = 0.3 * l_n, 0.5 * l_s, 0.4 * l_p
    means = (
        -flux * l_n / (6 * b_n),
        -flux * (l_n / (2 * b_n) + l_s / (2 * b_s)),
        -flux * (l_n / (2 * b_n) + l_s / b_s + l_p / (3 * b_p)),
    )
    offset = 1000 - float(np.dot(pore, means)) / sum(pore)
    assert np.ptp(fields.salt[-1]) > 100
    np.testing.assert_allclose(fields.salt[-1], offset + shape, rtol=1e-4)


def depletion_time(limit_ratio: float, length: float, efficiency: float, porosity: float) -> float:
    """When the salt at one end of a slab is used up at ``limit_ratio`` times the limiting current.

    ``c(0, t) = c0 - g L / 2 (1 - 8 / pi^2 sum_odd exp(-n^2 pi^2 D t / L^2) / n^2)`` with ``g L / 2`` =
    ``limit_ratio c0``: the closed form of Sand's problem in a finite gap.
    """
    n = np.arange(1, 4001, 2)
    low, high = 0.0, 20.0
    for _ in range(200):
        tau = 0.5 * (low + high)
        used = limit_ratio * (1 - 8 / np.pi**2 * np.sum(np.exp(-((n * np.pi) ** 2) * tau) / n**2))
        low, high = (tau, high) if used < 1 else (low, tau)
    return float(low * length**2 * porosity / (efficiency * 3e-10))


@pytest.mark.parametrize("level", ["standard", "fine"])
@pytest.mark.parametrize("limit_ratio", [1.1, 1.5, 3.0, 6.0])
def test_sand_time(limit_ratio: float, level: str) -> None:
    """Plating lithium from a gap of electrolyte above the limiting current ends at Sand's time (0.1 %)."""
    gap, porosity, efficiency = 500e-6, 0.5, 0.4
    host = replace(
        plain_host(Table.constant(0.25), diffusivity=1e-6, exchange=1e3), maximum_concentration=1e12
    )
    sink = electrode(
        host, 0.5, thickness=1e-8, porosity=porosity, transport_efficiency=efficiency, conductivity=1e3
    )
    cell = half_cell(sink, exchange=20.0, separator=Separator(gap, porosity, efficiency))
    amps = limit_ratio * 2 * 1000.0 * FARADAY * efficiency * 3e-10 / (0.7 * gap)
    curve = run(cell, Step("current", -amps), level=level)
    assert curve.ended.reason in (Ending.ELECTROLYTE_DEPLETED, Ending.UPPER_VOLTAGE)
    assert curve.duration == pytest.approx(depletion_time(limit_ratio, gap, efficiency, porosity), rel=1e-3)


# --- balances -----------------------------------------------------------------------------------------

CYCLE = (
    Step("c-rate", 1.0, (End("voltage", 2.7),)),
    Step("rest", 0.0, (End("time", 600.0),)),
    Step("c-rate", -0.5, (End("voltage", 4.2),)),
    Step("voltage", 4.2, (End("c-rate", 0.02),)),
)
PROTOCOLS: dict[str, tuple[Step, ...]] = {
    "constant current": (Step("c-rate", 1.0),),
    "fast": (Step("c-rate", 2.0),),
    "constant voltage": (Step("voltage", 3.5, (End("time", 3600.0),)),),
    "rest": (Step("c-rate", 1.0, (End("time", 1000.0),)), Step("rest", 0.0, (End("time", 3600.0),))),
    "power": (Step("power", 15.0),),
    "resistance": (Step("resistance", 0.8),),
    "drive": (
        Step("drive", drive=((0.0, 50.0, 100.0, 150.0, 400.0, 500.0), (0.0, 8.0, 1.0, 5.0, 5.0, -2.0))),
    ),
    "20 cycles": CYCLE * 20,
}


@pytest.mark.parametrize("name", list(PROTOCOLS))
def test_lithium_and_charge_are_kept(name: str) -> None:
    """To 1e-12 of the lithium in the cell, whatever is done to it."""
    curve = run(chen2020(), *PROTOCOLS[name])
    assert curve.ended.reason in (Ending.COMPLETED, Ending.LOWER_VOLTAGE)
    assert abs(curve.lithium.drift) <= 1e-12
    assert abs(curve.lithium.charge_drift) <= 1e-12


def test_lithium_is_kept_in_a_half_cell() -> None:
    """What comes from the lithium electrode is in the host or in the salt."""
    host = plain_host(line(0.4, 0.1), diffusivity=1e-14)
    cell = half_cell(electrode(host, 0.2))
    curve = run(cell, Step("current", 15.0, (End("time", 2000.0),)), Step("rest", 0.0, (End("time", 500.0),)))
    assert abs(curve.lithium.drift) <= 1e-12
    assert curve.capacity[-1] == pytest.approx(15.0 * 2000 / 3600, rel=1e-9)


def test_charge_is_the_integral_of_the_current() -> None:
    """The capacity of a drive cycle is the area under it."""
    drive = PROTOCOLS["drive"][0]
    assert drive.drive is not None
    area = float(np.trapezoid(drive.drive[1], drive.drive[0])) / 3600
    assert run(chen2020(), drive).capacity[-1] == pytest.approx(area, rel=1e-3)


def test_short_pulse_in_a_drive_is_not_missed() -> None:
    """A pulse that is short against the solver's steps passes its charge."""
    drive = ((0.0, 1000.0, 1000.5, 1001.0, 2000.0), (0.0, 0.0, 10.0, 0.0, 0.0))
    curve = run(chen2020(), Step("drive", drive=drive))
    assert curve.capacity[-1] == pytest.approx(5.0 / 3600, rel=1e-2)


# --- heat ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amps", [30.0, -30.0])
def test_adiabatic_heat(amps: float) -> None:
    """``C dT`` is the loss of enthalpy minus the electrical work.

    With potentials ``U + (T - T_ref) s`` (U, s constant) the enthalpy per charge is ``U - T_ref s``.
    """
    hosts = [
        plain_host(Table.constant(u), entropy=Table.constant(s), diffusivity=1e-14)
        for u, s in ((0.1, 2e-4), (3.9, -3e-4))
    ]
    cell = full_cell(
        electrode(hosts[0], 0.5),
        electrode(hosts[1], 0.5),
        thermal=Thermal(300.0, 0.0),
        contact_resistance=1e-3,
    )
    curve = run(cell, Step("current", amps, (End("time", 600.0),)), level="fine")
    enthalpy = 3.8 - 298.15 * -5e-4
    released = enthalpy * amps * 600.0 - charge_times_time(curve)
    assert abs(released) > 100
    assert 300.0 * (curve.temperature[-1] - 298.15) == pytest.approx(released, rel=2e-4)


def test_cooling_of_a_resting_cell() -> None:
    """A warm cell at rest relaxes exponentially to the ambient temperature."""
    host = plain_host(line(0.4, 0.1))
    cell = full_cell(
        electrode(host, 0.5), electrode(host, 0.5), thermal=Thermal(300.0, 0.5), initial_temperature=318.15
    )
    curve = run(cell, Step("rest", 0.0, (End("time", 1500.0),)), level="fine")
    expected = 298.15 + 20.0 * np.exp(-curve.time * 0.5 / 300.0)
    assert np.abs(curve.temperature - expected).max() < 0.05


# --- hysteresis ---------------------------------------------------------------------------------------


def hysteretic_cell(initial: float, decay: float = 15.0) -> Cell:
    rule = Hysteresis("one-state", Table.constant(0.20), Table.constant(0.30), decay, initial)
    host = plain_host(Table.constant(0.25), diffusivity=1e-9, exchange=50.0, hysteresis=rule)
    salt = plain_electrolyte(conductivity=Table.constant(1e5), diffusivity=Table.constant(1e-6))
    return half_cell(electrode(host, 0.5, conductivity=1e6), exchange=1e5, electrolyte=salt)


@pytest.mark.parametrize(("amps", "initial"), [(10.0, 0.7), (-10.0, 0.7), (10.0, -1.0), (-10.0, -0.2)])
def test_hysteresis_relaxes_with_charge(amps: float, initial: float) -> None:
    """``h`` approaches the sign of the reaction exponentially in the charge passed."""
    curve = run(hysteretic_cell(initial), Step("current", amps, (End("time", 600.0),)), level="fine")
    host_charge = FARADAY * 30000.0 * 0.5 * 50e-6
    goal = -np.sign(amps)  # discharge of a half cell lithiates its host
    h = goal + (initial - goal) * np.exp(-15.0 * np.abs(amps) * curve.time / (2 * host_charge))
    moved = curve.voltage - curve.voltage[0]
    np.testing.assert_allclose(moved, 0.05 * (h - initial), rtol=0, atol=3e-4)
    assert curve.voltage.min() > 0.2 - 2e-3
    assert curve.voltage.max() < 0.3 + 2e-3


def test_hysteresis_stays_at_rest() -> None:
    """Without reaction the branch does not change."""
    curve = run(hysteretic_cell(0.4), Step("rest", 0.0, (End("time", 1e5),)))
    np.testing.assert_allclose(curve.voltage, 0.27, rtol=0, atol=1e-9)


# --- controls -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "held"),
    [
        (Step("voltage", 3.8, (End("time", 600.0),)), lambda v, i: v - 3.8),
        (Step("power", 15.0, (End("time", 600.0),)), lambda v, i: v * i / 15.0 - 1),
        (Step("resistance", 0.8, (End("time", 600.0),)), lambda v, i: v / i / 0.8 - 1),
        (Step("c-rate", -0.1, (End("time", 60.0),)), lambda v, i: i + 0.5),
    ],
)
def test_control_is_held(step: Step, held: Any) -> None:
    """Voltage, power, resistance or current are what the step asks for at every stored point."""
    curve = run(chen2020(), step)
    assert np.abs(held(curve.voltage, curve.current)).max() < 1e-5
