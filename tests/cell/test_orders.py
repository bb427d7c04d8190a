"""Observed orders of every residual against exact and manufactured solutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from negatrode.cell.accuracy import Accuracy
from negatrode.cell.cell import Cell, Thermal
from negatrode.cell.control import control
from negatrode.cell.kernels import formula, layers, linear, lookup, particles, sites
from negatrode.cell.kernels.advance import stage
from negatrode.cell.mesh import (
    Layout,
    Resolution,
    layout,
    lobatto,
    particle_modes,
    particle_vertices,
    static_faces,
)
from negatrode.cell.packing import pack
from negatrode.cell.protocol import Step
from negatrode.cell.run import Run
from negatrode.cell.table_block import integral, table_block
from negatrode.material.active import Hysteresis
from negatrode.material.table import FARADAY, Table
from tests.cell.cells import THERMAL_VOLT, chen2020, graphite_potential

if not lookup._open:  # a call from Python would crash the process
    raise RuntimeError("set NEGATRODE_OPEN_KERNELS=1 before the first import of a kernel")

Array = NDArray[np.float64]
Function = Callable[[Any], Any]
# A coarse mesh (orders in time do not ask for a fine one) and Newton's method to rounding.
EXACT = Accuracy(Resolution((3, 2, 3), (1, 1, 1), 5, 8), 1e-10, 1e-10, 1e-10)


def orders(sizes: list[int], errors: list[float]) -> list[float]:
    """Observed orders between neighbouring sizes."""
    both = list(zip(sizes, errors, strict=True))
    return [float(np.log(e0 / e1) / np.log(n1 / n0)) for (n0, e0), (n1, e1) in pairwise(both)]


# --- (a) particles ------------------------------------------------------------------------------------


def resolvent(step: float) -> float:
    """Surface response of the unit sphere to a unit flux over one implicit step of ``D dt / R^2 = step``.

    ``(1 - step lap) c = 0`` with ``dc/dr = -1`` at the surface: ``c = -sinh(s r) / r / (s cosh s - sinh s)``
    with ``s = step^-1/2``.
    """
    s = step**-0.5
    return float(np.tanh(s) / (s - np.tanh(s)))


def crank(tau: float, terms: int = 400) -> float:
    """Surface rise of the unit sphere at constant unit flux (Crank, Mathematics of Diffusion, 6.45)."""
    roots = [np.pi * (n + 0.5) - 1 / (np.pi * (n + 0.5)) for n in range(1, terms + 1)]
    for _ in range(6):  # Newton for tan a = a, as sin a - a cos a = 0
        roots = [a - (np.sin(a) - a * np.cos(a)) / (a * np.sin(a)) for a in roots]
    a = np.array(roots)
    return float(3 * tau + 0.2 - 2 * np.sum(np.exp(-(a**2) * tau) / a**2))


def modal_gain(modes: int, step: float) -> float:
    """What ``modal_base`` gives for one step of the unit sphere."""
    decay, beta = particle_modes(modes)
    base, gain = np.zeros(1), np.zeros(1)
    q = np.zeros(modes)
    q[0] = 0.5
    particles.modal_base(q, step, decay, beta, np.zeros(modes), 1, 1.0, base, gain, 0)
    assert base[0] == pytest.approx(0.5, abs=1e-14)
    return float(gain[0])


@pytest.mark.parametrize("step", [0.003, 0.01, 0.1])
def test_modes_converge_spectrally(step: float) -> None:
    """Each two more modes divide the error of an implicit step by more than the last two did."""
    exact = resolvent(step)
    errors = [abs(modal_gain(n, step) / exact - 1) for n in (2, 4, 6, 8, 10)]
    factors = [a / b for a, b in pairwise(errors) if b > 1e-13]
    assert factors
    assert all(later > 1.5 * former for former, later in pairwise(factors))
    assert abs(modal_gain(16, step) / exact - 1) < 1e-10


def test_modes_follow_crank() -> None:
    """At constant flux the amplitudes reproduce Crank's series for the surface."""
    decay, beta = particle_modes(20)
    for tau in (3e-3, 0.02, 0.1, 0.5):
        moved = beta[0] * tau + np.sum(beta[1:] * -np.expm1(-decay[1:] * tau) / decay[1:])
        assert moved == pytest.approx(crank(tau), rel=1e-8)


def volumes_solve(
    n: int, diffusivity: Table, psi: Array, step: float, flux: float, guess: Array | None = None
) -> Array:
    """One implicit step of one particle by finite volumes, iterated to rounding."""
    block = table_block((integral(diffusivity),), 298.15)
    vertex, volume = particle_vertices(n)
    ground, slope, upper, kept = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(2 * n)
    q = psi.copy() if guess is None else guess.copy()
    for _ in range(40):
        particles.volumes_line(
            block.data,
            block.meta,
            0,
            q,
            psi,
            step,
            static_faces(vertex),
            n - 1,
            0.0,
            volume,
            1.0,
            1.0,
            kept,
            ground,
            slope,
            upper,
        )
        new = ground - flux * slope
        done = np.abs(new - q).max() < 1e-14
        q = new
        if done:
            break
    return q


def test_volumes_are_second_order_for_constant_flux() -> None:
    """The surface of an implicit step at constant diffusivity converges with order 2 in the vertices."""
    sizes = [20, 40, 80, 160]
    errors = []
    for n in sizes:
        q = volumes_solve(n + 1, Table.constant(1.0), np.full(n + 1, 0.5), 0.05, 0.1)
        errors.append(abs((0.5 - q[-1]) / 0.1 - resolvent(0.05)))
    assert orders(sizes, errors)[-1] == pytest.approx(2.0, abs=0.1)


def manufactured_particle(n: int, step: float) -> tuple[Array, Array, Table, float]:
    """Profile, right-hand side, diffusivity and flux of ``c - step div(D(c) grad c) = psi`` in the sphere.

    ``c = 0.3 + 0.3 r^2 + 0.1 r^4``, ``D = 0.2 + c + 2 c^2`` (which a table holds exactly).
    """
    diffusivity = Table.sample(lambda c: 0.2 + c + 2 * c * c, 0, 1, intervals=4)
    r, _ = particle_vertices(n)
    c, c1, c2 = 0.3 + 0.3 * r**2 + 0.1 * r**4, 0.6 * r + 0.4 * r**3, 0.6 + 1.2 * r**2
    d, d1 = 0.2 + c + 2 * c**2, 1 + 4 * c
    over_r = 0.6 + 0.4 * r**2
    psi = c - step * (d1 * c1**2 + d * c2 + 2 * d * over_r)
    return c, psi, diffusivity, float(-d[-1] * c1[-1])


def test_volumes_are_second_order_with_varying_diffusivity() -> None:
    """A manufactured profile with D(c) converges with order 2, at the surface and in the mean square."""
    sizes = [20, 40, 80, 160, 320]
    surface, everywhere = [], []
    for n in sizes:
        exact, psi, diffusivity, flux = manufactured_particle(n + 1, 0.1)
        error = volumes_solve(n + 1, diffusivity, psi, 0.1, flux, exact) - exact
        _, volume = particle_vertices(n + 1)
        surface.append(abs(error[-1]))
        everywhere.append(float(np.sqrt(3 * np.sum(volume * error**2))))
    assert orders(sizes, surface)[-1] == pytest.approx(2.0, abs=0.1)
    assert orders(sizes, everywhere)[-1] == pytest.approx(2.0, abs=0.1)


def test_rate_and_line_of_volumes_agree() -> None:
    """``volumes_flow`` is what ``volumes_line`` steps with, and lithium leaves by the flux only."""
    n, step = 25, 1e-3
    exact, _, diffusivity, _ = manufactured_particle(n, step)
    block = table_block((integral(diffusivity),), 298.15)
    vertex, volume = particle_vertices(n)
    q = volumes_solve(n, diffusivity, exact, step, 0.7)
    rate = np.zeros(n)
    faces = static_faces(vertex)
    particles.volumes_flow(block.data, block.meta, 0, q, faces, n - 1, 0.0, volume, 1.0, 1.0, 0.7, rate)
    np.testing.assert_allclose(q - step * rate, exact, rtol=0, atol=1e-12)
    assert volume @ rate == pytest.approx(-0.7, rel=1e-12)
    assert volume @ (q - exact) == pytest.approx(-step * 0.7, rel=1e-11)


# --- (b), (c) transport across the layers -------------------------------------------------------------

THICKNESS = np.array([1.0, 0.4, 0.8])
EFFICIENCY = np.array([0.3, 0.6, 0.45])
POROSITY = np.array([0.35, 0.7, 0.5])
SIGMA = np.array([2.0, 0.0, 0.7])
# Volts that stand for R T / F: with all scales of order one, every term counts.
VOLT = 0.4
FARADAYS = FARADAY


def salt(s: Any) -> Any:
    return 1.6 + 0.5 * np.sin(1.1 * s + 0.4) + 0.1 * s


def potential(s: Any) -> Any:
    return 0.7 * np.cos(0.9 * s) + 0.2 * s


def conductivity_of(root: Any) -> Any:
    return 0.3 + 0.5 * root + 0.2 * root**2


def diffusivity_of(root: Any) -> Any:
    return 0.4 + 0.1 * root + 0.15 * root**2


def transference_of(root: Any) -> Any:
    return (0.2 + 0.1 * root) * FARADAYS  # so that migration weighs as much as diffusion


def chi_of(root: Any) -> Any:
    return 0.5 + 0.3 * root


def derivative(f: Function, s: Any) -> Any:
    """By a complex step (exact to rounding for the analytic functions used here)."""
    return np.imag(f(s + 1e-30j)) / 1e-30


def exact_current(s: Any) -> Any:
    """``i_e`` where ``s`` is the distance over the transport efficiency: it has no kink at a junction."""
    root = np.sqrt(salt(s))
    force = _slope(potential, s) - chi_of(root) * VOLT * _slope(salt, s) / salt(s)
    return -conductivity_of(root) * force


def exact_salt_flux(s: Any) -> Any:
    root = np.sqrt(salt(s))
    return -diffusivity_of(root) * _slope(salt, s) + transference_of(root) * exact_current(s) / FARADAYS


def _slope(f: Function, s: Any) -> Any:
    """Analytic slopes of the two manufactured functions, for complex arguments too."""
    if f is salt:
        return 0.55 * np.cos(1.1 * s + 0.4) + 0.1
    return -0.63 * np.sin(0.9 * s) + 0.2


def stretched(plan: Layout) -> Array:
    """Distance over efficiency at every node."""
    return np.asarray((THICKNESS / EFFICIENCY) @ plan.x_share)


def electrolyte_block() -> Any:
    tables = tuple(
        Table.sample(f, 0.5, 2.0, intervals=64)
        for f in (conductivity_of, diffusivity_of, transference_of, chi_of)
    )
    return table_block(tables, 298.15)


def solve_electrolyte(plan: Layout, step: float) -> tuple[Array, Array]:
    """Salt and potential of the manufactured problem: one implicit step from a made-up past.

    ``eps (c - psi) / step = -dN/dx + source``, ``0 = -d i_e/dx + source``; potential given at node 0.
    """
    block, s, n = electrolyte_block(), stretched(plan), plan.x_share.shape[1]
    width = plan.width_share * THICKNESS[:, None]
    pore = POROSITY @ width
    per_layer = (width / EFFICIENCY[:, None]).sum(axis=0)  # d/dx = (1 / B) d/ds
    source_c = per_layer * derivative(exact_salt_flux, s)
    source_e = per_layer * derivative(exact_current, s)
    psi = salt(s) - 0.3 * np.cos(s)
    source_c += pore * (salt(s) - psi) / step
    c, phi = salt(s) * (1 + 0.05 * np.cos(3 * s)), potential(s) + 0.05 * np.sin(2 * s)
    unknowns = len(plan.last)
    a, b, props = np.zeros((unknowns, 2 * plan.band + 1)), np.zeros(unknowns), np.zeros((n, 9))
    uc, ue = plan.unknown_c, plan.unknown_e
    for _ in range(25):
        a[:], b[:] = 0.0, 0.0
        layers.electrolyte_properties(block.data, block.meta, c, props)
        layers.transport(
            plan.el_first, plan.el_layer, plan.el_share * THICKNESS[plan.el_layer], plan.order, plan.weights,
            plan.derivative, EFFICIENCY, props, c, phi, VOLT, step, uc, ue, plan.band, a, b, True,
        )  # fmt: skip
        b[uc] += step * source_c - pore * (c - psi)
        a[uc, plan.band] += pore
        # The kernel's potential row holds b = + integral of i dw/dx (a sign that makes the block definite).
        b[ue] += -source_e
        for end, sign in ((0, 1.0), (n - 1, -1.0)):
            b[uc[end]] += sign * step * exact_salt_flux(s[end])
            b[ue[end]] += -sign * exact_current(s[end])
        a[ue[0]] = 0.0
        a[ue[0], plan.band] = 1.0
        b[ue[0]] = potential(s[0]) - phi[0]
        solid = plan.unknown_s[plan.unknown_s >= 0]
        a[solid, plan.band] = 1.0
        linear.factor(a, plan.last, plan.band)
        linear.solve(a, plan.last, plan.band, b)
        c += b[uc]
        phi += b[ue]
        if np.abs(b).max() < 1e-13:
            break
    return c, phi


def broken_error(plan: Layout, values: Array, exact: Function) -> float:
    """L2 norm over the layers of (the piecewise polynomial minus the exact function)."""
    points, weights = np.polynomial.legendre.leggauss(12)
    s = stretched(plan)
    total = 0.0
    for first, layer, half in zip(plan.el_first, plan.el_layer, plan.el_share, strict=True):
        p = int(plan.order[layer])
        basis = lagrange(lobatto(p)[0], points)
        inside = slice(first, first + p + 1)
        place = s[first] + (s[first + p] - s[first]) * (points + 1) / 2
        error = basis @ values[inside] - exact(place)
        total += half * THICKNESS[layer] * float(weights @ error**2)
    return total**0.5


def lagrange(nodes: Array, points: Array) -> Array:
    """Values of the Lagrange polynomials of ``nodes`` at ``points``: (points, nodes)."""
    return np.array(
        [
            np.prod([(points - b) / (a - b) for b in nodes if b != a], axis=0)  # exact: nodes are distinct
            for a in nodes
        ]
    ).T


@pytest.mark.parametrize("grading", [0.0, 0.8])
@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_electrolyte_order(order: int, grading: float) -> None:
    """Salt and potential, with all properties varying, junctions and sources: order p + 1 in L2."""
    counts = [8, 16, 32] if order < 4 else [6, 12, 24]
    salts, volts = [], []
    for n in counts:
        plan = layout(Resolution((order,) * 3, (n, n // 2, n), 4, 4, grading), False)
        c, phi = solve_electrolyte(plan, 0.3)
        salts.append(broken_error(plan, c, salt))
        volts.append(broken_error(plan, phi, potential))
    assert orders(counts, salts)[-1] == pytest.approx(order + 1, abs=0.1)
    assert orders(counts, volts)[-1] == pytest.approx(order + 1, abs=0.1)


def test_electrolyte_is_spectral_in_the_order() -> None:
    """One element a layer: each two orders more divide the error by more than twenty."""
    errors = []
    for p in (3, 5, 7, 9):
        plan = layout(Resolution((p, p, p), (1, 1, 1), 4, 4), False)
        errors.append(broken_error(plan, solve_electrolyte(plan, 0.3)[0], salt))
    assert all(a / b > 20 for a, b in pairwise(errors))


def test_transport_jacobian() -> None:
    """The matrix of the transport kernel is the derivative of its right-hand side."""
    plan = layout(Resolution((3, 2, 4), (2, 1, 1), 4, 4), False)
    block, s, n = electrolyte_block(), stretched(plan), plan.x_share.shape[1]
    unknowns, uc, ue = len(plan.last), plan.unknown_c, plan.unknown_e

    def right(c: Array, phi: Array, matrix: bool) -> tuple[Array, Array]:
        a, b, props = np.zeros((unknowns, 2 * plan.band + 1)), np.zeros(unknowns), np.zeros((n, 9))
        layers.electrolyte_properties(block.data, block.meta, c, props)
        layers.transport(
            plan.el_first, plan.el_layer, plan.el_share * THICKNESS[plan.el_layer], plan.order, plan.weights,
            plan.derivative, EFFICIENCY, props, c, phi, VOLT, 0.3, uc, ue, plan.band, a, b, matrix,
        )  # fmt: skip
        return a, b

    a, _ = right(salt(s), potential(s), True)
    dense = np.zeros((unknowns, unknowns))
    for i in range(unknowns):
        for j in range(max(0, i - plan.band), min(unknowns, i + plan.band + 1)):
            dense[i, j] = a[i, j - i + plan.band]
    for k in range(n):
        for which, columns in ((0, uc), (1, ue)):
            fields = [salt(s), potential(s)]
            sides = []
            for sign in (1, -1):
                moved = [f.copy() for f in fields]
                moved[which][k] += sign * 1e-5
                sides.append(right(moved[0], moved[1], False)[1])
            slope = -(sides[0] - sides[1]) / 2e-5
            np.testing.assert_allclose(dense[:, columns[k]], slope, rtol=0, atol=2e-8)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_solid_conduction_order(order: int) -> None:
    """The solid's potential with a source and a given current at its end: order p + 1 in L2."""
    counts, errors = [8, 16, 32], []
    for n in counts:
        plan = layout(Resolution((order,) * 3, (n, n, n), 4, 4), False)
        errors.append(conduction_error(plan))
    assert orders(counts, errors)[-1] == pytest.approx(order + 1, abs=0.1)


def conduction_error(plan: Layout) -> float:
    """Both electrodes: ``phi = cos(2 x) + x``, given at the first node of each, flux given at the last."""
    place = THICKNESS @ plan.x_share
    site_x = place[plan.site_node]
    n, unknowns = len(plan.site_node), len(plan.last)
    width = (plan.width_share * THICKNESS[:, None] * SIGMA[:, None]).sum(axis=0)[plan.site_node]
    a, b, phi = np.zeros((unknowns, 2 * plan.band + 1)), np.zeros(unknowns), np.zeros(n)
    us = plan.unknown_s
    layers.conduction(
        plan.el_first, plan.el_layer, plan.el_share * THICKNESS[plan.el_layer], plan.order, plan.weights,
        plan.derivative, SIGMA, plan.node_site, phi, us, plan.band, a, b, True,
    )  # fmt: skip
    rows = us[plan.site_node]
    # -sigma phi'' = 4 sigma cos 2x enters as a source, the current at the far end as what leaves there.
    b[rows] -= width * 4 * np.cos(2 * site_x)
    first, last = 0, plan.sites[0] - 1
    for begin, end, sigma in ((first, last, SIGMA[0]), (last + 1, n - 1, SIGMA[2])):
        b[rows[end]] -= sigma * (1 - 2 * np.sin(2 * site_x[end]))
        a[rows[begin]] = 0.0
        a[rows[begin], plan.band] = 1.0
        b[rows[begin]] = np.cos(2 * site_x[begin]) + site_x[begin]
    for other in (plan.unknown_c, plan.unknown_e):
        a[other, plan.band] = 1.0
    linear.factor(a, plan.last, plan.band)
    linear.solve(a, plan.last, plan.band, b)
    phi = b[rows]
    points, weights = np.polynomial.legendre.leggauss(12)
    total = 0.0
    for start, layer, half in zip(plan.el_first, plan.el_layer, plan.el_share, strict=True):
        if SIGMA[layer] == 0:
            continue
        p = int(plan.order[layer])
        values = phi[plan.node_site[start : start + p + 1]]
        x = place[start] + (place[start + p] - place[start]) * (points + 1) / 2
        error = lagrange(lobatto(p)[0], points) @ values - np.cos(2 * x) - x
        total += half * THICKNESS[layer] * float(weights @ error**2)
    return total**0.5


# --- (d) reactions at the sites -----------------------------------------------------------------------


def respond(run: Run, state: dict[str, Array]) -> dict[str, Array]:
    """Call the kernel on a cell with the given fields; what it writes."""
    p = run.packed
    fluxes, count = len(state["j"]), len(p.layout.site_node)
    out = {key: np.zeros(fluxes) for key in ("residual", "conductance", "by_salt", "spread")}
    out["sums"] = np.zeros((count, 4))
    pop_tables, first, many, at, area, film, gap, pace, side, _ = p.pops
    sites.respond(
        *p.tables, pop_tables, first, many, at, area, film, gap, pace, side, p.mesh[9], state["c"],
        state["phi_e"],
        state["phi_s"], state["j"], state["base"], state["gain"], np.zeros(fluxes), THERMAL_VOLT, 0.0,
        out["residual"], out["conductance"], out["by_salt"], out["spread"], out["sums"], True,
    )  # fmt: skip
    return out


def kinetic_state(run: Run) -> dict[str, Array]:
    """A state in the middle of a discharge, with fluxes that obey no equation yet."""
    p = run.packed
    n, nx = len(p.layout.site_node), p.at[0]
    s = np.linspace(0, 1, n)
    negative = np.arange(n) < p.layout.sites[0]
    return {
        "c": 900 + 400 * np.cos(np.linspace(0, 3, nx)),
        "phi_e": -0.2 + 0.05 * np.sin(np.linspace(0, 2, nx)),
        "phi_s": np.where(negative, 0.0, 3.7) + 0.01 * s,
        "j": np.where(negative, 1.3, -0.9) * (1 + 0.3 * s),
        "base": np.where(negative, 0.5, 0.6) + 0.1 * s,
        "gain": np.where(negative, 0.02, 0.03) * (1 + s),
    }


def consistent_fluxes(run: Run, state: dict[str, Array]) -> Array:
    """Fluxes at which Butler-Volmer holds exactly, by Newton with the kernel's own linearisation."""
    j = state["j"].copy()
    for _ in range(200):
        out = respond(run, {**state, "j": j})
        j = j + out["conductance"] * out["residual"]
    return j


def test_reaction_is_butler_volmer() -> None:
    """Where the residual vanishes ``j = 2 j0 sinh(F eta / 2 R T)``, eta and j0 at the surface."""
    cell = chen2020()
    run = Run(pack(cell, EXACT.resolution), EXACT)
    state = kinetic_state(run)
    j = consistent_fluxes(run, state)
    node, x = run.packed.mesh[9], state["base"] - state["gain"] * j
    negative = np.arange(len(j)) < run.packed.layout.sites[0]
    for here, electrode in ((negative, cell.negative), (~negative, cell.positive)):
        host = electrode.particles[0].material  # type: ignore[union-attr]
        eta = state["phi_s"][here] - state["phi_e"][node[here]] - host.potential(x[here])
        c = state["c"][node[here]]
        j0 = host.exchange_current(x[here]) * np.sqrt(c / 1000 * x[here] * (1 - x[here]))
        np.testing.assert_allclose(j[here], 2 * j0 * np.sinh(eta / 2 / THERMAL_VOLT), rtol=1e-11)


def test_reaction_linearisation() -> None:
    """``conductance`` and ``by_salt`` are the derivatives of the consistent flux."""
    cell = chen2020()
    run = Run(pack(cell, EXACT.resolution), EXACT)
    state = kinetic_state(run)
    j = consistent_fluxes(run, state)
    out = respond(run, {**state, "j": j})

    def moved(key: str, by: float) -> Array:
        return consistent_fluxes(run, {**state, "j": j, key: state[key] + by})

    by_volt = (moved("phi_s", 1e-6) - moved("phi_s", -1e-6)) / 2e-6
    by_salt = (moved("c", 1e-2) - moved("c", -1e-2)) / 2e-2
    np.testing.assert_allclose(out["conductance"], by_volt, rtol=1e-6)
    np.testing.assert_allclose(out["conductance"] * out["by_salt"], by_salt, rtol=1e-6)
    area = run.packed.pops[4]
    np.testing.assert_allclose(out["sums"][:, 0], area * j, rtol=1e-14)
    np.testing.assert_allclose(out["sums"][:, 3], area * out["conductance"] * out["by_salt"], rtol=1e-14)


# --- (e) time -----------------------------------------------------------------------------------------


def dae(t: float) -> tuple[float, float]:
    """Solution of ``y' = 3 (z - y) + cos t - exp(-t / 2)``, ``z^3 + z y = right(t)``."""
    return float(np.sin(t) + 2), float(np.sin(t) + 2 - np.exp(-t / 2) / 3)


def dae_error(order: int, count: int) -> float:
    """Error of both variables at t = 2 with fixed order and step, from exact differences."""
    h, n = 2.0 / count, formula.ROWS
    history = np.zeros((n, 2))
    past = np.array([dae(-k * h) for k in range(order + 1)])
    for m in range(order + 1):
        history[m] = past[0]
        past = past[:-1] - past[1:]
    y, psi = np.zeros(2), np.zeros(2)
    for step in range(1, count + 1):
        formula.predict(history, order, y, psi, 1)
        forecast, t, dt = y.copy(), step * h, h / formula.ALPHA[order]
        ye, ze = dae(t)
        right = ze**3 + ze * ye
        for _ in range(20):
            r = np.array(
                [
                    y[0] - psi[0] - dt * (3 * (y[1] - y[0]) + np.cos(t) + np.exp(-t / 2)),
                    y[1] ** 3 + y[0] * y[1] - right,
                ]
            )
            jacobian = np.array([[1 + 3 * dt, -3 * dt], [y[1], 3 * y[1] ** 2 + y[0]]])
            y -= np.linalg.solve(jacobian, r)
        formula.accept(history, order, y, y - forecast)
    return float(np.abs(history[0] - dae(2.0)).max())


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_formula_order(order: int) -> None:
    """The formulas of order 1 to 5 reach their order on a nonlinear differential-algebraic equation."""
    counts = [80, 160, 320] if order < 5 else [40, 80, 160]
    errors = [dae_error(order, n) for n in counts]
    assert orders(counts, errors)[-1] == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_rescaling_and_interpolation_are_exact_for_polynomials(order: int) -> None:
    """A polynomial of the formula's order survives a change of step, and is read anywhere between."""
    polynomial = np.polynomial.Polynomial(np.arange(1.0, order + 2.0))

    def differences(h: float) -> Array:
        past = np.array([polynomial(1.0 - k * h) for k in range(order + 1)])
        rows = np.zeros((formula.ROWS, 1))
        for m in range(order + 1):
            rows[m, 0] = past[0]
            past = past[:-1] - past[1:]
        return rows

    for factor in (0.2, 0.7, 1.9, 10.0):
        history = differences(0.1)
        formula.rescale(history, order, factor, np.zeros((4, 6, 6)))
        wanted = differences(0.1 * factor)
        np.testing.assert_allclose(
            history[: order + 1], wanted[: order + 1], rtol=1e-9, atol=1e-11 * np.abs(wanted).max()
        )
    y = np.zeros(1)
    for back in (0.0, 0.3, 0.8, 1.0):
        formula.interpolate(differences(0.1), order, back, y)
        assert y[0] == pytest.approx(polynomial(1.0 - 0.1 * back), rel=1e-13)


def smooth_current(t: float, until: float, amps: float) -> float:
    """Zero with its first seven derivatives at t = 0, so that a cell at rest is the exact past."""
    s = t / until
    return amps * (1 - np.cos(np.pi * s)) ** 4 / 16


def fixed_march(cell: Cell, order: int, count: int, until: float, amps: float) -> Array:
    """State of a cell at ``until`` in units of order one, each field's: fixed order and step."""
    run = Run(pack(cell, EXACT.resolution), EXACT)
    p = run.packed
    assert run.begin(control(Step("rest"), cell, 4.0), 0.0, 1.0) == 0
    run.history[1:] = 0.0
    volts, salts, surface, kelvin = run.tolerance
    run.tolerance = (volts / 100, salts / 100, surface, kelvin)
    h = until / count
    for k in range(1, count + 1):
        done = stage(
            p.mesh, p.pops, p.parts, p.tables, run.work, p.at, run.history, run.y, run.psi, run.psi_layer,
            order, p.physics, p.thermal, p.other, run.tolerance, run.newton, 0,
            smooth_current(k * h, until, amps / cell.area), h,
        )  # fmt: skip
        assert done > 0
        change = run.y - run.history[: order + 1].sum(axis=0)
        formula.accept(run.history, order, run.y, change)
    nx, o_h, o_t, o_charge, nd, o_j, o_v = (p.at[k] for k in (0, 1, 2, 3, 4, 7, 8))
    y = run.history[0]
    scaled = [y[:nx] / 1000, y[nx:o_h], y[o_h:o_t], y[o_t:o_charge] / 100, y[nd:o_j], y[o_v : o_v + 1]]
    return np.concatenate([part / len(part) ** 0.5 for part in scaled])


def with_double_layer(cell: Cell) -> Cell:
    return replace(
        cell,
        negative=replace(cell.negative, double_layer_capacitance=0.2),  # type: ignore[type-var]
        positive=replace(cell.positive, double_layer_capacitance=0.2),
    )


def with_material(cell: Cell, side: str, **changes: Any) -> Cell:
    """The cell with other properties of one electrode's material."""
    layer = getattr(cell, side)
    particle = layer.particles[0]
    other = replace(particle, material=replace(particle.material, **changes))
    return replace(cell, **{side: replace(layer, particles=(other,))})


def with_hysteresis(cell: Cell) -> Cell:
    def branch(shift: float) -> Table:
        return Table.sample(lambda x: graphite_potential(x) + shift, 0, 1, intervals=2048)

    rule = Hysteresis("one-state", branch(-0.05), branch(0.05), 20.0, 0.3)
    return with_material(cell, "negative", hysteresis=rule)


def with_heat(cell: Cell) -> Cell:
    exchange = replace(cell.positive.particles[0].material.exchange_current, activation_energy=3e4)
    return with_material(
        replace(cell, thermal=Thermal(60.0, 0.05)),
        "positive",
        diffusivity=Table.constant(4e-15, activation_energy=3e4),
        exchange_current=exchange,
        entropy=Table.constant(-1e-4),
    )


def with_varying_diffusivity(cell: Cell) -> Cell:
    return with_material(cell, "positive", diffusivity=Table.sample(lambda x: 4e-15 * (1 + x * x), 0, 1))


CASES: dict[str, Callable[[Cell], Cell]] = {
    "constant properties": lambda cell: cell,
    "double layer": with_double_layer,
    "hysteresis": with_hysteresis,
    "heat": with_heat,
    "varying diffusivity": with_varying_diffusivity,
}


@cache
def finely(case: str) -> tuple[Cell, Array]:
    cell = CASES[case](chen2020())
    return cell, fixed_march(cell, 5, 4000, 600.0, 10.0)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("case", list(CASES))
def test_cell_order_in_time(case: str, order: int) -> None:
    """The whole state of a cell under a smooth current converges with the formula's order in the step."""
    cell, exact = finely(case)
    counts = [250, 500] if order < 5 else [600, 1200]
    errors = [float(np.linalg.norm(fixed_march(cell, order, n, 600.0, 10.0) - exact)) for n in counts]
    assert orders(counts, errors)[0] == pytest.approx(order, abs=0.1)
