"""The state a cell starts from: stoichiometries at a state of charge or at an equilibrium voltage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from negatrode.cell.cell import Cell
from negatrode.cell.electrode import Electrode, Particle
from negatrode.cell.equilibrium import ends, filled, shared
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
    material, x = particle.material, particle.stoichiometry
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
    warm = cell.initial_temperature - cell.reference_temperature
    hosts = [p.material for p in electrode.particles]
    weights = [p.capacity_concentration for p in electrode.particles]
    limits = [ends(host, warm) for host in hosts]
    span = min(full for _, full in limits), max(empty for empty, _ in limits)
    total = float(np.dot(weights, targets))
    found = shared(weights, total, lambda volts: [filled(host, volts, warm) for host in hosts], span)
    return targets if found is None else found  # full or empty altogether: nothing to share


def _soc_at(cell: Cell, volts: float) -> float:
    """State of charge at an equilibrium voltage, found along the windows."""
    from scipy.optimize import brentq  # as in cell/equilibrium.py

    def voltage_at(soc: float) -> float:
        return open_circuit_voltage(initial_cell(cell, soc=soc))

    ends_of = sorted((voltage_at(0.0), voltage_at(1.0)))
    slack = 1e-6
    if not ends_of[0] - slack <= volts <= ends_of[1] + slack:
        raise InputError(
            f"a start at {volts:g} V",
            rule=f"between 0 % and 100 % the cell goes from {ends_of[0]:.4f} to {ends_of[1]:.4f} V",
        )
    if volts <= ends_of[0] or volts >= ends_of[1]:
        rises = voltage_at(1.0) > voltage_at(0.0)
        return float((volts >= ends_of[1]) == rises)
    return float(brentq(lambda soc: voltage_at(soc) - volts, 0.0, 1.0, xtol=1e-14, rtol=1e-14))
