"""Half-cycles as lithiation and delithiation of the material, paired into cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from negatrode.core.errors import Refusal
from negatrode.core.estimate import Finding
from negatrode.techniques.cycling.halfcycles import HalfCycle
from negatrode.techniques.cycling.record import CyclerRecord

LITHIATION, DELITHIATION = "lithiation", "delithiation"
# what each word says of the sign: lithiation of the negative-electrode material is a ... of the cell
_LITHIATES = {"working-is-carbon": -1, "working-is-alloy": -1, "working-is-negative": -1, "full-cell": 1}
ROLES = (*_LITHIATES, "working-is-positive")
# A delithiation before the first lithiation that moves less than this share of it is left out (assumed)
_REST_CHARGE = 0.05
# A counter may turn over a logged point early or late: so much of a half-cycle beyond is none of it (assumed)
_BORDER = 0.02


@dataclass(frozen=True, eq=False)
class Cycle:
    """A lithiation and the delithiation that follows it; None where the record ends before it."""

    number: int
    lithiation: HalfCycle
    delithiation: HalfCycle | None

    @property
    def complete(self) -> bool:
        """Whether both half-cycles came to their end."""
        return self.lithiation.complete and self.delithiation is not None and self.delithiation.complete

    @property
    def efficiency(self) -> float:
        """Delithiation over lithiation, %; NaN where the record ends before the delithiation."""
        if self.delithiation is None:
            return float("nan")
        return 100.0 * self.delithiation.capacity / self.lithiation.capacity


def lithiates(role: str, path: str) -> int:
    """+1 where a charge of the cell lithiates the negative-electrode material, -1 where a discharge does.

    Raises Refusal for a positive electrode against lithium: its capacity is none of this material's.
    """
    if role not in _LITHIATES:
        raise Refusal(
            f"the working electrode is a positive one ({role})",
            where=path,
            rule="first-cycle capacities are those of the negative-electrode material",
            remedy="Give the half cell of the negative-electrode material against lithium",
        )
    return _LITHIATES[role]


def cycles_by_direction(
    halves: Sequence[HalfCycle], role: str, path: str
) -> tuple[tuple[Cycle, ...], tuple[Finding, ...]]:
    """Each lithiation with the delithiation after it, and what was left out.

    Raises Refusal where the record starts with a delithiation of note: the material arrived with lithium in
    it, or the electrode or the sign of the current is not what was declared.
    """
    sign = lithiates(role, path)
    rest, findings = _from_first_lithiation(halves, sign, path)
    cycles: list[Cycle] = []
    for half in rest:
        if half.direction == sign:
            cycles.append(Cycle(len(cycles) + 1, half, None))
        else:
            cycles[-1] = Cycle(cycles[-1].number, cycles[-1].lithiation, half)
    return tuple(cycles), (*findings, *_of_a_full_cell(role))


def _of_a_full_cell(role: str) -> tuple[Finding, ...]:
    if role != "full-cell":
        return ()
    text = (
        "a full cell: charge lost by the positive electrode and the balance of the electrodes are in these "
        "capacities, and its voltage is no potential against lithium"
    )
    return (Finding("full-cell", text, warning=True),)


def _from_first_lithiation(
    halves: Sequence[HalfCycle], sign: int, path: str
) -> tuple[Sequence[HalfCycle], tuple[Finding, ...]]:
    if not any(h.direction == sign for h in halves):
        raise Refusal(
            "the record holds no lithiation",
            where=path,
            rule="the first cycle starts with the lithiation of the material",
            remedy="Check cycling.electrode and the sign of the current",
        )
    if halves[0].direction == sign:
        return halves, ()
    before, first = halves[0].capacity, halves[1].capacity
    if before > _REST_CHARGE * first:
        raise Refusal(
            f"the record starts with a delithiation of {1000.0 * before:.4g} mA h, {before / first:.0%} of "
            "the lithiation after it",
            where=path,
            rule="a fresh material is lithiated first",
            remedy="Check cycling.electrode, the sign of the current, and whether the material held lithium",
        )
    text = f"a delithiation of {1000.0 * before:.3g} mA h before the first lithiation is left out"
    return halves[1:], (Finding("initial-delithiation", text),)


@dataclass(frozen=True)
class CounterCycle:
    """What the file's counter calls a cycle: charge passed each way, A h, and its half-cycles in order."""

    number: float
    lithiated: float
    delithiated: float
    order: tuple[str, ...]


def cycles_by_counter(
    record: CyclerRecord, halves: Sequence[HalfCycle], role: str
) -> tuple[CounterCycle, ...] | None:
    """Charge by the file's own cycle counter; None where the file has none."""
    if record.cycle is None:
        return None
    sign = lithiates(role, record.path)
    passed: dict[float, dict[str, float]] = {}
    order: dict[float, list[str]] = {}
    for half in halves:
        name = LITHIATION if half.direction == sign else DELITHIATION
        numbers, places = np.unique(record.cycle[half.rows], return_inverse=True)
        charges = np.bincount(places, weights=np.diff(half.charge, prepend=0.0))
        for number, charge in zip(numbers.tolist(), charges.tolist(), strict=True):
            sums = passed.setdefault(number, {LITHIATION: 0.0, DELITHIATION: 0.0})
            sums[name] += charge
            if charge > _BORDER * half.capacity:
                order.setdefault(number, []).append(name)
    return tuple(
        CounterCycle(n, passed[n][LITHIATION], passed[n][DELITHIATION], tuple(order[n]))
        for n in sorted(order)
    )


def counter_fault(cycles: Sequence[CounterCycle], path: str) -> str:
    """Why pairing by the counter is no measure of a cycle, or "" where it agrees with the direction."""
    faults = [
        f"cycle {c.number:g} holds {' then '.join(c.order)}"
        for c in cycles
        if c.order != (LITHIATION, DELITHIATION) and not _cut_at_the_end(c, cycles)
    ]
    if not faults:
        return ""
    shown = "; ".join(faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")
    return (
        f"the counter of {path} does not turn over at the end of a delithiation: {shown}. By it a "
        "delithiation is set against another cycle's lithiation"
    )


def _cut_at_the_end(cycle: CounterCycle, cycles: Sequence[CounterCycle]) -> bool:
    return cycle is cycles[-1] and cycle.order == (LITHIATION,)
