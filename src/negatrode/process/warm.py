"""Compiling the loops of the process models before they are needed."""

from __future__ import annotations

import numpy as np

from negatrode.process.kernels import oxidation, population


def compile_kernels() -> bool:
    """Compile them (seconds, once a machine); False where they were ready."""
    kernels = (population.march, population.march_many, oxidation.bead, oxidation.bed, oxidation.beds)
    before = sum(sum(k.stats.cache_misses.values()) for k in kernels)
    _population()
    _oxidation()
    return sum(sum(k.stats.cache_misses.values()) for k in kernels) > before


def _population() -> None:
    from negatrode.process.droplets.balance import Events, ManyEvents, course, ends
    from negatrode.process.droplets.grid import grid, uniform

    g, two = grid(1e-3, 1.0, 6), np.ones(2)
    start, none = np.ones(6), np.zeros((6, 6))
    times = np.array([0.0, 1.0])
    course(g, start, Events(g.volumes, none, 0.1, times, two, two), uniform, times)
    one, rows = np.ones(1), np.ones((1, 2))
    many = ManyEvents(g.volumes[None, :], none, none, one, one, 0.1, times, rows, rows)
    ends(g, start[None, :], many, uniform, 1.0)


def _oxidation() -> None:
    from negatrode.material.prior import Draws
    from negatrode.process.programme import AIR, Programme
    from negatrode.process.stabilisation.bead import Diffusion, solve
    from negatrode.process.stabilisation.bed import bed_course, bed_ends
    from negatrode.process.stabilisation.kinetics import Constants
    from negatrode.process.stabilisation.margin import BedProperties

    draws = Draws(1)
    run = Programme(np.array([0.0, 60.0]), np.array([200.0, 200.0]), (AIR,))
    c, bed, one = Constants.drawn(draws), BedProperties.drawn(draws), np.ones(1)
    bed_course(run, 1e-3, 0.0, c, bed)
    bed_ends(run, 1e-3, 0.0, c, bed)
    ratio = np.ones((1, run.grid(2.0, 60.0).size))
    solve(run, 1e-5 * one, ratio, c, Diffusion(1e-11 * one, one, 1100.0))
