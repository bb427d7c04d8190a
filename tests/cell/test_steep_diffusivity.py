"""Diffusivities that fall by decades over a little stoichiometry, as measured ones do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.random_cells import run_case

from negatrode.cell.accuracy import accuracy
from negatrode.cell.cell import Cell
from negatrode.cell.ending import Ending
from negatrode.cell.kernels import particles
from negatrode.cell.mesh import particle_vertices, static_faces
from negatrode.cell.protocol import Step
from negatrode.cell.run import perform
from negatrode.cell.table_block import integral, table_block
from negatrode.material.table import Table
from tests.cell.cells import chen2020, once

# Three decades between 0.7 and 0.9 of stoichiometry.
STEEP = Table.sample(
    lambda x: 3e-14 * 10 ** (-1.5 * (1 + np.tanh((x - 0.8) / 0.05))), 0.0, 1.0, intervals=1024
)


def cell() -> Cell:
    """Chen2020 with a negative electrode whose particles hardly let go of their lithium at first."""
    plain = chen2020()
    particle = plain.negative.particles[0]  # type: ignore[union-attr]
    host = replace(particle.material, diffusivity=STEEP)
    return replace(plain, negative=replace(plain.negative, particles=(replace(particle, material=host),)))


def test_integral_is_exact_for_cubics() -> None:
    """On the grid the integral of a cubic is that of the cubic, and its slopes are the diffusivity."""
    table = Table.sample(lambda x: 1 + x**3, 0.2, 1.0, intervals=8)
    x = np.linspace(0.2, 1.0, 9)
    found = integral(table)
    np.testing.assert_allclose(found.values[0], (x - 0.2) + (x**4 - 0.2**4) / 4, rtol=1e-14)
    np.testing.assert_allclose(found.slope(x), 1 + x**3, rtol=1e-12)


@pytest.mark.parametrize("step", [1e-2, 1.0, 1e3])
def test_no_linearised_profile_overshoots(step: float) -> None:
    """Without a flux a stage stays between its least and most; a flux lowers every vertex."""
    n = 60
    vertex, volume = particle_vertices(n)
    psi = 0.95 - 0.6 * vertex**40
    block = table_block((integral(STEEP.scaled(1 / STEEP.values.max())),), 298.15)
    ground, slope, upper, kept = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(2 * n)
    q = psi.copy()
    for _ in range(30):
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
        assert np.all(slope > 0)
        q = ground.copy()
    assert q.min() > psi.min() - 1e-9
    assert q.max() < psi.max() + 1e-9
    assert volume @ q == pytest.approx(volume @ psi, rel=1e-9)


def test_levels_of_accuracy_converge() -> None:
    """Each level comes nearer to the finest, through the front that the diffusivity makes."""
    curves = {level: perform(cell(), once(Step("c-rate", 1.0)), accuracy(level)) for level in
              ("fast", "standard", "fine", "reference")}  # fmt: skip
    finest = curves.pop("reference")
    t = np.linspace(1.0, 0.999 * finest.duration, 400)
    off = [1e3 * float(np.sqrt(np.mean((c.at(t) - finest.at(t)) ** 2))) for c in curves.values()]
    assert off[0] > off[1] > off[2]
    assert off[1] < 0.3  # mV; plain Chen2020 has 0.02
    for curve in (*curves.values(), finest):
        assert curve.ended.reason is Ending.LOWER_VOLTAGE
        assert abs(curve.lithium.drift) < 1e-13


@pytest.mark.parametrize("seed", range(12))
def test_random_steep_cells_end_for_a_physical_reason(seed: int) -> None:
    """A dozen of ``make random-cells``, both electrodes with diffusivities of their own."""
    curve = run_case(seed, steep=True)[0]
    assert curve.ended.physical
    assert abs(curve.lithium.drift) < 1e-13
