"""Charge by the instrument's capacity counters, whichever way they run and whenever they start anew."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.techniques.cycling.record import Array, CyclerRecord

# A counter that falls at once by more than this share of itself, and of its highest, starts anew (assumed)
_ANEW, _ANEW_OF_HIGHEST = 0.5, 1e-4
# A stretch whose voltage moves by less than this share of the record's is a hold (assumed)
_HOLD = 0.02


def from_counters(record: CyclerRecord, directions: NDArray[np.int8] | None) -> Array | None:
    """Charge between a point and the one before, A h, signed; None where the file counts none.

    ``directions``: +1, -1 or 0 at each point, by the current or by the file's states; None where neither
    is there. Raises Refusal where a counter without a sign runs through a reversal and nothing tells.
    """
    counters = record.counters
    turned = -1.0 if record.turned else 1.0
    if "charge_capacity" in counters and "discharge_capacity" in counters:
        up = _rises(counters["charge_capacity"], record)
        down = _rises(counters["discharge_capacity"], record)
        return np.asarray(turned * (up - down))
    if "net_capacity" in counters:
        return turned * _changes(counters["net_capacity"])
    if "capacity" not in counters:
        return None
    if not record.reset and _runs_back(counters["capacity"], record):
        return turned * _changes(counters["capacity"])
    rises = _rises(counters["capacity"], record)
    if directions is not None and directions.any():
        return np.asarray(rises * held_directions(directions))
    return _by_trend(record, rises)


def held_directions(directions: NDArray[np.int8]) -> NDArray[np.int8]:
    """The direction at each point, at rest the one before it (a counter's last step comes late)."""
    last = np.maximum.accumulate(np.where(directions != 0, np.arange(directions.size), -1))
    return np.asarray(np.where(last >= 0, directions[np.maximum(last, 0)], 0).astype(np.int8))


def _anew(counter: Array, record: CyclerRecord) -> NDArray[np.bool_]:
    """Where a counter that only grows (not negative) starts anew; jitter of a high counter is none."""
    fell = np.diff(counter, prepend=counter[0])
    before = np.concatenate((counter[:1], counter[:-1]))
    found = fell < -np.maximum(_ANEW * before, _ANEW_OF_HIGHEST * float(counter.max()))
    if record.reset == "step" and record.step is not None:
        # logged coarsely, the first value of a step may be nearly the last of the step before
        found |= (fell < 0.0) & (np.diff(record.step, prepend=record.step[0]) != 0.0)
    return np.asarray(found)


def _rises(counter: Array, record: CyclerRecord) -> Array:
    """What a counter of one direction has counted up to each point since the one before; jitter cancels."""
    size = np.abs(counter)
    steps = np.diff(size, prepend=size[0])
    # after a start anew the counter shows what was counted since
    return np.asarray(np.where(_anew(size, record), size, steps))


def _changes(counter: Array) -> Array:
    """Changes of a counter that runs forth and back; its return to zero at once is a start anew."""
    steps = np.diff(counter, prepend=counter[0])
    moving = np.abs(steps[steps != 0.0])
    if not moving.size:
        return steps
    # a jump of many usual steps that ends at hardly any charge (assumed: 20 steps, 2 %)
    jumps = (np.abs(steps) > 20.0 * np.median(moving)) & (np.abs(counter) < 0.02 * np.abs(steps))
    return np.asarray(np.where(jumps, counter, steps))


def _runs_back(counter: Array, record: CyclerRecord) -> bool:
    """Whether a counter counts back on the way back, and does not only grow and start anew."""
    size = np.abs(counter)
    steps = np.diff(size, prepend=size[0])
    back = -float(steps[(steps < 0.0) & ~_anew(size, record)].sum())
    return back > 0.05 * float(steps[steps > 0.0].sum())


def _by_trend(record: CyclerRecord, rises: Array) -> Array:
    """A counter that starts anew at each half-cycle or step, its sign by the trend of the voltage."""
    counter = np.abs(record.counters["capacity"])
    starts = np.concatenate(([0], np.flatnonzero(_anew(counter, record)), [len(record)]))
    flat = _HOLD * float(np.ptp(record.voltage))
    signed = np.zeros(len(record))
    way = 0
    for a, b in pairwise(starts):
        if a >= b or not rises[a:b].any():
            continue
        # a hold goes on in the direction that led to it
        if not way or float(np.ptp(record.voltage[a:b])) > flat:
            way = _trend(record.voltage[a:b], rises[a:b], record.path)
        signed[a:b] = rises[a:b] * way
    return signed


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
