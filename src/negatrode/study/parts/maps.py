"""A map's data: a grid over two axes, the others at a reference, as arrays for drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.study.axis import Axis
from negatrode.study.chain.limits import Limit
from negatrode.study.designs import Point, grid
from negatrode.study.journal import Entry

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Map:
    """Values over a grid: ``x`` (nx,), ``y`` (ny,), every column as (ny, nx), nan where there is none.

    ``failed``: points that failed, as (x, y); ``limits``: violations by limit, (ny, nx).
    """

    x_axis: Axis
    y_axis: Axis
    fixed: Point
    x: Array
    y: Array
    columns: dict[str, Array]
    violations: dict[str, Array]
    failed: tuple[tuple[float, float], ...]


def plan(x: Axis, y: Axis, levels: tuple[int, int], fixed: Point) -> list[Point]:
    """The grid's points, x fastest."""
    return [{**fixed, **p} for p in grid([y, x], [levels[1], levels[0]])]


def mapped(
    x: Axis,
    y: Axis,
    fixed: Point,
    entries: Sequence[Entry],
    columns: Sequence[str],
    limits: tuple[Limit, ...],
) -> Map:
    """The arrays from the entries of :func:`plan`."""
    xs = np.array(sorted({float(e.inputs[x.name]) for e in entries}))
    ys = np.array(sorted({float(e.inputs[y.name]) for e in entries}))
    shape = (len(ys), len(xs))
    values = {c: np.full(shape, np.nan) for c in columns}
    violations = {limit.name: np.full(shape, np.nan) for limit in limits}
    failed = []
    for e in entries:
        at = (
            int(np.searchsorted(ys, float(e.inputs[y.name]))),
            int(np.searchsorted(xs, float(e.inputs[x.name]))),
        )
        if e.is_failed:
            failed.append((float(e.inputs[x.name]), float(e.inputs[y.name])))
            continue
        for c in columns:
            value = e.outputs.get(c)
            values[c][at] = np.nan if value is None else value
        for limit in limits:
            violations[limit.name][at] = limit.violation(e)
    return Map(x, y, fixed, xs, ys, values, violations, tuple(failed))
