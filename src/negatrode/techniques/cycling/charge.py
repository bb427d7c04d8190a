"""Charge that reached each point of a record, with its sign: by the instrument's counters or by the current.

Counters are taken where there are any that agree with the current, the integral of the current else. Without
a current the direction comes from separate charge and discharge counters, from a signed counter, from the
file's column of states, or from a counter that starts anew at each half-cycle together with the trend of the
voltage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.techniques.cycling.counters import from_counters
from negatrode.techniques.cycling.record import Array, CyclerRecord

# A current below this share of the usual one is a rest (assumed; C/100 after 10C is 1e-3)
REST = 1e-4
# Counters and integral farther apart are not of one unit or one kind (assumed; coarse logging makes 10 %)
AGREEMENT = 0.2
# Counters whose charge goes the same way as the current, or all the other way, in this share (assumed)
_ALONG = 0.5
# A counter that moves at fewer than this share of the points with current is logged sparsely (assumed)
_SPARSE = 0.2
# An interval so many times both of its neighbours, and longer than so many seconds, is a gap (assumed)
_GAP, _SHORTEST_GAP = 20.0, 300.0


@dataclass(frozen=True, eq=False)
class Passed:
    """Charge between a point and the one before, A h, positive where the cell is charged; shape (n,).

    ``unsure``: what may have passed in gaps of the record and is not in ``signed``, A h, not negative.
    ``by_counters``: whether the instrument's counters were taken, not the integral of the current.
    """

    signed: Array
    unsure: Array
    by_counters: bool


def charge_passed(record: CyclerRecord) -> Passed:
    """The charge of a record, point by point.

    Raises Refusal where there is neither a current with time nor a counter that tells the direction.
    """
    none = np.zeros(len(record))
    if record.current is None:
        counted = from_counters(record, _states(record))
        if counted is None:
            raise Refusal(
                "neither a signed current nor counters that tell charge from discharge",
                where=record.path,
                rule="half-cycles are told apart by the direction of the current",
                remedy="Export the current with its sign, or charge and discharge capacity",
            )
        return Passed(counted, none, True)
    directions = current_direction(record.current)
    integral = from_current(record)
    counted = _along(from_counters(record, directions), directions)
    if counted is not None and (integral is None or _apart(record, counted, integral) <= AGREEMENT):
        if integral is not None:
            counted = _filled_in(counted, integral, directions)
        return Passed(_while_flowing(counted, directions), none, True)
    if integral is None:
        raise Refusal(
            "a current without a time, and no counters that go with it",
            where=record.path,
            rule="charge is the integral of the current over time",
            remedy="Export the time or the capacity as well",
        )
    flowing = np.where(directions != 0, integral, 0.0)
    gap = gaps(record)
    return Passed(np.where(gap, 0.0, flowing), np.where(gap, np.abs(flowing), 0.0), False)


def current_direction(current: Array, rest: float = REST) -> NDArray[np.int8]:
    """Sign of the current, 0 where it is below ``rest`` of the usual.

    The usual current is that above which half of the sum of all logged currents lies: long rests with noise
    have no weight in it.
    """
    size = np.abs(current)
    ordered = np.sort(size)
    sums = np.cumsum(ordered)
    usual = float(ordered[min(int(np.searchsorted(sums, 0.5 * sums[-1])), size.size - 1)])
    return np.where(size > rest * usual, np.sign(current), 0.0).astype(np.int8)


def from_current(record: CyclerRecord) -> Array | None:
    """Charge between a point and the one before by the trapezoid rule, A h, signed; None without time."""
    if record.time is None or record.current is None:
        return None
    now = record.current
    before = np.concatenate((now[:1], now[:-1]))
    # where the current starts, turns or jumps up between two points, the new current holds for the interval
    other = (np.sign(before) != np.sign(now)) | (np.abs(now) > 2.0 * np.abs(before))
    if record.step is not None:
        other |= np.diff(record.step, prepend=record.step[0]) != 0.0
    steps = np.diff(record.time, prepend=record.time[0]) / 3600.0
    return np.asarray(np.where(other, now, 0.5 * (before + now)) * steps)


def gaps(record: CyclerRecord) -> NDArray[np.bool_]:
    """Points after an interval far longer than both of its neighbours, with current on both sides.

    The cycler was paused, or its log was: nothing tells whether current flowed.
    """
    found = np.zeros(len(record), dtype=bool)
    if record.time is None or record.current is None or len(record) < 4:
        return found
    steps = np.diff(record.time)
    around = np.maximum(np.concatenate((steps[1:2], steps[:-1])), np.concatenate((steps[1:], steps[-2:-1])))
    flows = current_direction(record.current) != 0
    found[1:] = (steps > _GAP * around) & (steps > _SHORTEST_GAP) & (around > 0.0) & flows[1:] & flows[:-1]
    # so many of them are the way of a log triggered by the voltage (assumed)
    return found if np.count_nonzero(found) <= max(5, len(record) // 200) else np.zeros_like(found)


def counter_disagreement(record: CyclerRecord) -> float | None:
    """Relative difference of the counters' charge from the integral of the current, gaps aside, or None."""
    if record.current is None:
        return None
    directions = current_direction(record.current)
    counted, integral = _along(from_counters(record, directions), directions), from_current(record)
    if integral is None or (counted is None and not record.counters):
        return None
    return float("inf") if counted is None else _signed_apart(record, counted, integral)


def _states(record: CyclerRecord) -> NDArray[np.int8] | None:
    return None if record.direction is None else np.sign(record.direction).astype(np.int8)


def _along(counted: Array | None, directions: NDArray[np.int8]) -> Array | None:
    """The counters turned to the declared sign of the current; None where they do not go with it."""
    if counted is None:
        return None
    moved = float(np.abs(counted[directions != 0]).sum())
    share = float(np.sum(counted * directions)) / moved if moved > 0.0 else 1.0
    return None if abs(share) < _ALONG else np.asarray(np.copysign(1.0, share) * counted)


def _signed_apart(record: CyclerRecord, counted: Array, integral: Array) -> float:
    """The counters' whole charge over that of the integral, less one; gaps aside."""
    inside = ~gaps(record)
    total = float(np.abs(integral[inside]).sum())
    return float(np.abs(counted[inside]).sum()) / total - 1.0 if total > 0.0 else float("inf")


def _apart(record: CyclerRecord, counted: Array, integral: Array) -> float:
    return abs(_signed_apart(record, counted, integral))


def _filled_in(counted: Array, integral: Array, directions: NDArray[np.int8]) -> Array:
    """Counters logged at the ends of steps only, spread over the points before by the integral's shape."""
    moves = np.flatnonzero(counted)
    flowing = directions != 0
    if moves.size > _SPARSE * np.count_nonzero(flowing):
        return counted
    # each point belongs to the next at which the counter moves
    group = np.searchsorted(moves, np.arange(counted.size))
    wanted = np.append(counted[moves], 0.0)[group]
    same = np.where(flowing & (np.sign(integral) == np.sign(wanted)), np.abs(integral), 0.0)
    sums = np.bincount(group, weights=same, minlength=moves.size + 1)
    shared = wanted * same / np.where(sums > 0.0, sums, 1.0)[group]
    return np.where(sums[group] > 0.0, shared, counted)


def _while_flowing(signed: Array, directions: NDArray[np.int8]) -> Array:
    """Charge that a counter shows only at the rest after a step goes to the last point of that step."""
    late = np.flatnonzero((directions == 0) & (signed != 0.0))
    last = np.maximum.accumulate(np.where(directions != 0, np.arange(directions.size), -1))[late]
    mine = (last >= 0) & (np.sign(signed[late]) == directions[np.maximum(last, 0)])
    found = np.where(directions != 0, signed, 0.0)
    np.add.at(found, last[mine], signed[late][mine])
    return found
