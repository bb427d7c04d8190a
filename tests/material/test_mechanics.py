"""Stress in spheres and shells, held against closed forms, equilibrium and solved boundary values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad, solve_bvp

from negatrode.core.errors import InputError
from negatrode.material.mechanics import (
    capped,
    composite_swelling,
    cracking_lithiation,
    critical_size,
    fracture_index,
    galvanostatic_stress,
    hoop_stress,
    misfit_pressure,
    sphere_stress,
)

F = 96485.33212331001
E, NU, OMEGA, R, D = 15e9, 0.3, 3.1e-6, 5e-6, 4e-14  # graphite, O'Kane and others 2022
SI = (90e9, 0.22)
SHELLS = {"TiSi2": (265e9, 0.22), "TiN": (438e9, 0.22)}


def settled(r: np.ndarray, i: float) -> np.ndarray:
    """Profile under a constant current once it is settled: D lap(c) = const, -D c'(R) = i/F."""
    return 2e4 + i * R / (F * D) * (0.3 - (r / R) ** 2 / 2)


def test_settled_profile_by_integration_is_the_closed_form() -> None:
    """Both currents at once; the error of straight pieces falls with the square of their length."""
    i = np.array([0.5, -2.0])
    errors = []
    for nodes in (51, 201):
        r = np.linspace(0, R, nodes)
        profile = np.stack([settled(r, one) for one in i])
        found = sphere_stress(r, profile, E, NU, OMEGA)
        closed = galvanostatic_stress(r / R, i, R, D, E, NU, OMEGA)
        scale = np.abs(closed[1]).max()
        errors.append(max(np.abs(a - b).max() for a, b in zip(found, closed, strict=True)) / scale)
    assert errors[1] < 1e-4
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.1)


def test_closed_form_at_its_ends() -> None:
    """E Omega i R / (15 (1 - nu) F D): tension at the surface where lithium leaves."""
    s = E * OMEGA * 0.7 * R / (15 * (1 - NU) * F * D)
    radial, hoop = galvanostatic_stress([0.0, 1.0], 0.7, R, D, E, NU, OMEGA)
    assert radial == pytest.approx([-s, 0.0], rel=1e-12)
    assert hoop == pytest.approx([-s, s], rel=1e-12)
    r = np.linspace(0, R, 401)
    mean = 3 * quad(lambda x: settled(np.array(x), 0.7) * x**2, 0, R)[0] / R**3
    surface = E * OMEGA * (mean - settled(r, 0.7)[-1]) / (3 * (1 - NU))
    assert surface == pytest.approx(s, rel=1e-9)
    assert galvanostatic_stress(1.0, 0.7, R, D, E, NU, OMEGA)[1] == pytest.approx(s, rel=1e-12)


def test_draws_broadcast() -> None:
    """A stress for each draw and each radius."""
    i, young = np.array([0.1, 0.2, 0.3]), np.array([10e9, 20e9, 30e9])
    radial, hoop = galvanostatic_stress(np.linspace(0, 1, 5), i, R, D, young, NU, OMEGA)
    assert radial.shape == hoop.shape == (3, 5)
    assert hoop[:, -1] / hoop[0, -1] == pytest.approx([1, 4, 9])
    r = np.linspace(0, R, 7)
    assert sphere_stress(r, settled(r, 1.0), young, NU, OMEGA)[0].shape == (3, 7)


def test_equilibrium_of_an_arbitrary_profile() -> None:
    """d(sigma_r)/dr + 2 (sigma_r - sigma_t)/r = 0, a free surface, and all-round stress at the centre."""
    r = np.linspace(0, R, 4001)
    x = r / R
    c = 1e4 * (1 + np.tanh(8 * (x - 0.6)) + 0.3 * np.cos(5 * x))
    radial, hoop = sphere_stress(r, c, E, NU, OMEGA)
    inner = slice(200, -1)
    rest = np.gradient(radial, r)[inner] + 2 * (radial - hoop)[inner] / r[inner]
    assert np.abs(rest).max() < 1e-4 * np.abs(hoop).max() / R
    assert radial[-1] == 0
    assert radial[0] == pytest.approx(hoop[0], rel=1e-12)
    assert np.abs(sphere_stress(r, np.full_like(r, 3e4), E, NU, OMEGA)).max() < 1e-6 * np.abs(hoop).max()


def test_cap() -> None:
    """Cut on both sides, by draw."""
    assert capped([-3.0, 0.5, 3.0], [1.0, 1.0, 2.0]) == pytest.approx([-1.0, 0.5, 2.0])


def solved_misfit(
    strain: float, f: float, core: tuple[float, float], shell: tuple[float, float]
) -> tuple[float, float]:
    """Pressure and hoop stress at the inner wall: u'' + 2u'/r - 2u/r^2 = 0 solved numerically.

    Free outside; inside, the core (u = (eps - (1 - 2 nu) p/E) r) is as large as the hole.
    """
    r_o = f ** (-1 / 3)
    (e_a, nu_a), (e_b, nu_b) = core, shell
    lame = e_b * nu_b / ((1 + nu_b) * (1 - 2 * nu_b))
    shear = e_b / (2 * (1 + nu_b))
    radial = lambda r, u, du: (lame + 2 * shear) * du + 2 * lame * u / r  # noqa: E731
    found = solve_bvp(
        lambda r, y: np.vstack([y[1], 2 * y[0] / r**2 - 2 * y[1] / r]),
        lambda a, b: np.array(
            [a[0] - strain + (1 - 2 * nu_a) / e_a * -radial(1.0, *a), radial(r_o, *b) / e_b]
        ),
        np.linspace(1, r_o, 30),
        np.zeros((2, 30)),
        tol=1e-9,
        max_nodes=20000,
    )
    assert found.success
    u, du = found.sol(1.0)
    return -radial(1.0, u, du), lame * du + 2 * (lame + shear) * u


@pytest.mark.parametrize("f", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("shell", [(265e9, 0.22), (20e9, 0.4)])
def test_shell_against_the_boundary_value_problem(f: float, shell: tuple[float, float]) -> None:
    """Lame's pressure and hoop stress, to the tolerance of the solution."""
    pressure, hoop = solved_misfit(0.01 / 3, f, SI, shell)
    found = misfit_pressure(0.01, f, SI, shell)
    assert found == pytest.approx(pressure, rel=1e-6)
    assert hoop_stress(found, f) == pytest.approx(hoop, rel=1e-6)


def flowing_shell(c: float, f: float, y_b: float, core: tuple, shell: tuple) -> tuple[float, float, float]:
    """Pressure, free swelling and largest hoop stress of a shell that flows from r_i = 1 out to c.

    Elastic outside c, on the verge of yield there; inside, sigma_t - sigma_r = sigma_Y with equilibrium
    integrated inward, and (r^2 u)' / r^2 = (1 - 2 nu)/E (sigma_r + 2 sigma_t): flow keeps the volume.
    """
    (e_a, nu_a), (e, nu) = core, shell
    g = c**3 * f  # (c/r_o)^3
    at_c = 2 / 3 * y_b * (1 - g)
    u_c = c * at_c / (e * (1 - g)) * (g * (1 - 2 * nu) + (1 + nu) / 2)
    radial = lambda r: -at_c - quad(lambda s: 2 * y_b / s, r, c)[0]  # noqa: E731
    gain = quad(lambda r: r**2 * (1 - 2 * nu) / e * (3 * radial(r) + 2 * y_b), 1, c)[0]
    pressure = -radial(1.0)
    swelling = 3 * (c**2 * u_c - gain + pressure * (1 - 2 * nu_a) / e_a)
    return pressure, swelling, at_c * (1 + 2 * g) / (2 * (1 - g)) if g < 1 else y_b


@pytest.mark.parametrize("part", [1e-9, 0.3, 0.8, 0.999])
def test_shell_that_flows(part: float) -> None:
    """Largest hoop stress and lithiation at the crack, by integrating equilibrium and volume numerically."""
    f, most = 0.4, 0.8e9
    c = 1 + part * (f ** (-1 / 3) - 1)
    pressure, swelling, hoop = flowing_shell(c, f, most, SI, SHELLS["TiSi2"])
    assert hoop_stress(pressure, f, shell_yield=most) == pytest.approx(hoop, rel=1e-7)
    found = cracking_lithiation(hoop, 2.8, f, SI, SHELLS["TiSi2"], shell_yield=most)
    assert 2.8 * found == pytest.approx(swelling, rel=1e-8)
    bound = misfit_pressure(swelling, f, SI, SHELLS["TiSi2"], shell_yield=most)
    assert pressure <= bound * (1 + 1e-9)


def test_plastic_shell() -> None:
    """2 sigma_Y ln(r_o/r_i) at most, by integrating sigma_r' = 2 sigma_Y/r; the hoop stress then sigma_Y."""
    f, yield_stress = 0.4, 0.8e9
    flow = quad(lambda r: 2 * yield_stress / r, 1, f ** (-1 / 3))[0]
    elastic = misfit_pressure([1e-4, 1.0], f, SI, SHELLS["TiSi2"])
    both = misfit_pressure([1e-4, 1.0], f, SI, SHELLS["TiSi2"], shell_yield=yield_stress)
    assert both == pytest.approx([elastic[0], flow], rel=1e-9)
    hoop = hoop_stress(both, f, shell_yield=yield_stress)
    assert hoop == pytest.approx([elastic[0] * (1 + 2 * f) / (2 * (1 - f)), yield_stress], rel=1e-12)


@pytest.mark.parametrize(("name", "low", "high"), [("TiSi2", 0.002, 0.02), ("TiN", 0.0015, 0.017)])
def test_a_continuous_brittle_shell_does_not_survive(name: str, low: float, high: float) -> None:
    """science.md 4.8: silicon in TiSi2 and TiN cracks its shell at 0.2-2 and 0.15-1.7 % (0.5 to 2 GPa)."""
    f = np.linspace(0.3, 0.7, 9)[:, None]
    at = cracking_lithiation([0.5e9, 2e9], 2.8, f, SI, SHELLS[name])
    assert low <= at.min() < 1.5 * low
    assert 0.8 * high < at.max() <= high
    hoop = hoop_stress(misfit_pressure(2.8 * at, f, SI, SHELLS[name]), f)
    np.testing.assert_allclose(hoop, np.broadcast_to([0.5e9, 2e9], hoop.shape), rtol=1e-12)


def test_a_ductile_shell_does_not_reach_its_strength() -> None:
    """Yield below strength: no crack."""
    at = cracking_lithiation(1e9, 2.8, 0.5, SI, SHELLS["TiN"], shell_yield=[0.5e9, 2e9])
    assert at[0] == np.inf  # the other cracks before it yields
    assert at[1] == cracking_lithiation(1e9, 2.8, 0.5, SI, SHELLS["TiN"])


def test_critical_size_of_silicon() -> None:
    """science.md 4.8: 0.12 to 0.21 um for Gamma 6.9-8.5 J/m2, E 35-70 GPa, sigma_Y 1-1.2 GPa."""
    found = critical_size([6.9, 8.5], [35e9, 70e9], [1.0e9, 1.2e9])
    assert found == pytest.approx([0.12e-6, 0.21e-6], rel=0.02)
    assert critical_size(8.0, 50e9, 1e9, 1.0) == pytest.approx(0.4e-6)
    assert fracture_index([0.1e-6, 0.3e-6], 0.2e-6) == pytest.approx([0.5, 1.5])


def test_composite_swelling() -> None:
    """Silicon to Li15Si4 alone: 3.75 * 8.9/12.06 = 2.77; pores first take what they hold."""
    assert composite_swelling(1.0, 3.75, 12.06e-6) == pytest.approx(2.767, rel=1e-3)
    assert composite_swelling(0.3, [0.0, 1.0, 3.75], 12.06e-6, 0.3) == pytest.approx(
        [0.0, 0.0, 0.3 * 3.75 * 8.9 / 12.06 - 0.3]
    )


NODES = np.linspace(0, 1, 5)


@pytest.mark.parametrize(
    "call",
    [
        lambda: sphere_stress(NODES[1:], NODES[1:], E, NU, OMEGA),
        lambda: sphere_stress(NODES[::-1], NODES, E, NU, OMEGA),
        lambda: sphere_stress([0.0], [1.0], E, NU, OMEGA),
        lambda: sphere_stress(NODES, NODES[1:], E, NU, OMEGA),
        lambda: sphere_stress(NODES, NODES * np.nan, E, NU, OMEGA),
        lambda: sphere_stress(NODES, NODES, -E, NU, OMEGA),
        lambda: sphere_stress(NODES, NODES, E, 0.5, OMEGA),
        lambda: sphere_stress(NODES, NODES, E, NU, np.nan),
        lambda: galvanostatic_stress(1.1, 1.0, R, D, E, NU, OMEGA),
        lambda: galvanostatic_stress(1.0, np.inf, R, D, E, NU, OMEGA),
        lambda: galvanostatic_stress(1.0, 1.0, R, 0.0, E, NU, OMEGA),
        lambda: capped(1.0, 0.0),
        lambda: misfit_pressure(-0.1, 0.5, SI, SI),
        lambda: misfit_pressure(0.1, 1.0, SI, SI),
        lambda: misfit_pressure(0.1, 0.0, SI, SI),
        lambda: misfit_pressure(0.1, 0.5, SI, SI, shell_yield=-1.0),
        lambda: hoop_stress(-1.0, 0.5),
        lambda: cracking_lithiation(1e9, 0.0, 0.5, SI, SI),
        lambda: critical_size(8.0, 50e9, 0.0),
        lambda: fracture_index(1e-7, np.nan),
        lambda: composite_swelling(1.1, 1.0, 1e-5),
        lambda: composite_swelling(0.5, -1.0, 1e-5),
        lambda: composite_swelling(0.5, 1.0, 0.0),
    ],
)
def test_refusals(call) -> None:
    """Each says which rule was broken."""
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.rule
