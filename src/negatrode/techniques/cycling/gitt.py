"""Chemical diffusivity from a galvanostatic intermittent titration (GITT).

Weppner and Huggins, J. Electrochem. Soc. 124 (1977) 1569, for spheres of radius R and pulses short
against R^2/D:

    D = 4 / (pi tau) (R / 3)^2 (dE_s / dE_t)^2

with tau the length of a pulse, dE_s the change of the rest potential over the pulse and the rest, and dE_t
the change of the potential during the pulse without the jump at its start. R/3 is volume over area of a
sphere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.cycling.halfcycles import current_direction
from negatrode.techniques.cycling.record import Array, CyclerRecord

FEWEST = 5
# E against sqrt(t) is straight only while tau << R^2/D. By the formula tau D/R^2 = 4/(9 pi) (dEs/dEt)^2
# cannot exceed 0.14, whatever the true D; from 0.05 on (dEs/dEt = 0.6) the pulse is not short (assumed)
LONGEST = 0.05


@dataclass(frozen=True)
class GittPoint:
    """One pulse: rest potential before it (V), charge before it (A h, signed), D in m2/s.

    ``admissible`` is False where the pulse is not short against R^2/D or the rest had not settled;
    ``why_not`` says which.
    """

    potential: float
    charge: float
    direction: int
    diffusivity: float
    admissible: bool
    why_not: str


@dataclass(frozen=True, eq=False)
class Pulse:
    """Rows of a pulse and of the rests before and after it."""

    before: NDArray[np.intp]
    rows: NDArray[np.intp]
    after: NDArray[np.intp]
    direction: int


def pulses(record: CyclerRecord) -> list[Pulse]:
    """Pulses between rests; none unless at least FEWEST are alike in length, as in a pulse test."""
    if record.current is None or record.time is None:
        return []
    directions = current_direction(record.current)
    edges = np.flatnonzero(np.diff(directions) != 0) + 1
    parts = np.split(np.arange(len(record)), edges)
    found = [
        Pulse(a, b, c, int(directions[b[0]]))
        for a, b, c in zip(parts[:-2], parts[1:-1], parts[2:], strict=True)
        if directions[a[0]] == 0 and directions[c[0]] == 0 and directions[b[0]] != 0 and b.size >= 5
    ]
    if len(found) < FEWEST:
        return []
    lengths = np.array([_length(record.time, p) for p in found])
    typical = float(np.median(lengths))
    alike = [p for p, n in zip(found, lengths, strict=True) if 0.5 * typical < n < 1.5 * typical]
    return alike if len(alike) >= FEWEST else []


def diffusivities(record: CyclerRecord, found: Sequence[Pulse], radius: float) -> list[GittPoint]:
    """D at each pulse for spheres of ``radius`` (m)."""
    if record.current is None or record.time is None:
        return []
    steps = np.diff(record.time, prepend=record.time[0]) / 3600.0
    charge = np.cumsum(record.current * steps)
    return [_point(record.voltage, record.time, charge, p, radius) for p in found]


def _point(voltage: Array, time: Array, charge: Array, pulse: Pulse, radius: float) -> GittPoint:
    tau = _length(time, pulse)
    start, end = float(voltage[pulse.before[-1]]), float(voltage[pulse.after[-1]])
    steady = end - start
    transient = _transient(voltage, time, pulse)
    ratio = steady / transient if transient != 0.0 else np.inf
    value = 4.0 / (np.pi * tau) * (radius / 3.0) ** 2 * ratio**2
    why = ""
    if not np.isfinite(value) or ratio <= 0.0:
        why = "the potential does not move the way of the current"
    elif tau * value > LONGEST * radius**2:
        why = f"the pulse of {tau:.3g} s is not short against R^2/D = {radius**2 / value:.3g} s"
    elif _drift(voltage, time, pulse) > 0.1 * abs(steady):
        why = "the rest after the pulse had not settled"
    return GittPoint(start, float(charge[pulse.before[-1]]), pulse.direction, float(value), not why, why)


def _length(time: Array, pulse: Pulse) -> float:
    """From the last point at rest to the last point of the pulse, s."""
    return float(time[pulse.rows[-1]] - time[pulse.before[-1]])


def _transient(voltage: Array, time: Array, pulse: Pulse) -> float:
    """Change of the potential by diffusion over the pulse: slope of E against sqrt(t) times sqrt(tau).

    The jump at the start (ohmic and kinetic) is left to the intercept; the first tenth is left out, where
    the double layer charges.
    """
    root = np.sqrt(time[pulse.rows] - time[pulse.before[-1]])
    later = root > np.sqrt(0.1) * root[-1]
    slope = np.polyfit(root[later], voltage[pulse.rows][later], 1)[0]
    return float(slope * root[-1])


def _drift(voltage: Array, time: Array, pulse: Pulse) -> float:
    """How far the potential still moves over the last tenth of the rest, V."""
    rest = time[pulse.after] - time[pulse.after[0]]
    late = voltage[pulse.after][rest >= 0.9 * rest[-1]]
    return float(abs(late[-1] - late[0]))
