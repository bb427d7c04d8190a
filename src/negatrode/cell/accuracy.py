"""Levels of accuracy: a mesh and tolerances each."""

from __future__ import annotations

from dataclasses import dataclass

from negatrode.cell.mesh import Resolution
from negatrode.core.errors import InputError


@dataclass(frozen=True)
class Accuracy:
    """Mesh and tolerances.

    ``volts``: local error of the voltage (V); ``salt``: of the salt concentration, relative to the initial
    one; ``surface``: of the particles' surface stoichiometry; ``kelvin``: of the temperature (K).
    ``first_step`` in s.
    """

    resolution: Resolution
    volts: float
    salt: float
    surface: float
    kelvin: float = 0.1
    first_step: float = 0.02


def _level(order: tuple[int, int, int], modes: int, volumes: int, tolerance: float, first: float) -> Accuracy:
    mesh = Resolution(order, (1, 1, 1), modes, volumes)
    return Accuracy(mesh, tolerance, tolerance, tolerance, 100 * tolerance, first)


LEVELS = {
    "fast": _level((4, 2, 4), 8, 20, 2e-3, 0.05),
    "standard": _level((5, 3, 5), 10, 30, 7e-4, 0.03),
    "fine": _level((8, 4, 8), 14, 60, 1e-4, 5e-3),
    "reference": _level((12, 6, 12), 20, 160, 3e-6, 1e-3),
}
# Lumped elements of first order, graded towards the ends: positive where polynomials would swing.
ROBUST = Resolution((1, 1, 1), (24, 8, 24), 12, 40)


def accuracy(level: str | Accuracy) -> Accuracy:
    """A level by its name."""
    if isinstance(level, Accuracy):
        return level
    if level not in LEVELS:
        raise InputError(f"accuracy {level!r}", rule="accuracy is one of " + ", ".join(LEVELS))
    return LEVELS[level]
