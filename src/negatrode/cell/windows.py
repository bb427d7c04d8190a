"""Stoichiometry windows from the lithium in a cell and its voltage limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle
from negatrode.cell.equilibrium import ends, filled, shared
from negatrode.core.errors import InputError
from negatrode.material.table import FARADAY


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
        return _filled(positive, volts, warm)
    negative = list(cell.negative.particles)
    weight = [
        e.thickness * p.capacity_concentration for e in (cell.negative, cell.positive) for p in e.particles
    ]
    total = float(np.dot(weight, [p.stoichiometry for p in (*negative, *positive)]))

    def at(potential: float) -> list[float]:
        return _filled(negative, potential, warm) + _filled(positive, potential + volts, warm)

    found = shared(weight, total, at, _span(negative, positive, volts, warm))
    if found is None:
        lithium = total * cell.area * FARADAY / 3600  # A h
        raise InputError(
            f"{cell.name}: no equilibrium at {volts:g} V with {lithium:.3g} A h of lithium",
            rule="between its voltage limits a cell can be charged and discharged",
            remedy="check thicknesses, stoichiometries and voltage limits",
        )
    return found


def _filled(particles: list[Particle], volts: float, warm: float) -> list[float]:
    """Stoichiometries at a potential; size classes of one material are found once."""
    known: dict[int, float] = {}
    for p in particles:
        if id(p.material) not in known:
            known[id(p.material)] = filled(p.material, volts, warm)
    return [known[id(p.material)] for p in particles]


def _span(
    negative: list[Particle], positive: list[Particle], volts: float, warm: float
) -> tuple[float, float]:
    """Potentials of the negative electrode between which all populations go from full to empty."""
    limits = [ends(p.material, warm) for p in negative]
    limits += [(a - volts, b - volts) for a, b in (ends(p.material, warm) for p in positive)]
    return min(b for _, b in limits), max(a for a, _ in limits)
