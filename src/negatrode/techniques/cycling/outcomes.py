"""Cycles of one cell to the outcomes of every property under every recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from negatrode.core.errors import InputError, NegatrodeError, Refusal
from negatrode.core.estimate import Finding, Outcome
from negatrode.techniques.cycling.cycles import CounterCycle, Cycle, counter_fault
from negatrode.techniques.cycling.gates import limit_findings
from negatrode.techniques.cycling.halfcycles import HalfCycle
from negatrode.techniques.cycling.mass import Mass
from negatrode.techniques.cycling.recipes import (
    BY_COUNTER,
    BY_DIRECTION,
    LAST_OVER_FIRST,
    LAST_OVER_SECOND,
)
from negatrode.techniques.cycling.record import CyclerRecord
from negatrode.techniques.cycling.uncertainty import (
    REPEAT_EFFICIENCY,
    REPEAT_RETENTION,
    capacity_components,
    ratio_components,
)

Found = dict[str, Outcome | NegatrodeError]


@dataclass(frozen=True, eq=False)
class Cell:
    """What the outcomes need: cycles by direction from the first that counts, and by counter (all).

    ``last``: the cycle whose retention is asked for; ``skipped``: cycles before the first that counts;
    ``role``: which electrode is the working one.
    """

    record: CyclerRecord
    cycles: tuple[Cycle, ...]
    counted: tuple[CounterCycle, ...] | None
    mass: Mass | NegatrodeError
    last: int | None = None
    skipped: int = 0
    role: str = ""

    @property
    def first(self) -> Cycle:
        """The first cycle."""
        return self.cycles[0]


def outcomes(cell: Cell) -> dict[str, Found]:
    """property -> recipe -> Outcome or the error that says why there is none."""
    return {
        "first_cycle_charge": _capacity(cell, "lithiation"),
        "first_cycle_discharge": _capacity(cell, "delithiation"),
        "first_cycle_efficiency": _efficiency(cell),
        "capacity_retention": {
            LAST_OVER_FIRST: _retention(cell, 0),
            LAST_OVER_SECOND: _retention(cell, 1),
        },
    }


def _no_delithiation(cell: Cell) -> Refusal:
    return Refusal(
        "the record ends before the first delithiation",
        where=cell.record.path,
        rule="a cycle is a lithiation and the delithiation after it",
    )


def _capacity(cell: Cell, branch: str) -> Found:
    half = cell.first.lithiation if branch == "lithiation" else cell.first.delithiation
    if half is None:
        return dict.fromkeys((BY_DIRECTION, BY_COUNTER), _no_delithiation(cell))
    if isinstance(cell.mass, NegatrodeError):
        return dict.fromkeys((BY_DIRECTION, BY_COUNTER), cell.mass)
    value = 1000.0 * half.capacity / cell.mass.grams
    components = capacity_components(value, half, branch, cell.record.key, cell.mass.relative)
    notes = (*_incomplete(half, branch), *limit_findings(cell.cycles, branch, cell.role))
    found: Found = {BY_DIRECTION: Outcome(value, components, findings=notes)}
    counted = _counted(cell)
    if isinstance(counted, NegatrodeError):
        return found | {BY_COUNTER: counted}
    charge = counted.lithiated if branch == "lithiation" else counted.delithiated
    why = counter_fault(cell.counted or (), cell.record.path)
    return found | {
        BY_COUNTER: Outcome(1000.0 * charge / cell.mass.grams, components, admissible=not why, why_not=why)
    }


def _incomplete(half: HalfCycle, branch: str) -> tuple[Finding, ...]:
    if half.complete:
        return ()
    text = f"the record ends with the {branch} at {half.voltage[-1]:.4g} V; it may not have come to its end"
    return (Finding("record-ends", text, warning=True),)


def _counted(cell: Cell) -> CounterCycle | NegatrodeError:
    """The first cycle that counts, of those of the file's counter that move charge both ways."""
    if cell.counted is None:
        return Refusal("the file has no cycle counter", where=cell.record.path)
    both = [c for c in cell.counted if c.lithiated > 0.0 and c.delithiated > 0.0]
    if len(both) <= cell.skipped:
        return Refusal(
            f"{len(both)} cycles of the file's counter move charge both ways", where=cell.record.path
        )
    return both[cell.skipped]


def _efficiency(cell: Cell) -> Found:
    out = cell.first.delithiation
    if out is None:
        return dict.fromkeys((BY_DIRECTION, BY_COUNTER), _no_delithiation(cell))
    value = cell.first.efficiency
    components = ratio_components(
        value, out, cell.first.lithiation, cell.record.key, repeat=REPEAT_EFFICIENCY, what="efficiency"
    )
    notes = (
        *_incomplete(out, "delithiation"),
        *_above_hundred(value),
        *limit_findings(cell.cycles, "lithiation", cell.role),
        *limit_findings(cell.cycles, "delithiation", cell.role),
    )
    found: Found = {BY_DIRECTION: Outcome(value, components, findings=notes)}
    counted = _counted(cell)
    if isinstance(counted, NegatrodeError):
        return found | {BY_COUNTER: counted}
    why = counter_fault(cell.counted or (), cell.record.path)
    by_counter = 100.0 * counted.delithiated / counted.lithiated
    if why:
        why += f"; {by_counter:.4g} % by it, {value:.4g} % by direction"
    return found | {BY_COUNTER: Outcome(by_counter, components, admissible=not why, why_not=why)}


def _above_hundred(value: float) -> tuple[Finding, ...]:
    if value <= 100.0:
        return ()
    text = (
        f"more charge came out than went in ({value:.4g} %): the electrode held lithium, or the role is wrong"
    )
    return (Finding("above-100", text, warning=True),)


def _retention(cell: Cell, start: int) -> Outcome | NegatrodeError:
    complete = [c for c in cell.cycles if c.complete]
    if len(complete) < start + 2:
        return Refusal(
            f"{len(complete)} complete cycles",
            where=cell.record.path,
            rule=f"retention needs at least {start + 2} cycles that came to their end",
        )
    last = _last(complete[start + 1 :], cell)
    if isinstance(last, NegatrodeError):
        return last
    top, bottom = last.delithiation, complete[start].delithiation
    assert top is not None
    assert bottom is not None
    value = 100.0 * top.capacity / bottom.capacity
    components = ratio_components(
        value, top, bottom, cell.record.key, repeat=REPEAT_RETENTION, what="retention"
    )
    notes = (
        Finding("cycles", f"cycle {last.number} over cycle {complete[start].number}"),
        *_left_out(cell, last),
        *_other_rate(cell, last, complete[start]),
    )
    return Outcome(value, components, findings=notes)


def _left_out(cell: Cell, last: Cycle) -> tuple[Finding, ...]:
    """The last cycle of a record that was broken off is no measure of the cell."""
    end = cell.cycles[-1]
    if end.complete or end.number <= last.number or cell.last is not None:
        return ()
    text = f"cycle {end.number} is left out: the record ends before the cycle does"
    return (Finding("record-ends", text),)


def _last(complete: Sequence[Cycle], cell: Cell) -> Cycle | NegatrodeError:
    if cell.last is None:
        return complete[-1]
    found = next((c for c in complete if c.number == cell.last), None)
    return found or InputError(
        f"cycling.cycle = {cell.last}",
        where=cell.record.path,
        rule=f"it must be complete and a later one: {complete[0].number} to {complete[-1].number}",
    )


def _other_rate(cell: Cell, last: Cycle, first: Cycle) -> tuple[Finding, ...]:
    """A retention between cycles of different current, either way, is a rate test as well."""
    from negatrode.techniques.cycling.rates import rate_table

    rows = {(r.branch, r.cycle): r.current for r in rate_table(cell.record, (first, last))}
    for branch in ("delithiation", "lithiation"):
        one, other = rows.get((branch, first.number)), rows.get((branch, last.number))
        if one and other and not 0.9 < other / one < 1.1:
            text = f"the {branch} runs at {1e3 * one:.3g} mA in the one and {1e3 * other:.3g} mA in the other"
            return (Finding("other-rate", text, warning=True),)
    return ()
