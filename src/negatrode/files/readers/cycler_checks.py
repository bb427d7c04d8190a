"""Where the columns of a cycler's binary contradict each other: what a damaged record looks like.

None of this refuses a file, since real ones have such records, too; each is said with its record. Not to be
detected: a wrong low bit of a number that stays between its neighbours, of a quantity that the others do
not depend on (wall clock, resistance), and any change that keeps counters, current and time consistent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from negatrode.core.recording import Column, Unread

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Counters and the integral of the current may differ by as much before it is said (assumed)
_TOLERANCE = 0.05
# A record stands out where it is off both neighbours by so many times as they differ, as all but a share of
# the records are off (noise) and as the smallest step, and by such a share of its column's range (assumed)
_OUTSTANDING, _COMMON, _SHARE = 10.0, 0.9, 0.02
# Counters fall by less where they are rounded (assumed)
_ROUNDING = 1e-6


def contradictions(columns: Mapping[str, Column]) -> Iterator[Unread]:
    """All that contradicts itself; needs the columns time, voltage and current."""
    yield from _falls(columns)
    yield from _integrals(columns)
    yield from _spikes(columns)
    yield from _alone(columns)


def step_starts(columns: Mapping[str, Column]) -> NDArray[np.int64]:
    """Where steps start (the first record included)."""
    count = columns.get("step_count", columns.get("step"))
    if count is None:
        return np.array([0])
    changed = np.flatnonzero(np.diff(count.values)) + 1
    return np.concatenate(([0], changed)).astype(np.int64)


def _inside(columns: Mapping[str, Column]) -> Flags:
    """Records with a predecessor in their step."""
    inside = np.ones(len(columns["time"].values), dtype=bool)
    inside[step_starts(columns)] = False
    return inside


def _falls(columns: Mapping[str, Column]) -> Iterator[Unread]:
    """Counters that fall within a step."""
    inside = _inside(columns)
    for name in [n for n in columns if n.endswith(("capacity", "energy"))]:
        values = columns[name].values
        rounding = _ROUNDING * max(float(np.abs(values).max()), 1e-30)
        falls = inside & (np.diff(values, prepend=values[0]) < -rounding)
        if falls.any():
            yield Unread(f"{name}, record {int(np.argmax(falls)) + 1}", "a counter falls within a step")


def _integrals(columns: Mapping[str, Column]) -> Iterator[Unread]:
    """Counters that differ from the integral of the current.

    Within each step, Q = integral of max(+-I, 0) dt (trapezoids, A s) against the rise of the counter.
    Coarse recording of falling currents makes a few per cent, damage makes much more.
    """
    time, current = columns["time"].values, columns["current"].values
    starts = step_starts(columns)
    mean = 0.5 * (current + np.concatenate((current[:1], current[:-1])))
    moved = np.where(_inside(columns), mean * np.diff(time, prepend=time[0]) / 3600.0, 0.0)
    ends = np.append(starts[1:], len(time)) - 1
    for name, part in (
        ("charge_capacity", np.maximum(moved, 0.0)),
        ("discharge_capacity", np.maximum(-moved, 0.0)),
        ("capacity", np.abs(moved)),
    ):
        if name not in columns:
            continue
        counted = columns[name].values[ends] - columns[name].values[starts]
        integral = np.add.reduceat(part, starts)
        larger = np.maximum(np.abs(counted), integral)
        off = np.abs(counted - integral) > _TOLERANCE * np.maximum(larger, 0.2 * larger.max())
        if off.any() and larger.max() > 0.0:
            i = int(np.argmax(np.abs(counted - integral)))
            yield Unread(
                f"{name}, record {starts[i] + 1}",
                f"{int(off.sum())} of {len(starts)} steps differ from the integral of the current; "
                f"most: {counted[i]:.4g} against {integral[i]:.4g} A*h",
            )


def _spikes(columns: Mapping[str, Column]) -> Iterator[Unread]:
    """Single records far off both of their neighbours in the same step."""
    inside = _inside(columns)
    middle = inside[1:-1] & inside[2:]
    for name in ("voltage", "current", "temperature"):
        values = columns[name].values if name in columns else np.zeros(0)
        if len(values) < 4:
            continue
        before, after = values[1:-1] - values[:-2], values[1:-1] - values[2:]
        off = np.where(before * after > 0, np.minimum(np.abs(before), np.abs(after)), 0.0)
        steps = np.abs(np.diff(values))
        resolution = float(np.min(steps[steps > 0], initial=np.inf))  # all alike: nothing stands out
        noise = max(float(np.quantile(off, _COMMON)), resolution)
        usual = np.maximum(np.abs(values[2:] - values[:-2]), noise)
        far = _SHARE * float(np.ptp(np.delete(values, 1 + int(np.argmax(off)))))
        found = np.flatnonzero(middle & (off > _OUTSTANDING * usual) & (off > far)) + 1
        if len(found):
            i = int(found[0])
            yield Unread(
                f"{name}, record {i + 1}",
                f"{values[i]:g} {columns[name].unit} stands between {values[i - 1]:g} and "
                f"{values[i + 1]:g} ({len(found)} such records)",
            )


def _alone(columns: Mapping[str, Column]) -> Iterator[Unread]:
    """Single records of another step, mode or cycle, though the step's time, or its mode, carries on."""
    count = len(columns["time"].values)
    if count < 3:
        return
    differs = {n: _between(columns[n].values) for n in ("cycle", "step", "mode") if n in columns}
    within = columns["step_time"].values if "step_time" in columns else np.zeros(count)
    carried = (within[1:-1] > within[:-2]) & (within[2:] > within[1:-1])
    if "mode" in columns:
        mode = columns["mode"].values
        carried |= (mode[1:-1] == mode[:-2]) & (mode[2:] == mode[:-2])
    for name, other in differs.items():
        found = np.flatnonzero(other & carried) + 2
        if len(found):
            yield Unread(f"{name}, record {found[0]}", f"differs in single records ({len(found)} of them)")


def _between(values: Floats) -> Flags:
    """Records whose neighbours agree with each other, but not with them (without the first and last)."""
    return np.asarray((values[:-2] == values[2:]) & (values[1:-1] != values[2:]))
