"""Packing, coating, combustion and fusing against published numbers and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.process.fusing import circularity, fused_share, ladder_index, lump_ratio
from negatrode.process.powder.coating import coated
from negatrode.process.powder.exotherm import ln_factor_at, ln_reactivity, peak_kelvin
from negatrode.process.powder.packing import loose_porosity, poured_density

ONE = np.ones(1)


@pytest.mark.parametrize(("um", "gravity"), [(10.0, 0.57), (5.0, 0.43)])
def test_bulk_specific_gravity_of_spheres(um: float, gravity: float) -> None:
    """Science basis 3.3: spheres of 1.52 g/cm3, one size."""
    assert poured_density(1.52, um, 0.0, 1.0, 0.0) == pytest.approx(gravity, abs=0.01)


def test_packing_by_shape_and_width() -> None:
    assert loose_porosity(0.8) > loose_porosity(1.0)
    assert poured_density(1.52, 10.0, 0.4, 1.0, 0.0) > poured_density(1.52, 10.0, 0.0, 1.0, 0.0)
    assert poured_density(1.52, 1e-3, 0.4, 0.3, -1.0) > 0.0


def test_silica_that_covers_a_sphere() -> None:
    """0.9 wt% of silica is 1 nm on 4 m2/g; e-fold coverage, of which 90 % of the surface is reached."""
    layer = coated(0.9, 4.0 * ONE, 2.2, 1.0, 0.9)
    assert layer.thickness[0] == pytest.approx(0.9 / 99.1 / (2.2e6 * 4.0) * 1e9)
    assert layer.thickness[0] == pytest.approx(1.0, abs=0.05)
    assert layer.covered[0] == pytest.approx(0.9 * (1 - np.exp(-layer.thickness[0])))
    assert coated(0.0, 4.0 * ONE, 2.2, 1.0, 0.9).covered[0] == 0.0
    assert coated(50.0, 4.0 * ONE, 2.2, 1.0, 0.9).covered[0] <= 0.9


def test_kissinger() -> None:
    energy, ln_a = 150e3, 13.9
    t = float(peak_kelvin(ln_a, energy))
    R = 8.31446261815324
    assert np.log((10 / 60) / t**2) == pytest.approx(ln_a + np.log(R / energy) - energy / (R * t), abs=1e-9)
    assert ln_factor_at(t, energy) == pytest.approx(ln_a)
    # Science basis 3.5: doubling the heating rate moves a peak near 650 degC by 33 K
    # to first order, R Tp^2 ln 2 / E; the factor 1 / (1 + 2 R Tp / E) makes it a tenth less
    assert peak_kelvin(ln_a, energy, 20 / 60) - t == pytest.approx(33.0 / (1 + 2 * R * t / energy), abs=1.0)


def test_a_peak_from_the_rate_of_a_first_order_reaction() -> None:
    """Kissinger's relation against the maximum of a simulated rate: d(alpha)/dt = A exp(-E/RT)(1 - alpha)."""
    from scipy.integrate import solve_ivp

    energy, ln_a, beta, R = 150e3, 13.9, 10 / 60, 8.31446261815324

    def rate(t: float, left: float) -> float:
        return float(np.exp(ln_a - energy / (R * (600 + beta * t))) * left)

    done = solve_ivp(lambda t, y: [-rate(t, y[0])], (0, 3600), [1.0], max_step=2.0, rtol=1e-8)
    rates = [rate(t, y) for t, y in zip(done.t, done.y[0], strict=True)]
    assert 600 + beta * done.t[int(np.argmax(rates))] == pytest.approx(
        float(peak_kelvin(ln_a, energy)), abs=1.0
    )


def test_a_coating_raises_the_peak_by_kissinger() -> None:
    base = ln_reactivity(4.0 * ONE, 0 * ONE, 1200.0 * ONE, 0 * ONE, 4.0)
    covered = ln_reactivity(4.0 * ONE, 0 * ONE, 1200.0 * ONE, 0.9 * ONE, 4.0)
    assert base[0] == pytest.approx(0.0)
    t0, t1 = (float(peak_kelvin(13.9 + x[0], 150e3)) for x in (base, covered))
    # (R Tp^2 / E) ln(1 / (1 - theta)) to first order; the second is a tenth of it
    assert t1 - t0 == pytest.approx(8.314 * t0**2 / 150e3 * np.log(10.0), rel=0.2)
    hotter = ln_reactivity(4.0 * ONE, 0 * ONE, 1450.0 * ONE, 0 * ONE, 4.0)
    assert hotter[0] == pytest.approx(-1.0)


def test_beads_are_held_by_oxidation_or_crosslinks() -> None:
    index = ladder_index(np.array([0.0, 0.35, 1.0]), 0.0, 2.0)
    fused = fused_share(index, 0.35, 0.06)
    assert fused[0] > 0.99
    assert fused[1] == pytest.approx(0.5)
    assert fused[2] < 1e-4
    assert fused_share(ladder_index(np.zeros(1), 0.3, 2.0), 0.35, 0.06)[0] < 0.05


def test_lumps_and_shape() -> None:
    # Chains of beads bonded with probability f: mean by mass (1 + f) / (1 - f), by summation
    f = 0.6
    n = np.arange(1, 2000)
    by_mass = (n * n * f ** (n - 1)).sum() / (n * f ** (n - 1)).sum()
    assert lump_ratio(np.array([f]))[0] == pytest.approx(by_mass ** (1 / 3))
    assert np.isfinite(lump_ratio(np.array([1.0]))[0])
    # Two circles that touch: circle of twice the area over twice the circumference
    assert circularity(1.0, 1.0, 0 * ONE, 0.35)[0] == pytest.approx(np.sqrt(2) / 2)
    assert circularity(0.97, 0.0, 1.0 * ONE, 0.35)[0] == pytest.approx(0.97 * 0.65)
