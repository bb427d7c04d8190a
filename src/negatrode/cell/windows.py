"""Stoichiometry windows from the lithium in a cell and its voltage limits."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle
from negatrode.core.errors import InputError
from negatrode.material.active import ActiveMaterial
from negatrode.material.table import FARADAY

Array = NDArray[np.float64]
_POINTS = 4001
# Nearer to empty and full than this no window reaches: potentials run away there.
_EDGE = 1e-6


def balanced(cell: Cell) -> Cell:
    """The cell with the windows that its lithium and its voltage limits give.

    At 0 % and 100 % state of charge all populations are in equilibrium at the lower and the upper voltage
    limit, with the lithium that the cell has at its present stoichiometries (P. Mohtat and others, J. Power
    Sources 427 (2019) 101). In a half cell every population stands at the limit itself. Where a host is full
    or empty before the limit is reached, its window ends there.

    Raises
    ------
    InputError
        No equilibrium at one of the limits with this lithium.
    """
    low, high = (_in_equilibrium(cell, volts) for volts in cell.voltage_limits)
    count = len(cell.negative.particles) if isinstance(cell.negative, Electrode) else 0
    pairs = list(zip(low, high, strict=True))
    if any(abs(a - b) < 1e-9 for a, b in pairs):
        # Both limits lie where a host is full or empty.
        raise InputError(
            f"{cell.name}: a host not used from {cell.voltage_limits[0]:g} to {cell.voltage_limits[1]:g} V",
            rule="between its voltage limits a cell can be charged and discharged",
            remedy="check thicknesses, stoichiometries and voltage limits",
        )
    positive = _with_windows(cell.positive, pairs[count:])
    negative = cell.negative
    if isinstance(negative, Electrode):
        negative = _with_windows(negative, pairs[:count])
    return replace(cell, negative=negative, positive=positive)


def _with_windows(electrode: Electrode, pairs: list[tuple[float, float]]) -> Electrode:
    particles = [replace(p, window=pair) for p, pair in zip(electrode.particles, pairs, strict=True)]
    return replace(electrode, particles=tuple(particles))


def _in_equilibrium(cell: Cell, volts: float) -> list[float]:
    """Stoichiometries of all populations, negative first, at an equilibrium voltage."""
    warm = cell.initial_temperature - cell.reference_temperature
    positive = list(cell.positive.particles)
    if not isinstance(cell.negative, Electrode):
        return [_filled(p.material, volts, warm) for p in positive]
    negative = list(cell.negative.particles)
    weight = [
        e.thickness * p.volume_fraction * p.material.maximum_concentration
        for e in (cell.negative, cell.positive)
        for p in e.particles
    ]
    total = float(np.dot(weight, [p.stoichiometry for p in (*negative, *positive)]))

    def shared(potential: float) -> list[float]:
        low = [_filled(p.material, potential, warm) for p in negative]
        return low + [_filled(p.material, potential + volts, warm) for p in positive]

    def excess(potential: float) -> float:
        return float(np.dot(weight, shared(potential))) / total - 1.0

    least, most = _range(negative, positive, volts, warm)
    if not excess(most) <= 0.0 <= excess(least):
        lithium = total * cell.area * FARADAY / 3600  # A h
        raise InputError(
            f"{cell.name}: no equilibrium at {volts:g} V with {lithium:.3g} A h of lithium",
            rule="between its voltage limits a cell can be charged and discharged",
            remedy="check thicknesses, stoichiometries and voltage limits",
        )
    return shared(float(brentq(excess, least, most, xtol=1e-12, rtol=1e-14)))


def _range(
    negative: list[Particle], positive: list[Particle], volts: float, warm: float
) -> tuple[float, float]:
    """Potentials of the negative electrode between which all populations go from full to empty."""
    ends = [_sampled(p.material, warm)[1][[0, -1]] for p in negative]
    ends += [_sampled(p.material, warm)[1][[0, -1]] - volts for p in positive]
    return float(min(e[1] for e in ends)), float(max(e[0] for e in ends))


def _filled(material: ActiveMaterial, volts: float, warm: float) -> float:
    """Stoichiometry at a potential (which falls as the host fills); at the edge beyond its range."""
    x, u = _sampled(material, warm)
    return float(np.interp(-volts, -u, x))


@lru_cache(maxsize=64)
def _sampled(material: ActiveMaterial, warm: float) -> tuple[Array, Array]:
    """Stoichiometries, closer towards the ends, and potentials there, made to fall."""
    s = np.linspace(0.0, 1.0, _POINTS)
    # Potentials that run away at the very ends are not smooth within the first and the last interval.
    edge = max(_EDGE, 1.0 / material.potential.intervals) if material.potential.intervals >= 64 else _EDGE
    inner = edge + (1 - 2 * edge) * (1 - np.cos(np.pi * s)) / 2
    x = np.concatenate(([_EDGE], inner, [1 - _EDGE])) if edge > _EDGE else inner
    at = np.where(x < edge, 0.0, np.where(x > 1 - edge, 1.0, x))
    u = material.potential(at) + warm * material.entropy(at)
    return x, np.minimum.accumulate(u) - 1e-9 * x
