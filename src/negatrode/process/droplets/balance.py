"""The population balance of the drops, from the first emulsion to hard beads.

``dn/dt = (what breaks into a class) - (what breaks) + (what merges into it) - (what merges)``, on fixed
pivots; every event keeps volume, so that the sum of the volume shares stays one to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, Refusal
from negatrode.process.droplets.grid import Daughters, Grid, gain_of
from negatrode.process.kernels import population

Array = NDArray[np.float64]
_MOST_STEPS = 20_000


@dataclass(frozen=True, eq=False)
class Events:
    """Break-up and merging on a grid.

    ``breaks`` (m,) in 1/s; ``kernel`` (m, m) in m3/s, symmetric; ``fraction``: volume of drops over that of
    the emulsion. ``times`` (s), ``break_factor`` and ``merge_factor``: how both change over time, linear.
    """

    breaks: Array
    kernel: Array
    fraction: float
    times: Array
    break_factor: Array
    merge_factor: Array


def _merging(pivots: Grid, kernel: Array, fraction: float) -> Array:
    """Kernel per x_i x_j: number of class i is ``fraction x_i / v_i`` a volume of emulsion."""
    v = pivots.volumes
    return np.ascontiguousarray(kernel * fraction / (v[:, None] * v[None, :]))


def course(
    pivots: Grid, start: Array, events: Events, daughters: Daughters, times: Array, tolerance: float = 1e-4
) -> Array:
    """Volume shares (times, classes) at ``times`` (s, rising from 0), from ``start`` (classes,), sum 1.

    ``tolerance`` is relative, with a hundredth of the whole beneath it. Raises Refusal where the steps do not
    suffice (rates beyond what a stiff solver can follow).
    """
    start = np.asarray(start, dtype=np.float64)
    if start.shape != pivots.volumes.shape or not np.all(start >= 0.0) or not start.sum() > 0.0:
        raise InputError(
            "no distribution to start from", rule=f"{pivots.volumes.size} shares, none below zero"
        )
    if times.size < 2 or np.any(np.diff(times) <= 0):
        raise InputError("times that do not rise", rule="two or more")
    # The least drop does not break: its daughters would lie below the grid.
    breaks = np.where(np.arange(start.size) > 0, events.breaks, 0.0)
    out = np.empty((times.size, start.size))
    steps = population.march(
        start / start.sum(), pivots.volumes, pivots.up, pivots.down, breaks, gain_of(pivots, daughters),
        _merging(pivots, events.kernel, events.fraction), events.times, events.break_factor,
        events.merge_factor, np.asarray(times, dtype=np.float64), out, tolerance, _MOST_STEPS,
    )  # fmt: skip
    if steps < 0:
        raise _too_stiff()
    return out


@dataclass(frozen=True, eq=False)
class ManyEvents:
    """Events of n runs on one grid: ``breaks`` (n, m); kernel of a run ``rate merging exp(-weaken exponent)``
    with ``merging`` and ``exponent`` (m, m), ``rate`` and ``weaken`` (n,); factors (n, times).
    """

    breaks: Array
    merging: Array
    exponent: Array
    rate: Array
    weaken: Array
    fraction: float
    times: Array
    break_factor: Array
    merge_factor: Array


def ends(
    pivots: Grid, start: Array, events: ManyEvents, daughters: Daughters, end: float, tolerance: float = 1e-3
) -> Array:
    """Volume shares at ``end`` (s) of n runs, (n, classes); ``start`` (n, classes)."""
    n, m = events.breaks.shape
    breaks = events.breaks.copy()
    breaks[:, 0] = 0.0
    out = np.empty((n, m))
    steps = np.empty(n, dtype=np.int64)
    population.march_many(
        np.ascontiguousarray(start / start.sum(axis=1, keepdims=True)), pivots.volumes, pivots.up,
        pivots.down, breaks, gain_of(pivots, daughters), _merging(pivots, events.merging, events.fraction),
        np.ascontiguousarray(events.exponent), events.rate, events.weaken, events.times, events.break_factor,
        events.merge_factor, end, tolerance, _MOST_STEPS, out, steps,
    )  # fmt: skip
    if np.any(steps < 0):
        raise _too_stiff()
    return out


def _too_stiff() -> Refusal:
    return Refusal(
        f"the population balance needs more than {_MOST_STEPS} steps",
        rule="break-up and coalescence rates that a stiff solver can follow",
        remedy="check the stirrer, the interfacial tension and the monomer fraction",
    )
