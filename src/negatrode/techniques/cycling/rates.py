"""Rate table: capacity of each half-cycle against its current."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from negatrode.techniques.cycling.cycles import Cycle
from negatrode.techniques.cycling.record import CyclerRecord


@dataclass(frozen=True)
class RateRow:
    """One half-cycle.

    ``current``: median while it flows, A; ``c_rate``: that over the reference capacity, 1/h; None without a
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
            current = _current(record, half.rows, half.capacity)
            rate = None if current is None else current / unit
            rows.append(RateRow(cycle.number, name, current, rate, half.capacity, half.complete))
    return rows


def _current(record: CyclerRecord, rows: np.ndarray, capacity: float) -> float | None:
    if record.current is not None:
        return float(np.median(np.abs(record.current[rows])))
    if record.time is not None and record.time[rows[-1]] > record.time[rows[0]]:
        return capacity * 3600.0 / float(record.time[rows[-1]] - record.time[rows[0]])
    return None
