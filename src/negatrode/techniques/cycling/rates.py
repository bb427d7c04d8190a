"""Rate table: capacity of each half-cycle against its current."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from negatrode.techniques.cycling.cycles import Cycle
from negatrode.techniques.cycling.halfcycles import HalfCycle
from negatrode.techniques.cycling.record import Array, CyclerRecord


@dataclass(frozen=True)
class RateRow:
    """One half-cycle.

    ``current``: that at which half of the charge has passed, A, so that a hold at the end or pauses do not
    count; ``c_rate``: that over the reference capacity, 1/h; None without a
    current and a time. ``capacity``: A h.
    """

    cycle: int
    branch: str
    current: float | None
    c_rate: float | None
    capacity: float
    complete: bool


def rate_table(
    record: CyclerRecord, cycles: Sequence[Cycle], reference: float | None = None
) -> list[RateRow]:
    """Rows in order of time; ``reference`` capacity (A h) defaults to the largest delithiation found."""
    out = [c.delithiation.capacity for c in cycles if c.delithiation is not None]
    unit = reference or (max(out) if out else max(c.lithiation.capacity for c in cycles))
    rows = []
    for cycle in cycles:
        for name, half in (("lithiation", cycle.lithiation), ("delithiation", cycle.delithiation)):
            if half is None:
                continue
            current = _current(record, half)
            rate = None if current is None else current / unit
            rows.append(RateRow(cycle.number, name, current, rate, half.capacity, half.complete))
    return rows


def _current(record: CyclerRecord, half: HalfCycle) -> float | None:
    rows = half.rows
    if record.current is not None:
        return _by_charge(np.abs(record.current[half.rows]), np.diff(half.charge, prepend=0.0))
    if record.time is not None and record.time[rows[-1]] > record.time[rows[0]]:
        return half.capacity * 3600.0 / float(record.time[rows[-1]] - record.time[rows[0]])
    return None


def _by_charge(current: Array, charge: Array) -> float:
    """Median of the current weighted by the charge that it moved."""
    order = np.argsort(current, kind="stable")
    sums = np.cumsum(charge[order])
    return float(current[order][min(int(np.searchsorted(sums, 0.5 * sums[-1])), current.size - 1)])
