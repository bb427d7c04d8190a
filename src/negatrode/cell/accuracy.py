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


def _level(
    order: tuple[int, int, int], elements: tuple[int, int, int], modes: int, volumes: int, tolerance: float,
    first: float, surface: float = 1.0,
) -> Accuracy:  # fmt: skip
    mesh = Resolution(order, elements, modes, volumes)
    return Accuracy(mesh, tolerance, tolerance, surface * tolerance, 100 * tolerance, first)


# What a surface's stoichiometry is off on a plateau, the steep end of a potential shows many times over: from
# `standard` on it is held tighter than the voltage (Ecker2015 at 1C: 7 mV at the end without, 0.1 mV with).
_TIGHT = 0.3
# Typical differences to the converged voltage beyond the first second (1C, Chen2020; docs/performance.md has
# the measured ones): quick 0.5 mV, fast 0.1 mV, standard 0.02 mV, fine and reference below that.
LEVELS = {
    "quick": _level((4, 2, 4), (1, 1, 1), 8, 30, 3e-3, 0.1),
    "fast": _level((5, 3, 5), (1, 1, 1), 10, 45, 7e-4, 0.03),
    "standard": _level((4, 2, 4), (3, 1, 3), 14, 90, 2e-4, 0.01, _TIGHT),
    "fine": _level((4, 2, 4), (6, 2, 6), 18, 180, 3e-5, 2e-3, _TIGHT),
    "reference": _level((4, 2, 4), (10, 3, 10), 24, 360, 3e-6, 5e-4, _TIGHT),
}
# Where the salt runs low, reactions crowd into a front: several elements a layer.
STRAINED = Resolution((4, 2, 4), (4, 1, 4), 14, 90)
# Lumped elements of first order, graded towards the ends: positive where polynomials would swing.
ROBUST = Resolution((1, 1, 1), (40, 8, 40), 12, 60)


def accuracy(level: str | Accuracy) -> Accuracy:
    """A level by its name."""
    if isinstance(level, Accuracy):
        return level
    if level not in LEVELS:
        raise InputError(f"accuracy {level!r}", rule="accuracy is one of " + ", ".join(LEVELS))
    return LEVELS[level]
