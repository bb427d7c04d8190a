"""Charge that reached each point of a record, with its sign: by the instrument's counters or by the current.

Counters are taken where there are any that agree with the current, the integral of the current else. Without
a current the direction comes from separate charge and discharge counters, from a signed counter, or from a
counter that starts anew at each half-cycle together with the trend of the voltage.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.techniques.cycling.record import Array, CyclerRecord

# A current below this share of the 99th percentile is a rest (assumed; C/100 after 10C is 1e-3)
REST = 1e-4
# Counters and integral farther apart are not of one unit or one kind (assumed; coarse logging makes 10 %)
AGREEMENT = 0.2
# A counter that falls at once by more than this share of itself, and of its highest, starts anew (assumed)
_ANEW, _ANEW_OF_HIGHEST = 0.5, 1e-4


def signed_charge(record: CyclerRecord) -> Array:
    """Charge between a point and the one before, A h, positive where the cell is charged; shape (n,).

    Raises Refusal where there is neither a current with time nor a counter that tells the direction.
    """
    counted = from_counters(record)
    if record.current is None:
        if counted is None:
            raise Refusal(
                "neither a signed current nor counters that tell charge from discharge",
                where=record.path,
                rule="half-cycles are told apart by the direction of the current",
                remedy="Export the current with its sign, or charge and discharge capacity",
            )
        return counted
    integral = from_current(record)
    if counted is not None and (integral is None or _agree(counted, integral)):
        return _while_flowing(counted, current_direction(record.current))
    if integral is None:
        raise Refusal("a current without time or counters", where=record.path, rule="charge needs time")
    return np.where(current_direction(record.current) != 0, integral, 0.0)


def current_direction(current: Array, rest: float = REST) -> NDArray[np.int8]:
    """Sign of the current, 0 where it is below ``rest`` of its 99th percentile."""
    typical = float(np.quantile(np.abs(current), 0.99))
    return np.where(np.abs(current) > rest * typical, np.sign(current), 0.0).astype(np.int8)


def from_current(record: CyclerRecord) -> Array | None:
    """Charge between a point and the one before by the trapezoid rule, A h, signed; None without time."""
    if record.time is None or record.current is None:
        return None
    steps = np.diff(record.time, prepend=record.time[0]) / 3600.0
    before = np.concatenate((record.current[:1], record.current[:-1]))
    # where the current starts or turns between two points, the new current holds for the interval
    turned = np.sign(before) != np.sign(record.current)
    return np.asarray(np.where(turned, record.current, 0.5 * (before + record.current)) * steps)


def from_counters(record: CyclerRecord) -> Array | None:
    """Charge between a point and the one before by the instrument's counters, A h, signed."""
    counters = record.counters
    if "charge_capacity" in counters and "discharge_capacity" in counters:
        up = _rises(counters["charge_capacity"])
        down = _rises(counters["discharge_capacity"])
        return np.asarray(up - down)
    if "net_capacity" in counters:
        return _changes(counters["net_capacity"])
    if "capacity" not in counters:
        return None
    return _from_one_counter(record, counters["capacity"])


def counter_disagreement(record: CyclerRecord) -> float | None:
    """Relative difference of the counters' whole charge from the integral of the current, or None."""
    counted, integral = from_counters(record), from_current(record)
    if counted is None or integral is None:
        return None
    total = float(np.abs(integral).sum())
    return float(np.abs(counted).sum()) / total - 1.0 if total > 0.0 else None


def _agree(counted: Array, integral: Array) -> bool:
    total = float(np.abs(integral).sum())
    return bool(abs(float(np.abs(counted).sum()) - total) <= AGREEMENT * total)


def _anew(counter: Array) -> NDArray[np.bool_]:
    """Where a counter that only grows (not negative) starts anew; jitter of a high counter is none."""
    fell = np.diff(counter, prepend=counter[0])
    before = np.concatenate((counter[:1], counter[:-1]))
    return np.asarray(fell < -np.maximum(_ANEW * before, _ANEW_OF_HIGHEST * float(counter.max())))


def _rises(counter: Array) -> Array:
    """What a counter of one direction has counted up to each point since the one before; jitter cancels."""
    size = np.abs(counter)
    steps = np.diff(size, prepend=size[0])
    # after a start anew the counter shows what was counted since
    return np.asarray(np.where(_anew(size), size, steps))


def _changes(counter: Array) -> Array:
    """Changes of a counter that runs forth and back; its return to zero at once is a start anew."""
    steps = np.diff(counter, prepend=counter[0])
    moving = np.abs(steps[steps != 0.0])
    if not moving.size:
        return steps
    # a jump of many usual steps that ends at hardly any charge (assumed: 20 steps, 2 %)
    jumps = (np.abs(steps) > 20.0 * np.median(moving)) & (np.abs(counter) < 0.02 * np.abs(steps))
    return np.asarray(np.where(jumps, counter, steps))


def _runs_back(counter: Array) -> bool:
    """Whether a counter counts back on the way back, and does not only grow and start anew."""
    size = np.abs(counter)
    steps = np.diff(size, prepend=size[0])
    back = -float(steps[(steps < 0.0) & ~_anew(size)].sum())
    return back > 0.05 * float(steps[steps > 0.0].sum())


def _from_one_counter(record: CyclerRecord, counter: Array) -> Array | None:
    """One counter for both directions: running forth and back, or starting anew at each half-cycle."""
    if not record.reset and _runs_back(counter):
        return _changes(counter)
    rises = _rises(counter)
    if record.current is not None:
        return np.asarray(rises * _last_direction(current_direction(record.current)))
    starts = np.concatenate(([0], np.flatnonzero(_anew(np.abs(counter))), [len(record)]))
    signed = np.zeros(len(record))
    for a, b in pairwise(starts):
        if a < b:
            signed[a:b] = rises[a:b] * _trend(record.voltage[a:b], rises[a:b], record.path)
    return signed


def _last_direction(directions: NDArray[np.int8]) -> NDArray[np.int8]:
    """The direction at each point, at rest the one before it (the counter's last step comes late)."""
    last = np.maximum.accumulate(np.where(directions != 0, np.arange(directions.size), -1))
    return np.asarray(np.where(last >= 0, directions[np.maximum(last, 0)], 0).astype(np.int8))


def _while_flowing(signed: Array, directions: NDArray[np.int8]) -> Array:
    """Charge that a counter shows only at the rest after a step goes to the last point of that step."""
    late = np.flatnonzero((directions == 0) & (signed != 0.0))
    last = np.maximum.accumulate(np.where(directions != 0, np.arange(directions.size), -1))[late]
    mine = (last >= 0) & (np.sign(signed[late]) == directions[np.maximum(last, 0)])
    found = np.where(directions != 0, signed, 0.0)
    np.add.at(found, last[mine], signed[late][mine])
    return found


def _trend(voltage: Array, rises: Array, path: str) -> int:
    """+1 where the voltage rises over a stretch while charge is counted, -1 where it falls.

    Raises Refusal where it goes far both ways: the counter runs on through a reversal.
    """
    moving = voltage[rises > 0.0] if (rises > 0.0).any() else voltage
    third = max(moving.size // 3, 1)
    change = float(np.median(moving[-third:]) - np.median(moving[:third]))
    way = int(np.sign(change)) or 1
    back = float(np.max(np.maximum.accumulate(way * moving) - way * moving))
    # pauses between pulses relax by less (assumed)
    if moving.size >= 12 and back > 0.5 * float(np.ptp(moving)):
        raise Refusal(
            f"a counter runs on while the voltage goes {float(np.ptp(moving)):.3g} V and {back:.3g} V back",
            where=path,
            rule="without a current, only a counter that starts anew at each reversal tells the direction",
            remedy="Export the current with its sign, or charge and discharge capacity",
        )
    return way
