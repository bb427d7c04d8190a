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

from negatrode.techniques.cycling.charge import current_direction
from negatrode.techniques.cycling.record import Array, CyclerRecord

FEWEST = 5
# A current below this share of the 99th percentile is a pause: offsets of the current range are more than at
# the rests of cycling (assumed)
PAUSE = 5e-3
# E against sqrt(t) is straight only while tau << R^2/D. By the formula tau D/R^2 = 4/(9 pi) (dEs/dEt)^2
# cannot exceed 0.14, whatever the true D; from 0.05 on (dEs/dEt = 0.6) the pulse is not short (assumed)
LONGEST = 0.05
# A run of current that moves less than this share of the largest is none of the titration's pulses (assumed)
_WIGGLE = 0.02


@dataclass(frozen=True)
class GittPoint:
    """One pulse: rest potential before it (V), charge before it (A h, signed), D in m2/s.

    ``u`` is the standard uncertainty of D: noise of the potentials, what the rest has not yet relaxed, and
    the curvature of the sphere, which the formula leaves out. The radius is taken as exact.
    ``admissible`` is False where the pulse is not short against R^2/D or the rest had not settled;
    ``why_not`` says which.
    """

    potential: float
    charge: float
    direction: int
    diffusivity: float
    u: float
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
    directions = _without_wiggles(current_direction(record.current, PAUSE), record.current, record.time)
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


def _without_wiggles(directions: NDArray[np.int8], current: Array, time: Array) -> NDArray[np.int8]:
    """The directions, 0 where a run moves next to no charge: an impedance or a pulse of a second."""
    edges = np.concatenate(([0], np.flatnonzero(np.diff(directions) != 0) + 1))
    charge = np.add.reduceat(np.abs(current) * np.diff(time, prepend=time[0]), edges)
    kept = charge > _WIGGLE * float(charge[directions[edges] != 0].max(initial=0.0))
    lengths = np.diff(np.append(edges, directions.size))
    return np.where(np.repeat(kept, lengths), directions, 0).astype(np.int8)


def diffusivities(record: CyclerRecord, found: Sequence[Pulse], radius: float) -> list[GittPoint]:
    """D at each pulse for spheres of ``radius`` (m)."""
    if record.current is None or record.time is None:
        return []
    steps = np.diff(record.time, prepend=record.time[0]) / 3600.0
    charge = np.cumsum(record.current * steps)
    return [_point(record.voltage, record.time, charge, p, radius) for p in found]


def _point(voltage: Array, time: Array, charge: Array, pulse: Pulse, radius: float) -> GittPoint:
    tau = _length(time, pulse)
    start, u_start = _rested(voltage, time, pulse.before)
    end, u_end = _rested(voltage, time, pulse.after)
    steady = end - start
    transient, u_transient = _transient(voltage, time, pulse)
    unsettled = _unsettled(voltage, time, pulse)
    ratio = steady / transient if transient != 0.0 else np.inf
    value = 4.0 / (np.pi * tau) * (radius / 3.0) ** 2 * ratio**2
    why = ""
    if not np.isfinite(value) or ratio <= 0.0:
        why = "the potential does not move the way of the current"
    elif tau * value > LONGEST * radius**2:
        why = f"the pulse of {tau:.3g} s is not short against R^2/D = {radius**2 / value:.3g} s"
    elif unsettled > 0.1 * abs(steady):
        why = "the rest after the pulse had not settled"
    u_steady = float(np.sqrt(unsettled**2 + u_start**2 + u_end**2))
    by_potentials = _relative(u_steady, steady, u_transient, transient)
    u = value * float(np.hypot(by_potentials, _curvature(value, tau, radius))) if value else float("inf")
    before = float(charge[pulse.before[-1]])
    return GittPoint(start, before, pulse.direction, float(value), u, not why, why)


def _relative(u_steady: float, steady: float, u_transient: float, transient: float) -> float:
    """Relative u of D by its potentials: D goes with the square of their ratio."""
    if steady == 0.0 or transient == 0.0:
        return float("inf")
    return 2.0 * float(np.hypot(u_steady / steady, u_transient / transient))


def _curvature(value: float, tau: float, radius: float) -> float:
    """Relative u of D by the sphere's curvature.

    At a constant flux j the surface of a sphere runs as j R/D (2 sqrt(theta/pi) + theta + ...), theta =
    tau D/R^2. The second term adds 1.32 theta to the slope against sqrt(t) over the fitted part, so that D
    comes out low by about 2 x 1.17 sqrt(theta). The formula stays as published, and this is its u.
    """
    return 2.0 * 1.17 * float(np.sqrt(value * tau)) / radius


def _rested(voltage: Array, time: Array, rows: NDArray[np.intp]) -> tuple[float, float]:
    """Mean potential of the last twentieth of a rest, and its standard uncertainty by scatter, V."""
    rest = time[rows] - time[rows[0]]
    late = voltage[rows][rest >= 0.95 * rest[-1]]
    scatter = float(np.std(np.diff(late))) / np.sqrt(2.0) if late.size > 2 else 0.0
    return float(late.mean()), float(scatter / np.sqrt(late.size))


def _length(time: Array, pulse: Pulse) -> float:
    """From the last point at rest to the last point of the pulse, s."""
    return float(time[pulse.rows[-1]] - time[pulse.before[-1]])


def _transient(voltage: Array, time: Array, pulse: Pulse) -> tuple[float, float]:
    """Change of the potential by diffusion over the pulse, and its standard uncertainty, V.

    It is the slope of E against sqrt(t) times sqrt(tau). The jump at the start (ohmic and kinetic) is left to
    the intercept; the first tenth is left out, where the double layer charges.
    """
    root = np.sqrt(time[pulse.rows] - time[pulse.before[-1]])
    later = root > np.sqrt(0.1) * root[-1]
    if np.count_nonzero(later) < 3:
        return float(voltage[pulse.rows[-1]] - voltage[pulse.rows[0]]), float("inf")
    x, y = root[later] - root[later].mean(), voltage[pulse.rows][later]
    spread = float(np.sum(x * x))
    slope = float(np.sum(x * y)) / spread
    left = y - y.mean() - slope * x
    u = float(np.sqrt(np.sum(left * left) / (x.size - 2) / spread))
    return slope * float(root[-1]), u * float(root[-1])


def _unsettled(voltage: Array, time: Array, pulse: Pulse) -> float:
    """How far the potential still is from rest at the end of a pause, V.

    From its means about 1/2, 3/4 and the end of the pause by Aitken's extrapolation: exact for one
    relaxation time, low for the square-root relaxation of a pause that is far too short.
    """
    rest = time[pulse.after] - time[pulse.after[0]]
    potential = voltage[pulse.after]
    means = []
    for share in (0.5, 0.75, 1.0):
        near = np.abs(rest - share * rest[-1]) <= 0.05 * rest[-1]
        there = potential[near] if near.any() else np.interp([share * rest[-1]], rest, potential)
        means.append(float(there.mean()))
    before, late = means[1] - means[0], means[2] - means[1]
    slowing = abs(before) - abs(late)
    return late * late / slowing if slowing > 0.1 * abs(late) else 10.0 * abs(late)
