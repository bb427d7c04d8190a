"""Half-cycles by the direction of the current; never by a cycle counter alone.

A half-cycle is the longest stretch in which charge flows one way: rests, the pauses between pulses, a CV
hold after a CC step and steps of another rate do not end it; a reversal does. Without a current the
direction comes from separate charge and discharge counters, from a signed counter, or from a counter that
starts anew at each half-cycle together with the trend of the voltage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.techniques.cycling.record import Array, CyclerRecord

# A current below this share of the 99th percentile is a rest (assumed; a hold is cut off at C/50 or so)
REST = 1e-3
# A reversal that moves less than this share of the largest half-cycle's charge is a glitch (assumed)
GLITCH = 1e-3


@dataclass(frozen=True, eq=False)
class HalfCycle:
    """One direction of charge.

    Attributes
    ----------
    direction:
        +1 charge of the cell (its voltage rises), -1 discharge.
    rows:
        Indices of the points with current, in order (rests left out).
    charge:
        Charge passed at those points since the start, A h; never falls.
    complete:
        False for the last of a record that ends while current flows and short of the voltage at which the
        half-cycles before it in that direction ended.
    """

    direction: int
    rows: NDArray[np.intp]
    charge: Array
    voltage: Array
    complete: bool = True

    @property
    def capacity(self) -> float:
        """Whole charge, A h."""
        return float(self.charge[-1])

    @property
    def step(self) -> float:
        """Charge between the last two points, A h: how finely the end is resolved."""
        return float(self.charge[-1] - self.charge[-2]) if self.charge.size > 1 else self.capacity


def half_cycles(record: CyclerRecord) -> tuple[HalfCycle, ...]:
    """The half-cycles of a record in order.

    Raises Refusal where the direction cannot be told, or no charge flows.
    """
    directions, passed = flow(record)
    if not (directions != 0).any():
        raise Refusal("no current flows in this record", where=record.path, rule="a half-cycle moves charge")
    runs = list(_runs(directions, passed))
    runs = _without_glitches(runs, passed)
    found = [HalfCycle(s, rows, np.cumsum(passed[rows]), record.voltage[rows]) for s, rows in runs]
    return (*found[:-1], replace(found[-1], complete=_ended(found, len(record))))


def flow(record: CyclerRecord) -> tuple[NDArray[np.int8], Array]:
    """Direction at each point (+1, 0, -1) and the charge (A h, not negative) that reached it.

    The instrument's counters are taken where they are there, the integral of the current else.
    """
    signed = _from_counters(record)
    if record.current is None:
        if signed is None:
            raise Refusal(
                "neither a signed current nor counters that tell charge from discharge",
                where=record.path,
                rule="half-cycles are told apart by the direction of the current",
                remedy="Export the current with its sign, or charge and discharge capacity",
            )
        return np.sign(signed).astype(np.int8), np.abs(signed)
    directions = current_direction(record.current)
    integral = _integral(record)
    if signed is not None and _consistent(signed, directions, integral):
        return directions, np.where(directions != 0, np.abs(signed), 0.0)
    if integral is None:
        raise Refusal("a current without time or counters", where=record.path, rule="charge needs time")
    return directions, np.where(directions != 0, np.abs(integral), 0.0)


def current_direction(current: Array) -> NDArray[np.int8]:
    """Sign of the current, 0 at rest (below REST of its 99th percentile)."""
    typical = float(np.quantile(np.abs(current), 0.99))
    return np.where(np.abs(current) > REST * typical, np.sign(current), 0.0).astype(np.int8)


def _integral(record: CyclerRecord) -> Array | None:
    """Charge between a point and the one before, A h, signed (trapezoid)."""
    if record.time is None or record.current is None:
        return None
    steps = np.diff(record.time, prepend=record.time[0]) / 3600.0
    before = np.concatenate((record.current[:1], record.current[:-1]))
    # where the current starts or turns between two points, the new current holds for the interval
    turned = np.sign(before) != np.sign(record.current)
    return np.asarray(np.where(turned, record.current, 0.5 * (before + record.current)) * steps)


def _from_counters(record: CyclerRecord) -> Array | None:
    """Charge between a point and the one before, A h, signed, by the instrument's counters."""
    counters = record.counters
    if "charge_capacity" in counters and "discharge_capacity" in counters:
        up = _rises(counters["charge_capacity"])
        down = _rises(np.abs(counters["discharge_capacity"]))
        return np.asarray(np.where((up > 0.0) & (down > 0.0), 0.0, up - down))
    if "net_capacity" in counters:
        return np.diff(counters["net_capacity"], prepend=counters["net_capacity"][0])
    if "capacity" not in counters:
        return None
    return _from_one_counter(record, counters["capacity"])


def _rises(counter: Array) -> Array:
    """What a counter that only grows and starts anew has counted up to each point since the one before."""
    steps = np.diff(counter, prepend=counter[0])
    # after a start anew the counter shows what was counted since
    return np.asarray(np.where(steps >= 0.0, steps, np.maximum(counter, 0.0)))


def _from_one_counter(record: CyclerRecord, counter: Array) -> Array | None:
    """One counter for both directions: signed and running back, or starting anew at each half-cycle."""
    falls = np.flatnonzero(np.diff(counter) < 0.0) + 1
    if not record.reset and falls.size > 0.02 * len(record):
        return np.diff(counter, prepend=counter[0])
    rises = _rises(np.abs(counter))
    if record.current is not None:
        return np.asarray(rises * current_direction(record.current))
    starts = np.concatenate(([0], falls, [len(record)]))
    signed = np.zeros(len(record))
    for a, b in pairwise(starts):
        signed[a:b] = rises[a:b] * _trend(record.voltage[a:b], rises[a:b])
    return signed


def _trend(voltage: Array, rises: Array) -> int:
    """+1 where the voltage rises over a stretch while charge flows, -1 where it falls."""
    moving = voltage[rises > 0.0] if (rises > 0.0).any() else voltage
    third = max(moving.size // 3, 1)
    change = float(np.median(moving[-third:]) - np.median(moving[:third]))
    return int(np.sign(change))


def _consistent(signed: Array, directions: NDArray[np.int8], integral: Array | None) -> bool:
    """Whether counters tell the same charge as the current: same sign, within 5 % as a whole.

    Coarse logging makes the integral differ by more than the counters err; a factor (another unit) does not.
    """
    flowing = directions != 0
    if integral is None:
        return True
    total, counted = float(np.abs(integral[flowing]).sum()), float(np.abs(signed[flowing]).sum())
    return counted > 0.0 and abs(counted - total) <= 0.05 * total


def counter_disagreement(record: CyclerRecord) -> float | None:
    """Relative difference of the counters' whole charge from the integral of the current, or None."""
    signed, integral = _from_counters(record), _integral(record)
    if signed is None or integral is None or record.current is None:
        return None
    flowing = current_direction(record.current) != 0
    total = float(np.abs(integral[flowing]).sum())
    return float(np.abs(signed[flowing]).sum()) / total - 1.0 if total > 0.0 else None


def _runs(directions: NDArray[np.int8], passed: Array) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Stretches of one direction; points at rest belong to none and split none."""
    flowing = np.flatnonzero((directions != 0) & ((passed > 0.0) | (directions != 0)))
    turns = np.flatnonzero(np.diff(directions[flowing]) != 0) + 1
    for rows in np.split(flowing, turns):
        if rows.size:
            yield int(directions[rows[0]]), rows


def _without_glitches(
    runs: list[tuple[int, NDArray[np.intp]]], passed: Array
) -> list[tuple[int, NDArray[np.intp]]]:
    """Runs of hardly any charge taken out, and their neighbours, now of one direction, joined."""
    charges = [float(passed[rows].sum()) for _, rows in runs]
    least = GLITCH * max(charges)
    kept: list[tuple[int, NDArray[np.intp]]] = []
    for (sign, rows), charge in zip(runs, charges, strict=True):
        if charge < least:
            continue
        if kept and kept[-1][0] == sign:
            kept[-1] = (sign, np.concatenate((kept[-1][1], rows)))
        else:
            kept.append((sign, rows))
    return kept


def _ended(found: list[HalfCycle], points: int) -> bool:
    """Whether the last half-cycle came to its end before the record did."""
    last = found[-1]
    if int(last.rows[-1]) < points - 1:
        return True
    before = [float(h.voltage[-1]) for h in found[:-1] if h.direction == last.direction]
    if not before:
        return False
    span = max(float(np.ptp(h.voltage)) for h in found)
    reached = float(last.voltage[-1])
    # within 2 % of the span of voltage of where the others ended (assumed)
    return last.direction * (reached - float(np.median(before))) > -0.02 * span
