"""The design window: for each axis the range that still keeps every limit, the others at a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from negatrode.study.axis import Axis
from negatrode.study.chain.limits import Limit, keeps
from negatrode.study.designs import Point
from negatrode.study.journal import Entry
from negatrode.study.model import Value


@dataclass(frozen=True)
class End:
    """One end of a range: where it lies, and the limit that ends it ("" where the axis itself does)."""

    at: Value
    ended_by: str = ""


@dataclass(frozen=True)
class AxisWindow:
    """The range of one axis. ``low`` and ``high`` None: the reference itself is outside.

    ``kept``: for an axis of words or listed values, those that keep the limits. ``seen``: least and greatest
    value among all points of the study that keep them, whatever the other axes were.
    """

    axis: Axis
    reference: Value
    low: End | None
    high: End | None
    kept: tuple[Value, ...] = ()
    seen: tuple[float, float] | None = None


@dataclass(frozen=True)
class Window:
    """The table. ``is_inside``: whether the reference keeps the limits; ``missed``: those it does not."""

    reference: Point
    is_inside: bool
    missed: tuple[str, ...]
    rows: tuple[AxisWindow, ...]


def plan(axes: Sequence[Axis], reference: Point, levels: int) -> dict[str, list[Point]]:
    """By axis, points that step along it through the reference."""
    found = {}
    for axis in axes:
        steps = list(axis.levels(levels))
        if not axis.values and reference[axis.name] not in steps:
            steps = sorted([*steps, reference[axis.name]], key=float)
        found[axis.name] = [{**reference, axis.name: value} for value in steps]
    return found


def reference_of(entries: Sequence[Entry], limits: tuple[Limit, ...], centre: Point) -> Point:
    """The point that the window is drawn about: the one that is deepest inside all limits.

    The centre, where nothing was computed; where nothing is inside, the point that violates least.
    """
    computed = [e for e in entries if not e.is_failed]
    if not computed:
        return centre
    best = min(computed, key=lambda e: max((limit.violation(e) for limit in limits), default=0.0))
    return dict(best.inputs)


def window(
    axes: Sequence[Axis],
    reference: Point,
    scans: Mapping[str, Sequence[Entry]],
    others: Sequence[Entry],
    limits: tuple[Limit, ...],
) -> Window:
    """The table from the entries of :func:`plan` and of all other points of the study."""
    rows = tuple(_row(axis, reference, scans[axis.name], others, limits) for axis in axes)
    at = [e for scan in scans.values() for e in scan if dict(e.inputs) == reference]
    missed: tuple[str, ...] = ()
    if at:
        missed = (at[0].error,) if at[0].is_failed else _missed(at[0], limits)
    return Window(reference, not missed, missed, rows)


def _missed(entry: Entry, limits: tuple[Limit, ...]) -> tuple[str, ...]:
    return tuple(limit.name for limit in limits if limit.violation(entry) > 0)


def _row(
    axis: Axis, reference: Point, scan: Sequence[Entry], others: Sequence[Entry], limits: tuple[Limit, ...]
) -> AxisWindow:
    here = reference[axis.name]
    kept = tuple(e.inputs[axis.name] for e in scan if keeps(e, limits))
    inside = [float(e.inputs[axis.name]) for e in [*others, *scan] if not axis.is_words and keeps(e, limits)]
    seen = (min(inside), max(inside)) if inside else None
    if axis.values:
        return AxisWindow(axis, here, None, None, kept, seen)
    order = [float(e.inputs[axis.name]) for e in scan]
    middle = order.index(float(here))
    if not keeps(scan[middle], limits):
        return AxisWindow(axis, here, None, None, kept, seen)
    low = _end(axis, scan[middle::-1], limits)
    high = _end(axis, scan[middle:], limits)
    return AxisWindow(axis, here, low, high, kept, seen)


def _end(axis: Axis, scan: Sequence[Entry], limits: tuple[Limit, ...]) -> End:
    """From the reference outwards: where the first limit is crossed, by a straight line between two steps."""
    last = scan[0]
    for entry in scan[1:]:
        if entry.is_failed:
            return End(last.inputs[axis.name], f"the point fails: {entry.error}")
        over = {limit.name: limit.violation(entry) for limit in limits}
        crossed = [limit for limit in limits if over[limit.name] > 0]
        if crossed:
            return _first_crossed(axis, last, entry, crossed)
        last = entry
    return End(last.inputs[axis.name])


def _first_crossed(axis: Axis, last: Entry, entry: Entry, crossed: Sequence[Limit]) -> End:
    def share(limit: Limit) -> float:
        inside, outside = -limit.violation(last), limit.violation(entry)
        return inside / (inside + outside) if inside + outside > 0 else 0.0

    first = min(crossed, key=share)
    a, b = (axis.share_of(e.inputs[axis.name]) for e in (last, entry))
    low, high = axis.ends
    if axis.is_normal or axis.values:
        at: Value = low + (a + share(first) * (b - a)) * (high - low)
    else:
        at = axis.of_share(a + share(first) * (b - a))
    nearest = entry.notes.get(first.margin, "")
    return End(at, f"{first.name} ({nearest})" if nearest else first.name)
