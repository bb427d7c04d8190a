"""The design window: for each axis the range that still keeps every limit, the others at a reference.

Steps along the axis find between which two of them a limit is crossed; halving finds where. An end is the
last point that was computed and keeps the limits: nothing is interpolated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from negatrode.study.axis import Axis
from negatrode.study.chain.limits import Limit, keeps
from negatrode.study.designs import Point
from negatrode.study.journal import Entry
from negatrode.study.model import Value

# Halvings between two steps: with 21 steps an end is known to a six-hundredth of the axis.
_HALVINGS = 5
# From entries of points to entries of more points; the whole part is planned anew each time.
Compute = Callable[[Sequence[Point]], list[Entry]]


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


def reference_of(entries: Sequence[Entry], limits: tuple[Limit, ...], centre: Point) -> Point:
    """The point that the window is drawn about: the one that lies deepest inside all limits.

    A best design lies on a border, and has no window; this one has room on all sides. The centre, where
    nothing was computed; where nothing is inside, the point that violates least.
    """
    computed = [e for e in entries if not e.is_failed]
    if not computed:
        return centre
    return dict(max(computed, key=lambda e: _depth(e, limits)).inputs)


def _depth(entry: Entry, limits: tuple[Limit, ...]) -> float:
    """The least of the margins over the limits, as shares of them; outside, less what is violated."""
    found = []
    for limit in limits:
        over = limit.violation(entry)
        margin = entry.outputs.get(limit.margin)
        found.append(-over if over > 0 or margin is None else margin)
    return min(found, default=0.0)


def window(
    axes: Sequence[Axis],
    reference: Point,
    levels: int,
    compute: Compute,
    others: Sequence[Entry],
    limits: tuple[Limit, ...],
) -> tuple[Window, list[Entry]]:
    """The table, and the entries that it rests on; ``others``: all other points of the study."""
    scans = _scanned(axes, reference, levels, compute, limits)
    flat = [e for scan in scans.values() for e in scan]
    rows = tuple(_row(axis, reference, scans[axis.name], [*others, *flat], limits) for axis in axes)
    at = next(e for e in flat if dict(e.inputs) == reference)
    missed = (at.error,) if at.is_failed else tuple(x.name for x in limits if x.violation(at) > 0)
    return Window(reference, not missed, missed, rows), flat


def _scanned(
    axes: Sequence[Axis], reference: Point, levels: int, compute: Compute, limits: tuple[Limit, ...]
) -> dict[str, list[Entry]]:
    """By axis, the entries along it in order: steps, then halvings where a limit is crossed."""
    points = [{**reference, a.name: v} for a in axes for v in _steps(a, reference[a.name], levels)]
    for turn in range(_HALVINGS + 1):
        entries = compute(points)
        scans: dict[str, dict[Value, Entry]] = {a.name: {} for a in axes}
        for entry in entries:
            for a in axes:
                if all(entry.inputs[n] == v for n, v in reference.items() if n != a.name):
                    scans[a.name][entry.inputs[a.name]] = entry
        ordered = {
            a.name: [scans[a.name][v] for v in sorted(scans[a.name], key=a.share_of)]
            if not a.values
            else [scans[a.name][v] for v in a.values]
            for a in axes
        }
        more = [
            {**reference, a.name: v}
            for a in axes
            if not a.values and turn < _HALVINGS
            for v in _between(a, ordered[a.name], reference[a.name], limits)
        ]
        if not more:
            break
        points += more
    return ordered


def _steps(axis: Axis, here: Value, levels: int) -> list[Value]:
    steps = list(axis.levels(levels))
    return steps if axis.values or here in steps else [*steps, here]


def _between(axis: Axis, scan: Sequence[Entry], here: Value, limits: tuple[Limit, ...]) -> list[Value]:
    """The middle between the last step inside and the first one outside, on both sides of the reference."""
    found: list[Value] = []
    for way in _ways(axis, scan, here):
        crossed = _crossing(way, limits)
        if crossed is None:
            continue
        a, b = (axis.share_of(way[k].inputs[axis.name]) for k in (crossed - 1, crossed))
        low, high = axis.ends
        share = (a + b) / 2
        found.append(low + share * (high - low) if axis.is_normal else axis.of_share(share))
    return found


def _ways(axis: Axis, scan: Sequence[Entry], here: Value) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """From the reference down, and from the reference up."""
    middle = next(k for k, e in enumerate(scan) if e.inputs[axis.name] == here)
    return scan[middle::-1], scan[middle:]


def _crossing(way: Sequence[Entry], limits: tuple[Limit, ...]) -> int | None:
    """Number of the first point outside; None where there is none, or the reference itself is outside."""
    if not keeps(way[0], limits):
        return None
    return next((k for k, e in enumerate(way) if not keeps(e, limits)), None)


def _row(
    axis: Axis, reference: Point, scan: Sequence[Entry], seen_in: Sequence[Entry], limits: tuple[Limit, ...]
) -> AxisWindow:
    here = reference[axis.name]
    kept = tuple(e.inputs[axis.name] for e in scan if keeps(e, limits))
    inside = [float(e.inputs[axis.name]) for e in seen_in if not axis.is_words and keeps(e, limits)]
    seen = (min(inside), max(inside)) if inside else None
    if axis.values or here not in kept:
        return AxisWindow(axis, here, None, None, kept, seen)
    low, high = (_end(axis, way, limits) for way in _ways(axis, scan, here))
    return AxisWindow(axis, here, low, high, kept, seen)


def _end(axis: Axis, way: Sequence[Entry], limits: tuple[Limit, ...]) -> End:
    """The last point inside, and what the next one misses most."""
    crossed = _crossing(way, limits)
    if crossed is None:
        return End(way[-1].inputs[axis.name])
    outside = way[crossed]
    at = way[crossed - 1].inputs[axis.name]
    if outside.is_failed:
        return End(at, f"beyond it the point fails: {outside.error}")
    worst = max(limits, key=lambda limit: limit.violation(outside))
    nearest = outside.notes.get(worst.margin, "")
    return End(at, f"{worst.name} ({nearest})" if nearest else worst.name)
