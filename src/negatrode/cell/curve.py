"""What a simulation gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.cell.ageing_record import AgeingRecord
from negatrode.cell.ending import Ended
from negatrode.core.errors import InputError

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class LithiumBalance:
    """Lithium at the start and at the end (A h of the whole cell), by place, and what does not add up.

    ``drift`` is the change of (negative + positive + electrolyte + passed through a lithium electrode) over
    the lithium at the start.
    """

    start: dict[str, float]
    end: dict[str, float]
    drift: float
    charge_drift: float


@dataclass(frozen=True)
class ErrorEstimate:
    """Difference to a solution on a finer mesh with ten times tighter tolerances.

    Step by step, beyond the first second of each.

    ``rms`` and ``largest`` in V.
    """

    rms: float
    largest: float


@dataclass(frozen=True)
class SolverCounts:
    """Work done: accepted steps, Newton iterations, rejected steps, failed stages; and the mesh used."""

    steps: int
    iterations: int
    rejected: int
    failed: int
    mesh: str


@dataclass(frozen=True, eq=False)
class Fields:
    """Every unknown at every stored point.

    Shapes: ``time`` (n,), ``x`` (m,) in m from the negative collector, ``salt`` and ``electrolyte_potential``
    (n, m), ``site_x`` (s,), ``solid_potential`` (n, s); ``flux`` and ``surface_stoichiometry`` and
    ``mean_stoichiometry``: one (n, sites) array a population, in the order of ``populations``.
    """

    time: Array
    x: Array
    salt: Array
    electrolyte_potential: Array
    site_x: Array
    solid_potential: Array
    populations: tuple[str, ...]
    flux: tuple[Array, ...]
    surface_stoichiometry: tuple[Array, ...]
    mean_stoichiometry: tuple[Array, ...]
    radii: tuple[Array, ...] = ()
    profiles: tuple[Array, ...] = ()


@dataclass(frozen=True, eq=False)
class Curve:
    """Voltage and current over time.

    Signs: current and capacity are positive on discharge. Shapes: one value a stored point.

    Parameters
    ----------
    time, voltage, current, capacity, temperature:
        s, V, A, A h (net, from the start), K.
    step, cycle:
        Number of the protocol step and of the cycle, from 0.
    ended:
        Why it ended.
    lithium:
        The balance.
    error:
        Estimate of the numerical error, where it was asked for.
    dense:
        The solver's polynomials, one row a point (kernels/march.py, ``store``).
    findings:
        What the run came to that the model leaves out.
    ageing:
        The account of every mechanism of ageing at the end of every step, where particles age.
    state:
        State vector at the end, to go on from (``simulate(..., start=curve)``).
    """

    time: Array
    voltage: Array
    current: Array
    capacity: Array
    temperature: Array
    step: Ints
    cycle: Ints
    ended: Ended
    lithium: LithiumBalance
    counts: SolverCounts
    dense: Array = field(repr=False)
    state: Array = field(repr=False)
    model: str = "DFN"
    error: ErrorEstimate | None = None
    fields: Fields | None = field(default=None, repr=False)
    findings: tuple[str, ...] = ()
    ageing: AgeingRecord | None = None

    @cached_property
    def duration(self) -> float:
        """Time of the last point, s."""
        return float(self.time[-1])

    def at(self, time: ArrayLike, quantity: str = "voltage") -> Array:
        """Voltage (V) or current (A) at any times (s), by the solver's own interpolant.

        At a moment where the current jumps the value after the jump is given.
        """
        columns = {"voltage": 8, "current": 14}
        if quantity not in columns:
            raise InputError(f"quantity {quantity!r}", rule='quantity is "voltage" or "current"')
        t = np.asarray(time, dtype=np.float64)
        if t.size and not (t.min() >= self.time[0] - 1e-9 and t.max() <= self.time[-1] + 1e-6):
            raise InputError(
                f"times from {t.min():g} to {t.max():g} s",
                rule=f"the curve holds {self.time[0]:g} to {self.time[-1]:g} s",
            )
        return _interpolate(self.dense, self.time, t, columns[quantity])


def _interpolate(dense: Array, points: Array, t: Array, column: int) -> Array:
    row = np.clip(np.searchsorted(points, t, side="right"), 1, len(points) - 1)
    # A row with no step is the start of a protocol step: the row before it covers what lies before.
    exact = np.clip(np.searchsorted(points, t, side="right") - 1, 0, len(points) - 1)
    rows = dense[row]
    order, step = rows[..., 5], rows[..., 6]
    back = np.divide(rows[..., 7] - t, step, out=np.zeros_like(t), where=step > 0)
    value = rows[..., column].copy()
    product = np.ones_like(t)
    for m in range(1, 6):
        product = product * (m - 1 - back) / m
        value += np.where(m <= order, product * rows[..., column + m], 0.0)
    on_point = points[exact] == t
    column_of_point = 1 if column == 8 else 2
    return np.where(on_point, dense[exact, column_of_point], value)
