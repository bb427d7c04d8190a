"""Pseudo-equilibrium potential: the branches of the slowest cycle, their mean and their distance.

Half of the distance at equal lithium content is hysteresis and overpotential together; a slower cycle
tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from negatrode.techniques.cycling.cycles import Cycle
from negatrode.techniques.cycling.halfcycles import HalfCycle
from negatrode.techniques.cycling.record import Array

POINTS = 201


@dataclass(frozen=True, eq=False)
class PseudoOcp:
    """Branches on one axis of lithium content.

    ``content``: charge in the material from the delithiated end, A h. ``lithiation`` and ``delithiation``:
    V, NaN where a branch does not reach. ``cycle``: number of the cycle.
    """

    cycle: int
    content: Array
    lithiation: Array
    delithiation: Array

    @property
    def mean(self) -> Array:
        """Mean of the branches, V."""
        return 0.5 * (self.lithiation + self.delithiation)

    @property
    def hysteresis(self) -> Array:
        """Delithiation minus lithiation, V."""
        return self.delithiation - self.lithiation


def slowest(cycles: Sequence[Cycle], time: Array | None) -> Cycle | None:
    """The complete cycle whose delithiation took longest for its charge; without time the first complete."""
    complete = [c for c in cycles if c.complete]
    if not complete or time is None:
        return complete[0] if complete else None

    def pace(c: Cycle) -> float:
        assert c.delithiation is not None
        rows = c.delithiation.rows
        return float(time[rows[-1]] - time[rows[0]]) / max(c.delithiation.capacity, 1e-30)

    return max(complete, key=pace)


def pseudo_ocp(cycle: Cycle) -> PseudoOcp:
    """Branches of a cycle at equal lithium content.

    The two branches share the lithiated end: the charge that the delithiation gives back was the last to
    go in, and what was lost is counted off the start of the lithiation.
    """
    out = cycle.delithiation
    assert out is not None
    content = np.linspace(0.0, out.capacity, POINTS)
    into = cycle.lithiation.charge - (cycle.lithiation.capacity - out.capacity)
    lithiation = _at(content, into, cycle.lithiation)
    delithiation = _at(content, out.capacity - out.charge, out)
    return PseudoOcp(cycle.number, content, lithiation, delithiation)


def _at(content: Array, held: Array, half: HalfCycle) -> Array:
    order = np.argsort(held, kind="stable")
    return np.interp(content, held[order], half.voltage[order], left=np.nan, right=np.nan)
