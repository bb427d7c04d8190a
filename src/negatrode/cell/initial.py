"""The state a cell starts from: stoichiometries at a state of charge or at an equilibrium voltage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle
from negatrode.core.errors import InputError


def initial_cell(cell: Cell, *, soc: float | None = None, voltage: float | None = None) -> Cell:
    """The cell with its particles in equilibrium at a state of charge (0 to 1) or a voltage (V)."""
    if soc is None and voltage is None:
        return cell
    if soc is not None and voltage is not None:
        raise InputError("both a state of charge and a voltage", rule="the start is given once")
    if soc is None:
        soc = _soc_at(cell, float(voltage or 0.0))
    if not 0.0 <= soc <= 1.0:
        raise InputError(f"a state of charge of {soc:g}", rule="0 <= state of charge <= 1")
    positive = _at_soc(cell.positive, soc, cell)
    negative = _at_soc(cell.negative, soc, cell) if isinstance(cell.negative, Electrode) else cell.negative
    return replace(cell, negative=negative, positive=positive)


def open_circuit_voltage(cell: Cell) -> float:
    """Equilibrium voltage of the cell's present stoichiometries at its initial temperature, V."""
    low = 0.0
    if isinstance(cell.negative, Electrode):
        low = potential(cell.negative.particles[0], cell)
    return potential(cell.positive.particles[0], cell) - low


def potential(particle: Particle, cell: Cell) -> float:
    """Equilibrium potential of a population at its stoichiometry, V."""
    return _potential_at(particle, particle.stoichiometry, cell)


def _potential_at(particle: Particle, x: float, cell: Cell) -> float:
    material = particle.material
    warm = cell.initial_temperature - cell.reference_temperature
    return float(material.potential(x) + warm * material.entropy(x))


def _at_soc(electrode: Electrode, soc: float, cell: Cell) -> Electrode:
    windows = []
    for p in electrode.particles:
        if p.window is None:
            raise InputError(
                f"{p.material.name} has no stoichiometry window",
                rule="a state of charge needs the stoichiometries at 0 % and 100 %",
                remedy="give it, let negatrode.balanced(cell) find it, or start from stoichiometries",
            )
        windows.append(p.window)
    targets = [(1 - soc) * w[0] + soc * w[1] for w in windows]
    materials = {id(p.material) for p in electrode.particles}
    if len(materials) > 1:
        targets = _in_equilibrium(electrode, targets, cell)
    tiny = 1e-6  # an initial stoichiometry lies inside 0 to 1
    moved = [
        replace(p, stoichiometry=min(max(x, tiny), 1 - tiny))
        for p, x in zip(electrode.particles, targets, strict=True)
    ]
    return replace(electrode, particles=tuple(moved))


def _in_equilibrium(electrode: Electrode, targets: list[float], cell: Cell) -> list[float]:
    """Share the same lithium so that all populations have one potential."""
    weight = [p.volume_fraction * p.material.maximum_concentration for p in electrode.particles]
    total = float(np.dot(weight, targets))
    low, high = -1.0, 6.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        shared = [_stoichiometry_at(p, middle, cell) for p in electrode.particles]
        if float(np.dot(weight, shared)) > total:
            low = middle
        else:
            high = middle
    return [_stoichiometry_at(p, 0.5 * (low + high), cell) for p in electrode.particles]


def _stoichiometry_at(particle: Particle, volts: float, cell: Cell) -> float:
    """Inverse of the potential (which falls with stoichiometry), by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if _potential_at(particle, middle, cell) > volts:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _soc_at(cell: Cell, volts: float) -> float:
    """State of charge at an equilibrium voltage, by bisection along the windows."""

    def voltage_at(soc: float) -> float:
        return open_circuit_voltage(initial_cell(cell, soc=soc))

    ends = sorted((voltage_at(0.0), voltage_at(1.0)))
    slack = 1e-6
    if not ends[0] - slack <= volts <= ends[1] + slack:
        raise InputError(
            f"a start at {volts:g} V",
            rule=f"between 0 % and 100 % the cell goes from {ends[0]:.4f} to {ends[1]:.4f} V",
        )
    rises = voltage_at(1.0) > voltage_at(0.0)
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if (voltage_at(middle) < volts) == rises:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
