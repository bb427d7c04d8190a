"""Half-cycles by the direction of the charge that flows; never by a cycle counter alone.

A half-cycle lies between two turning points of the net charge: rests, the pauses between pulses, a CV hold
after a CC step, steps of another rate and reversals that move hardly any charge (glitches, pulses of some
seconds for a resistance) do not end it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.techniques.cycling.charge import Passed, charge_passed, current_direction
from negatrode.techniques.cycling.record import Array, CyclerRecord

# A reversal that moves less than this share of the largest half-cycle's charge ends none (assumed; a pulse of
# 10 s at 1C moves 0.3 %)
GLITCH = 5e-3
# but a reversal over more than this share of the record's voltage is no pulse, it is a cycle at a high rate
_WHOLE = 0.5


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
        Net charge passed at those points since the start, A h; never falls.
    complete:
        False for the last of a record that ends while current flows and short of the voltage at which the
        half-cycles before it in that direction ended.
    counted_out:
        Whether the instrument's counter is seen at a rest right after, and so the charge at the very end.
    gap:
        Charge that may have passed in gaps of the record and is not counted, A h.
    swallowed:
        Reversals within it that move hardly any charge and yet go over more than half of the voltage.
    """

    direction: int
    rows: NDArray[np.intp]
    charge: Array
    voltage: Array
    complete: bool = True
    counted_out: bool = False
    gap: float = 0.0
    swallowed: int = 0

    @property
    def capacity(self) -> float:
        """Whole charge, A h."""
        return float(self.charge[-1])

    @property
    def step(self) -> float:
        """Charge between the last two points, A h: how finely the end is resolved; 0 where it is counted."""
        if self.counted_out:
            return 0.0
        return float(self.charge[-1] - self.charge[-2]) if self.charge.size > 1 else self.capacity

    @property
    def rise(self) -> float:
        """Change of the voltage from the first to the last third of the points, V."""
        third = max(self.voltage.size // 3, 1)
        return float(np.median(self.voltage[-third:]) - np.median(self.voltage[:third]))


def half_cycles(record: CyclerRecord) -> tuple[HalfCycle, ...]:
    """The half-cycles of a record in order.

    Raises Refusal where the direction cannot be told, no charge flows, or the voltage goes against it.
    """
    passed = charge_passed(record)
    signed = passed.signed
    net = np.cumsum(signed)
    if not signed.any():
        raise Refusal("no current flows in this record", where=record.path, rule="a half-cycle moves charge")
    # the range of the net charge may hold the losses of many cycles; the largest half-cycle does not
    rough = _turning_points(signed, GLITCH * float(np.ptp(np.append(net, 0.0))))
    largest = max(abs(float(signed[a:b].sum())) for a, b, _ in rough)
    segments = _turning_points(signed, GLITCH * largest)
    flowing = None if record.current is None else current_direction(record.current)
    found = [_half(record, passed, flowing, a, b, way) for a, b, way in segments]
    _check_voltage(found, record.path)
    return (*found[:-1], replace(found[-1], complete=_ended(found, record, flowing)))


def _half(
    record: CyclerRecord, passed: Passed, flowing: NDArray[np.int8] | None, a: int, b: int, way: int
) -> HalfCycle:
    """Points of rows a to b (b left out) at which charge goes that way."""
    signed = way * passed.signed[a:b]
    charge = np.maximum.accumulate(np.maximum(np.cumsum(signed), 0.0))
    mine = signed > 0.0
    if flowing is not None:
        mine |= flowing[a:b] == way
    rows = np.flatnonzero(mine)
    counted = False
    if flowing is not None and passed.by_counters:
        after = int(rows[-1]) + a + 1
        counted = after < len(record) and int(flowing[after]) == 0
    return HalfCycle(
        way,
        rows + a,
        charge[rows],
        record.voltage[rows + a],
        counted_out=counted,
        gap=float(passed.unsure[a:b].sum()),
        swallowed=_swallowed(signed, record.voltage[a:b], _WHOLE * float(np.ptp(record.voltage))),
    )


def _swallowed(signed: Array, voltage: Array, least: float) -> int:
    """Runs of the other direction within a half-cycle over which the voltage goes by more than ``least``."""
    moving = np.flatnonzero(signed)
    runs = np.concatenate(([0], np.flatnonzero(np.diff(np.sign(signed[moving])) != 0) + 1))
    if runs.size < 2:
        return 0
    level = voltage[moving]
    span = np.maximum.reduceat(level, runs) - np.minimum.reduceat(level, runs)
    return int(np.count_nonzero((span > least) & (signed[moving[runs]] < 0.0)))


def _turning_points(signed: Array, least: float) -> list[tuple[int, int, int]]:
    """Stretches (first row, row after the last, +1 or -1) between turns of the net charge by ``least``.

    The extremes are those of a zigzag filter: a turn counts once the charge has gone back by ``least``.
    """
    moving = np.flatnonzero(signed)
    breaks = np.flatnonzero(np.diff(np.sign(signed[moving])) != 0)
    # rows after the last of each run of one sign, and the net charge there
    ends = np.concatenate(([moving[0]], moving[breaks] + 1, [moving[-1] + 1]))
    net = np.concatenate(([0.0], np.cumsum(signed)))[ends]
    turns: list[int] = []
    way = best = low = high = 0
    for k, value in enumerate(net):
        if way == 0:
            low = k if value < net[low] else low
            high = k if value > net[high] else high
            if value - net[low] >= least:
                way, turns, best = 1, [low], k
            elif net[high] - value >= least:
                way, turns, best = -1, [high], k
        elif way * (value - net[best]) > 0.0:
            best = k
        elif way * (net[best] - value) >= least:
            turns.append(best)
            way, best = -way, k
    turns.append(best)
    first = way if len(turns) % 2 == 0 else -way
    return [(int(ends[a]), int(ends[b]), first * (-1) ** k) for k, (a, b) in enumerate(pairwise(turns))]


def _check_voltage(found: list[HalfCycle], path: str) -> None:
    """Charge raises a cell's voltage and discharge lowers it; where most of the charge goes the other way
    the sign of the current is not what it is said to be."""
    with_it = sum(h.capacity for h in found if h.direction * h.rise > 0.0)
    against = sum(h.capacity for h in found if h.direction * h.rise < 0.0)
    if against <= with_it:
        return
    raise Refusal(
        f"the voltage falls while the cell is charged, in {against / (against + with_it):.0%} of the charge",
        where=path,
        rule="charge raises the voltage of a cell",
        remedy="Check cycling.current_sign, and which columns hold voltage and current",
    )


def _ended(found: list[HalfCycle], record: CyclerRecord, flowing: NDArray[np.int8] | None) -> bool:
    """Whether the last half-cycle came to its end before the record did."""
    last = found[-1]
    if flowing is not None and flowing[-1] != last.direction:
        return True
    if flowing is None and int(last.rows[-1]) < len(record) - 1:
        return True
    before = [float(h.voltage[-1]) for h in found[:-1] if h.direction == last.direction]
    if not before:
        return False
    span = max(float(np.ptp(h.voltage)) for h in found)
    reached = float(last.voltage[-1])
    # within 2 % of the span of voltage, or two logged steps, of where the others ended (assumed)
    near = max(0.02 * span, 2.0 * abs(float(np.diff(last.voltage[-2:]).sum())))
    return last.direction * (reached - float(np.median(before))) > -near
