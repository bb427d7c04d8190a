"""Oxidation in the bead and in the bed, against closed forms and the numbers of the science basis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from negatrode.core.errors import InputError
from negatrode.material.prior import Draws
from negatrode.process.programme import AIR, GASES, Gas, Programme, Step, from_steps
from negatrode.process.stabilisation.bead import Diffusion, effectiveness, solve, thiele_squared
from negatrode.process.stabilisation.bed import bed_course, bed_ends
from negatrode.process.stabilisation.kinetics import Constants, Rate, oxidise, oxidising_span
from negatrode.process.stabilisation.margin import (
    CRITICAL,
    BedProperties,
    critical_depth,
    frank_kamenetskii,
)

N2 = GASES["N2"]
R = 8.31446261815324
ONE = np.ones(1)


def _median() -> Constants:
    return Constants.drawn(Draws(1))


def _first_order(k: float = 2.78e-4) -> Constants:
    """Uptake of first order at a rate that temperature does not change, nothing else."""
    flat = Rate(k * ONE, 0.0 * ONE, 523.15)
    none = Rate(1e-30 * ONE, 1e3 * ONE, 523.15)
    return Constants(none, flat, none, ONE, 0.14 * ONE, 0.03 * ONE, 2e6 * ONE, 0 * ONE, 0 * ONE)


def _hold(celsius: float, hours: float, gas: Gas = AIR) -> Programme:
    return Programme(np.array([0.0, 3600 * hours]), np.array([celsius, celsius]), (gas,))


def _bed() -> BedProperties:
    return BedProperties(500.0 * ONE, 0.08 * ONE, 1500.0)


# ---- extents


def test_extents_of_a_hold() -> None:
    done = oxidise(_hold(250.0, 3.0), 0.0, _first_order())
    assert done.taken[0, -1] == pytest.approx(1 - np.exp(-2.78e-4 * 3 * 3600), rel=1e-9)
    assert done.mass[0, -1] == pytest.approx(1 + (0.14 - 0.03) * done.taken[0, -1])


def test_stated_rates_at_their_temperatures() -> None:
    """1/h at 290 degC (uptake), 1/h at 250 degC (cyclisation), 0.1/h at 350 degC (burn-off)."""
    c = _median()
    for rate, celsius, per_hour in ((c.uptake, 290, 1.0), (c.cyclisation, 250, 1.0), (c.burn, 350, 0.1)):
        assert float(rate(np.array([celsius + 273.15]))[0, 0]) * 3600 == pytest.approx(per_hour, rel=2e-3)


def test_a_ramp_against_an_ode_solver() -> None:
    c, x = _median(), 0.35
    run = from_steps([Step(AIR, to=280.0, rate=2 / 60), Step(AIR, hold=3600.0)])
    done = oxidise(run, x, c)

    def change(t: float, y: np.ndarray) -> list[float]:
        kelvin = np.array([float(run.kelvin_at(t))])
        k = [float(r(kelvin)[0, 0]) for r in (c.cyclisation, c.uptake, c.burn)]
        g = 1 - x + x * y[0]
        return [k[0] * (1 - y[0]), k[1] * g * (1 - y[1]), -k[2] * y[2]]

    exact = solve_ivp(change, (0, run.end), [0.0, 0.0, 1.0], rtol=1e-9, atol=1e-12, max_step=60.0).y[:, -1]
    assert done.cyclised[0, -1] == pytest.approx(exact[0], abs=1e-4)
    assert done.taken[0, -1] == pytest.approx(exact[1], abs=3e-4)  # g by trapezoids over 2 K
    assert 1 - done.burnt[0, -1] == pytest.approx(exact[2], abs=1e-5)


def test_without_oxygen_nothing_is_taken_up_but_the_ladder_grows() -> None:
    done = oxidise(_hold(260.0, 2.0, N2), 0.35, _median())
    assert done.taken[0, -1] == 0.0
    assert done.burnt[0, -1] == 0.0
    assert done.cyclised[0, -1] > 0.5
    assert np.isnan(oxidising_span(done)[0][0])


def test_oxygen_counts_by_its_order() -> None:
    c = replace(_median(), order=0.5 * ONE)
    air, lean = (oxidise(_hold(250.0, 1.0, g), 0.0, c) for g in (AIR, Gas("lean", AIR.oxygen / 4)))
    ratio = np.log1p(-lean.taken[0, -1]) / np.log1p(-air.taken[0, -1])
    assert ratio == pytest.approx(0.5)


def test_heat_is_that_of_the_extents() -> None:
    run = from_steps([Step(AIR, to=290.0, rate=2 / 60), Step(AIR, hold=7200.0)])
    done = oxidise(run, 0.35, _median())
    total = np.sum(0.5 * (done.heat[0, 1:] + done.heat[0, :-1]) * np.diff(done.seconds))
    expected = 2e6 * done.taken[0, -1] + 0.55e6 * 0.35 * done.cyclised[0, -1] + 3e7 * done.burnt[0, -1]
    assert total == pytest.approx(expected, rel=0.01)  # heat is a difference quotient of the energy


def test_the_span_of_temperatures_is_where_oxygen_goes() -> None:
    """A ramp to 280 degC, an hour there, a cold hour in air: the cold ends do not count."""
    steps = [Step(AIR, to=280.0, rate=2 / 60), Step(AIR, hold=3600.0), Step(AIR, to=60.0, rate=10 / 60)]
    low, high = oxidising_span(oxidise(from_steps(steps), 0.35, _median()))
    assert 180.0 < low[0] - 273.15 < 250.0
    assert high[0] - 273.15 == pytest.approx(280.0)
    hot = from_steps([Step(AIR, to=250.0, rate=2 / 60), Step(AIR, to=430.0, rate=10 / 60)])
    assert oxidising_span(oxidise(hot, 0.35, _median()))[1][0] - 273.15 > 400.0


# ---- the bead


def test_thiele_modulus_and_effectiveness() -> None:
    d = Diffusion(3e-11 * ONE, 1.0 * ONE, 1100.0)
    phi = np.sqrt(thiele_squared(20e-6 * ONE, 2.78e-4 * ONE, 0.14 * ONE, d, 563.15))
    bound, dissolved = 0.14 * 1100 / 0.031998, 0.2095e5 / (R * 563.15)
    assert phi[0] == pytest.approx(10e-6 * np.sqrt(bound * 2.78e-4 / (3e-11 * dissolved)))
    assert effectiveness(np.array([0.1]))[0] == pytest.approx(1 - 0.01 / 15, rel=1e-4)
    assert effectiveness(np.array([100.0]))[0] == pytest.approx(3 / 100 - 3 / 100**2)


@pytest.mark.parametrize("phi", [1.0, 3.0, 10.0])
def test_rate_at_the_start_is_that_of_thiele(phi: float) -> None:
    """First order: the uptake of the first minutes over that without diffusion is the effectiveness."""
    c = _first_order(1e-6)  # slow: nothing is used up over the run
    d = Diffusion(3e-11 * ONE, ONE, 1100.0)
    one = thiele_squared(1e-6 * ONE, 1e-6 * ONE, 0.14 * ONE, d, 523.15)[0]
    diameter = 1e-6 * phi / np.sqrt(one)
    run = _hold(250.0, 0.5)
    ratio = np.ones((1, run.grid(2.0, 60.0).size))
    done = solve(run, diameter * ONE, ratio, c, d, shells=60)
    free = 1 - np.exp(-1e-6 * 1800)
    assert done.mean[0, -1] / free == pytest.approx(float(effectiveness(np.array([phi]))[0]), rel=5e-3)


def test_shells_converge() -> None:
    c = _first_order(1e-6)
    d = Diffusion(3e-11 * ONE, ONE, 1100.0)
    one = thiele_squared(1e-6 * ONE, 1e-6 * ONE, 0.14 * ONE, d, 523.15)[0]
    run = _hold(250.0, 0.5)
    ratio = np.ones((1, run.grid(2.0, 60.0).size))
    exact = float(effectiveness(np.array([5.0]))[0]) * (1 - np.exp(-1e-6 * 1800))
    errors = [
        abs(solve(run, 1e-6 * 5 / np.sqrt(one) * ONE, ratio, c, d, shells=m).mean[0, -1] / exact - 1)
        for m in (15, 30, 60)
    ]
    assert np.log2(errors[0] / errors[2]) / 2 > 1.0


def test_a_large_bead_oxidises_as_a_shrinking_core() -> None:
    """Fast reaction: the front is where 1 - 3 r^2 + 2 r^3 = 6 D c_s t / (N_O R^2) (S. Yagi, D. Kunii)."""
    c = _first_order(0.005)
    d = Diffusion(3e-11 * ONE, ONE, 1100.0)
    run = _hold(250.0, 10.0)
    ratio = np.ones((1, run.grid(2.0, 60.0).size))
    done = solve(run, 200e-6 * ONE, ratio, c, d, shells=120)
    dissolved, bound = 0.2095e5 / (R * 523.15), 0.14 * 1100 / 0.031998
    left = 6 * 3e-11 * dissolved * 36000 / (bound * (100e-6) ** 2)
    from scipy.optimize import brentq

    core = brentq(lambda r: 1 - 3 * r**2 + 2 * r**3 - left, 0.0, 1.0)
    # The front has a width of R / phi; phi is 40 here
    assert done.mean[0, -1] == pytest.approx(1 - core**3, rel=0.05)
    assert done.profile[-1, -1] > 0.9
    assert done.profile[-1, 0] < 0.05


def test_oxygen_that_enters_is_oxygen_that_is_bound() -> None:
    run = from_steps([Step(AIR, to=290.0, rate=2 / 60), Step(AIR, hold=7200.0)])
    ratio = np.ones((1, run.grid(2.0, 60.0).size))
    done = solve(run, 100e-6 * ONE, ratio, _median(), Diffusion(3e-11 * ONE, ONE, 1100.0))
    assert done.entered[-1] == pytest.approx(done.mean[0, -1], rel=2e-3)


def test_ten_micrometres_are_not_limited_by_diffusion_and_hundreds_are() -> None:
    """Science basis 2.2: beads of 20 um and less by their kinetics; skin and core at hundreds."""
    c, d = _median(), Diffusion(3e-11 * ONE, ONE, 1100.0)
    for celsius in (250.0, 290.0):
        k = c.uptake(np.array([celsius + 273.15]))[:, 0]
        phi = np.sqrt(thiele_squared(10e-6 * ONE, k, c.oxygen, d, celsius + 273.15))
        assert effectiveness(phi)[0] > 0.98
    run = _hold(290.0, 2.0)
    ratio = np.ones((1, run.grid(2.0, 60.0).size))
    thick = solve(run, 400e-6 * ONE, ratio, c, d)
    assert thick.profile[-1, 0] < 0.2 * thick.profile[-1, -1]


def test_beads_without_a_size() -> None:
    with pytest.raises(InputError, match="diameters are above zero"):
        thiele_squared(np.zeros(1), ONE, ONE, Diffusion(ONE, ONE, 1100.0), 500.0)


# ---- the bed


@pytest.mark.parametrize(("celsius", "mm"), [(200, 16.0), (250, 5.4), (290, 2.6)])
def test_critical_depths(celsius: float, mm: float) -> None:
    """Science basis 2.2: a static bed of 5 mm at 250 degC is at its margin."""
    assert critical_depth(_bed(), _median(), celsius + 273.15)[0] * 1e3 == pytest.approx(mm, rel=0.03)


def _zero_order(delta: float, energy: float = 300e3) -> tuple[Constants, float]:
    """Constants and a depth for a delta at 500 K, with E / RT of 72: near the limit of the theory."""
    c = replace(_first_order(), uptake=Rate(1e-6 * ONE, energy * ONE, 500.0), heat_uptake=2e6 * ONE)
    unit = float(frank_kamenetskii(_bed(), c, np.array([500.0]), 1.0)[0, 0])
    return c, float(np.sqrt(delta / unit))


def test_the_bed_runs_away_where_frank_kamenetskii_says() -> None:
    """Zero order (nothing used up), E / RT = 72: critical delta 0.878 (1 + RT / E), 3 % either side."""
    run = _hold(500.0 - 273.15, 60.0)
    critical = CRITICAL["slab"] * (1 + R * 500.0 / 300e3)
    for factor, away in ((0.97, False), (1.03, True)):
        c, depth = _zero_order(factor * critical)
        found = bed_course(run, depth, 0.0, c, _bed(), depletes=False, layers=48, most_rise=0.2, cap=560.0)
        assert found.ran_away is away


def test_a_steady_bed_is_as_hot_as_the_theory() -> None:
    """delta = 0.5: theta_0 from delta = 2 exp(-theta_0) arccosh^2(exp(theta_0 / 2)) (closed form, slab)."""
    from scipy.optimize import brentq

    theta = brentq(lambda x: 2 * np.exp(-x) * np.arccosh(np.exp(x / 2)) ** 2 - 0.5, 1e-6, 1.18)
    c, depth = _zero_order(0.5)
    found = bed_course(_hold(500.0 - 273.15, 60.0), depth, 0.0, c, _bed(), depletes=False, layers=48)
    rise = theta * R * 500.0**2 / 300e3
    assert found.peak - 500.0 == pytest.approx(rise, rel=0.03)  # RT / E is 1/72


def test_conduction_alone() -> None:
    """A step of the face's temperature: the middle follows the series of a slab (J. Fourier)."""
    quiet = replace(_first_order(), heat_uptake=0 * ONE)
    run = Programme(np.array([0.0, 1.0, 900.0]), np.array([25.0, 125.0, 125.0]), (N2, N2))
    depth, alpha = 10e-3, 0.08 / (500 * 1500)
    found = bed_course(run, depth, 0.0, quiet, _bed(), layers=48, most_rise=0.1)
    fourier = alpha * 899.5 / depth**2
    n = np.arange(60)
    series = (
        4 / np.pi * np.sum((-1.0) ** n / (2 * n + 1) * np.exp(-((2 * n + 1) ** 2) * np.pi**2 * fourier / 4))
    )
    assert found.middle[-1] - 273.15 == pytest.approx(125 - 100 * series, abs=0.5)


def test_heat_released_is_conducted_or_stored() -> None:
    run = from_steps([Step(AIR, to=280.0, rate=2 / 60), Step(AIR, hold=3600.0)])
    found = bed_course(run, 2e-3, 0.35, _median(), _bed())
    stored = 1500.0 * (found.average[-1] - found.gas[0])
    assert found.released - found.conducted == pytest.approx(stored, rel=1e-6)
    assert not found.ran_away


def test_a_thick_bed_runs_away_and_says_so() -> None:
    run = from_steps([Step(AIR, to=250.0, rate=2 / 60), Step(AIR, hold=7200.0)])
    found = bed_course(run, 20e-3, 0.35, _median(), _bed())
    assert found.ran_away
    assert found.peak > 873.0
    assert np.isnan(found.middle[-1])
    many = bed_ends(run, 20e-3, 0.35, Constants.drawn(Draws(20)), BedProperties.drawn(Draws(20)))
    assert many.ran_away.mean() > 0.8


def test_coarse_and_fine_beds_agree() -> None:
    run = from_steps([Step(AIR, to=280.0, rate=2 / 60), Step(AIR, hold=3600.0)])
    fine = bed_course(run, 2e-3, 0.35, _median(), _bed(), layers=96, most_rise=0.1)
    quick = bed_ends(run, 2e-3, 0.35, _median(), _bed())
    assert quick.peak[0] == pytest.approx(fine.peak, abs=0.5)


@pytest.mark.parametrize("depth", [0.0, -1e-3])
def test_a_bed_without_depth(depth: float) -> None:
    with pytest.raises(InputError, match="above zero"):
        bed_course(_hold(250.0, 1.0), depth, 0.0, _median(), _bed())
    with pytest.raises(InputError, match="above zero"):
        frank_kamenetskii(_bed(), _median(), np.array([500.0]), depth)
