"""Drops: the population balance against closed forms, correlation and limited coalescence against numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from negatrode.core.errors import InputError, Refusal
from negatrode.material.prior import Draws
from negatrode.process.beads import log_normal, of_classes
from negatrode.process.chemistry.kinetics import Constants, initiator, polymerise
from negatrode.process.chemistry.monomers import mixture
from negatrode.process.droplets import balance
from negatrode.process.droplets.balance import Events, ManyEvents, course, ends
from negatrode.process.droplets.breakage import break_up_rate, collision_shapes, merging_constants
from negatrode.process.droplets.correlation import (
    sauter_diameter,
    viscosity_number,
    viscous_size,
    weber,
)
from negatrode.process.droplets.grid import Grid, bell, gain_of, grid, uniform
from negatrode.process.droplets.limited import covered_area, limited_diameter, silica_on_carbon
from negatrode.process.droplets.sizing import size_beads
from negatrode.process.programme import GASES, Step, from_steps
from negatrode.process.route import Silica, Stirrer, Suspension

ONE = np.ones(1)
N2 = GASES["N2"]


def _steady(breaks: np.ndarray, kernel: np.ndarray, fraction: float = 1.0) -> Events:
    return Events(breaks, kernel, fraction, np.array([0.0, 1.0]), np.ones(2), np.ones(2))


def _edges(g: Grid) -> np.ndarray:
    return np.sqrt(g.volumes[1:] * g.volumes[:-1])


# ---- pure break-up, S(v) = v^a, uniform binary daughters (R. Ziff, E. McGrady, J. Phys. A 18 (1985) 3027)


def _breakage_error(classes: int, time: float = 5.0) -> tuple[float, float, float]:
    """Mean error of the cumulative volume, of the number, and of the sum of the shares."""
    g = grid(1e-4, 1.0, classes)
    start = np.zeros(classes)
    start[-1] = 1.0
    x = course(
        g,
        start,
        _steady(g.volumes.copy(), np.zeros((classes, classes))),
        uniform,
        np.array([0.0, time]),
        1e-7,
    )[-1]
    # From one drop of v = 1 with S = v: n = exp(-t v)(delta(v - 1) + 2 t + t^2 (1 - v)); number 1 + t
    exact = [
        quad(lambda v: v * np.exp(-time * v) * (2 * time + time**2 * (1 - v)), 0.0, b)[0] for b in _edges(g)
    ]
    number = (x / g.volumes).sum() / (1 + time) - 1
    return float(np.abs(np.cumsum(x)[:-1] - exact).mean()), float(number), float(x.sum() - 1)


def test_break_up_converges_to_the_closed_form() -> None:
    errors = [_breakage_error(m) for m in (31, 61, 121)]
    orders = np.log2([errors[k][0] / errors[k + 1][0] for k in (0, 1)])
    assert orders.min() > 1.7  # fixed pivots are of second order on smooth grids; first is asked for
    for cumulative, number, total in errors:
        assert cumulative < 1e-3
        assert abs(number) < 1e-3  # daughters below 1e-4 of the first drop are not counted
        assert abs(total) < 1e-13


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_moments_of_break_up_follow_their_equation(power: float) -> None:
    """d mu_j / dt = (2 / (j + 1) - 1) mu_(j + a) for uniform daughters; a = 1, j = 0: mu_0 = 1 + t."""
    g = grid(1e-6, 1.0, 241)
    start = np.zeros(241)
    start[-1] = 1.0
    times = np.array([0.0, 0.999, 1.0, 1.001])
    x = course(g, start, _steady(g.volumes**power, np.zeros((241, 241))), uniform, times, 1e-9)
    number = (x / g.volumes).sum(axis=1)
    slope = (number[3] - number[1]) / 0.002
    moment = (x[2] * g.volumes ** (power - 1.0)).sum()
    assert slope == pytest.approx(moment, rel=2e-3)  # the least class does not break


# ---- pure coalescence, constant kernel, exponential start (W. Scott, J. Atmos. Sci. 25 (1968) 54)


def _merging_error(classes: int, time: float = 10.0) -> tuple[float, float, float]:
    g = grid(1e-4, 1e3, classes)

    def cumulative(v: np.ndarray, mean: float) -> np.ndarray:
        """Volume below v of the exponential distribution of that mean volume."""
        return 1.0 - np.exp(-v / mean) * (1.0 + v / mean)

    below = np.concatenate([[0.0], cumulative(_edges(g), 1.0), [1.0]])
    start = np.diff(below)
    x = course(
        g,
        start,
        _steady(np.zeros(classes), np.ones((classes, classes))),
        uniform,
        np.array([0.0, time]),
        1e-7,
    )[-1]
    before = (start / g.volumes).sum()
    # N = N0 / (1 + N0 t / 2): with the number that the grid begins with
    number = (x / g.volumes).sum() * (1 / before + time / 2) - 1
    exact = cumulative(_edges(g), 1.0 + time / 2)
    return float(np.abs(np.cumsum(x)[:-1] - exact).mean()), float(number), float(x.sum() - 1)


def test_coalescence_converges_to_the_closed_form() -> None:
    errors = [_merging_error(m) for m in (31, 61, 121)]
    orders = np.log2([errors[k][0] / errors[k + 1][0] for k in (0, 1)])
    assert orders.min() > 1.7
    for cumulative, number, total in errors:
        assert cumulative < 5e-3
        assert abs(number) < 1e-6  # every merger takes away one drop: exact up to the time steps
        assert abs(total) < 1e-13


# ---- the events


@pytest.mark.parametrize("daughters", [uniform, bell])
def test_a_break_up_makes_two_drops_and_keeps_the_volume(daughters: object) -> None:
    g = grid(1e-9, 1.0, 60)
    gain = gain_of(g, daughters)  # type: ignore[arg-type]
    assert np.allclose(gain.sum(axis=0), 1.0, atol=1e-14)
    number = (gain / g.volumes[:, None]).sum(axis=0) * g.volumes
    assert np.allclose(number[-10:], 2.0, atol=1e-6)  # below the grid lies 1e-9 of the mother


def test_the_bell_of_daughters_is_its_own_integral() -> None:
    x = np.array([0.3, 0.5, 0.8])
    number, volume = bell(x)
    norm = quad(lambda u: np.exp(-4.5 * (2 * u - 1) ** 2), 0, 1)[0] / 2
    for k, at in enumerate(x):
        exact = quad(lambda u: np.exp(-4.5 * (2 * u - 1) ** 2) / norm, 0, at)[0]
        first = quad(lambda u: u * np.exp(-4.5 * (2 * u - 1) ** 2) / norm, 0, at)[0]
        assert number[k] == pytest.approx(exact, abs=1e-9)
        assert volume[k] == pytest.approx(first, abs=1e-9)


def _vessel(pivots: Grid, n: int = 1) -> ManyEvents:
    one = np.ones(n)
    breaks = break_up_rate(pivots.diameters, 2.4 * one, 5e-3 * one, 0.2, 900.0, 0.336 * one, 0.106 * one)
    meets, drains = collision_shapes(pivots.diameters)
    rate, weaken = merging_constants(2.4 * one, 5e-3 * one, 0.2, 985.0, 4.7e-4, 7e-4 * one, 3.8e13 * one)
    factors = np.ones((n, 2))
    return ManyEvents(breaks, meets, drains, rate, weaken, 0.2, np.array([0.0, 1.0]), factors, factors)


def test_ten_hours_in_a_vessel_keep_the_mass() -> None:
    """Stiff: break-up at 1e3 a second at the top, hours to go; relative drift of the mass below 1e-10."""
    pivots = grid(1e-17, 1e-10, 72)
    events = _vessel(pivots)
    start = np.exp(-0.5 * (np.log(pivots.diameters / 2e-4) / 0.5) ** 2)
    kernel = events.rate[0] * events.merging * np.exp(-np.minimum(events.weaken[0] * events.exponent, 700.0))
    one = Events(events.breaks[0], kernel, 0.2, events.times, events.break_factor[0], events.merge_factor[0])
    rows = course(pivots, start, one, bell, np.concatenate([[0.0], np.geomspace(1.0, 36000.0, 20)]))
    assert np.abs(rows.sum(axis=1) - 1.0).max() < 1e-10
    assert rows.min() > -1e-8
    # Steady: what breaks is made good by what merges
    assert np.abs(rows[-1] - rows[-2]).max() < 1e-3
    many = ends(pivots, start[None, :], events, bell, 36000.0, 1e-4)
    assert np.allclose(many[0], rows[-1], atol=2e-3)  # other steps, the same end


def test_faster_stirring_makes_finer_drops() -> None:
    """At break-up alone the size follows eps^-0.4 (N^-1.2), as the correlation's exponent has it."""
    pivots = grid(1e-19, 1e-9, 90)
    sizes = []
    for eps in (1.0, 32.0):
        breaks = break_up_rate(pivots.diameters, eps * ONE, 5e-3 * ONE, 0.2, 900.0, 0.336 * ONE, 0.106 * ONE)
        start = np.exp(-0.5 * (np.log(pivots.diameters / 4e-4) / 0.4) ** 2)
        x = course(pivots, start, _steady(breaks[0], np.zeros((90, 90))), bell, np.array([0.0, 3600.0]))[-1]
        sizes.append(float(of_classes(pivots.diameters, np.maximum(x, 0.0)[None, :]).d32[0]))
    # exp(-const / (eps^(2/3) d^(5/3))) sets the size; eps^(1/3) before it adds a slow logarithm
    assert np.log(sizes[1] / sizes[0]) / np.log(32.0) == pytest.approx(-0.4, abs=0.04)


def test_steps_that_do_not_suffice_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balance, "_MOST_STEPS", 3)
    g = grid(1e-4, 1.0, 31)
    start = np.zeros(31)
    start[-1] = 1.0
    with pytest.raises(Refusal, match="more than 3 steps"):
        course(g, start, _steady(g.volumes * 1e6, np.zeros((31, 31))), uniform, np.array([0.0, 1e4]))


@pytest.mark.parametrize("start", [np.zeros(31), -np.ones(31), np.ones(5)])
def test_a_start_that_is_none(start: np.ndarray) -> None:
    g = grid(1e-4, 1.0, 31)
    with pytest.raises(InputError, match="no distribution"):
        course(g, start, _steady(g.volumes, np.zeros((31, 31))), uniform, np.array([0.0, 1.0]))


# ---- correlation, limited coalescence


@pytest.mark.parametrize(
    ("speed", "diameter", "um"), [(10.0, 0.1, 50.0), (25.0, 0.1, 18.0), (150.0, 0.03, 5.0)]
)
def test_drop_size_by_weber_number(speed: float, diameter: float, um: float) -> None:
    """Numbers of science basis 2.1, to the digit given: 10 mN/m and a fifth to a quarter of monomer."""
    we = weber(1000.0, speed, diameter, 10e-3)
    d32 = sauter_diameter(np.array([we]), diameter, 0.23, 0.058 * ONE, 5.4 * ONE, -0.6)
    assert d32[0] * 1e6 == pytest.approx(um, rel=0.1)


def test_viscous_drops_solve_their_own_equation() -> None:
    thin, factor = 20e-6 * ONE, ONE
    at = viscosity_number(thin, 5.0 * ONE, 2.0 * ONE, 5e-3 * ONE, 1.1)
    d = viscous_size(thin, factor, at)
    again = thin * (1 + factor * viscosity_number(d, 5.0 * ONE, 2.0 * ONE, 5e-3 * ONE, 1.1)) ** 0.6
    assert d[0] == pytest.approx(again[0], rel=1e-9)
    assert d[0] > 2 * thin[0]


@pytest.mark.parametrize(("concentration", "um"), [(10.0, 14.7), (20.0, 7.3), (40.0, 3.7)])
def test_limited_coalescence(concentration: float, um: float) -> None:
    area = covered_area(0.9 * ONE, 2200.0, 15e-9)
    assert limited_diameter(concentration, area)[0] * 1e6 == pytest.approx(um, abs=0.05)


def test_silica_that_stays_on_the_carbon() -> None:
    """20 kg/m3 on 900 kg/m3 at a yield of 0.45: 4.9 g per 100 g of carbon, inside the claimed window."""
    w = float(silica_on_carbon(20.0, 0.0, 1.0, 900.0, 0.45 * ONE)[0])
    assert w / (1 - w / 100) == pytest.approx(4.9, abs=0.05)
    assert silica_on_carbon(20.0, 1.0, 1.0, 900.0, 0.45 * ONE)[0] == 0.0


# ---- sizes of a suspension


def _suspension(sizing: str, stirrer: Stirrer | None, **more: object) -> Suspension:
    run = from_steps([Step(N2, to=70.0, rate=1 / 60), Step(N2, hold=6 * 3600.0)])
    given = {"fraction": 0.2, "tension": 5e-3, "silica": Silica(20.0, 15e-9)} | more
    return Suspension({"styrene": 1.0}, sizing, run, "AIBN", 0.01, stirrer, **given)  # type: ignore[arg-type]


def _sized(s: Suspension, n: int = 40) -> object:
    draws, mix = Draws(n), mixture(s.monomers)
    done = polymerise(mix, initiator("AIBN"), 0.01, s.programme, Constants.drawn(draws))
    return size_beads(s, mix, done, draws)


def test_every_way_of_sizing() -> None:
    fast = Stirrer(150.0, 0.03, "rotor-stator")
    correlation = _sized(_suspension("correlation", fast))
    limited = _sized(_suspension("limited-coalescence", fast))
    balanced = _sized(_suspension("balance", fast))
    given = _sized(_suspension("given", None, bead_size=10e-6, bead_gsd=1.3))
    for found in (correlation, limited, balanced, given):
        sizes = found.beads  # type: ignore[attr-defined]
        assert np.all((sizes.d10 < sizes.d21) & (sizes.d21 < sizes.d32) & (sizes.d32 < sizes.dv50))
        assert np.all((sizes.dv50 < sizes.d43) & (sizes.dv50 > 0))
    assert given.beads.dv50[0] == 10e-6  # type: ignore[attr-defined]
    # Beads are drops that contracted: 0.902 to 1.05 g/cm3
    drops = 6 / (20.0 * 1.5 * 0.9 / (2200 * 15e-9))
    assert limited.beads.d32[0] == pytest.approx(drops * (0.902 / 1.05) ** (1 / 3), rel=0.02)  # type: ignore[attr-defined]
    assert balanced.course.shares.shape[1] == balanced.course.diameters.size  # type: ignore[attr-defined]


def test_a_stirrer_too_slow_for_the_silica_is_told() -> None:
    slow = _sized(_suspension("limited-coalescence", Stirrer(3.0, 0.1)))
    assert any("too slow" in n.text and n.warning for n in slow.notes)  # type: ignore[attr-defined]
    assert np.median(slow.beads.dv50) > 20e-6  # type: ignore[attr-defined]


@pytest.mark.parametrize(("speed", "diameter"), [(0.0, 0.1), (-5.0, 0.1), (10.0, 0.0)])
def test_a_stirrer_that_does_not_turn(speed: float, diameter: float) -> None:
    with pytest.raises(InputError, match="a stirrer with a"):
        Stirrer(speed, diameter)


@pytest.mark.parametrize(
    ("more", "said"), [({"fraction": 0.9}, "monomer fraction"), ({"tension": 0.0}, "above zero")]
)
def test_suspensions_that_hold_no_drops(more: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        _sized(_suspension("correlation", Stirrer(10.0, 0.1), **more))


def test_means_of_classes_are_those_of_the_log_normal() -> None:
    d = np.geomspace(0.05, 2000.0, 2000) * 1e-6
    sigma = 0.4
    share = np.exp(-0.5 * (np.log(d / 10e-6) / sigma) ** 2)
    found, exact = of_classes(d, share[None, :]), log_normal(10e-6 * ONE, sigma * ONE)
    for name in ("dv50", "d43", "d32", "d21", "d10", "sigma"):
        assert getattr(found, name)[0] == pytest.approx(getattr(exact, name)[0], rel=1e-3)
