"""Histograms of size from what a file lists: bounds or single sizes, shares, densities, counts, sums.

Whether n sizes beside n shares are lower bounds, upper bounds or middles of the classes is seen from the
data where the file lists sums or printed percentiles too; else the sizes are taken as middles, and the
block says so (fact "size_position").
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column

Array = NDArray[np.float64]
_CUT = "The file is cut off or edited; export it again"
_PERCENTILES = {"printed_d10": 0.1, "printed_d50": 0.5, "printed_d90": 0.9}
_AGREE = 0.03


def block(
    name: str,
    low: Array,
    high: Array,
    shares: Array,
    facts: dict[str, Stated],
    *,
    where: str,
    counts: bool = False,
    total: tuple[float, float] = (98.0, 101.5),
) -> Block:
    """One run: classes in micrometres with their shares in per cent.

    Counts are turned into per cent and kept in a column of their own. Raises ReadError where bounds do
    not ascend, a share is negative, or the shares do not sum to ``total``.
    """
    if low.size == 0:
        raise ReadError("no class", where=where, remedy=_CUT)
    order = np.argsort(low, kind="stable")
    low, high, shares = low[order], high[order], shares[order]
    if low[0] < 0.0 or np.any(high <= low) or np.any(low[1:] < high[:-1] * (1.0 - 1e-3) - 1e-9):
        raise ReadError(
            "bounds of classes that overlap or descend",
            where=where,
            rule="classes follow one another",
            remedy=_CUT,
        )
    if np.any(shares < -1e-6):
        raise ReadError(
            f"a share of {shares.min():g}", where=where, rule="shares are not negative", remedy=_CUT
        )
    sum_ = float(shares.sum())
    if not math.isfinite(sum_) or sum_ <= 0.0:
        raise ReadError(
            f"shares that sum to {sum_:g}", where=where, rule="a histogram holds something", remedy=_CUT
        )
    columns = [Column("size_low", "um", low), Column("size_high", "um", high)]
    if counts:
        columns += [Column("fraction", "%", 100.0 * shares / sum_), Column("count", "counts", shares)]
        return Block(name, tuple(columns), facts)
    if abs(sum_ - 1.0) <= 0.011:  # written as fractions of one
        shares, sum_ = 100.0 * shares, 100.0 * sum_
    if not total[0] <= sum_ <= total[1]:
        raise ReadError(
            f"shares that sum to {sum_:.6g} %",
            where=where,
            rule=f"they sum to 100 % ({total[0]:g} to {total[1]:g})",
            remedy=_CUT,
        )
    columns.append(Column("fraction", "%", shares))
    return Block(name, tuple(columns), facts)


def ascending(sizes: Sequence[float], where: str) -> tuple[Array, bool]:
    """Sizes in ascending order and whether they had to be turned; ReadError where they are not monotonic."""
    array = np.asarray(sizes, dtype=np.float64)
    turned = bool(array.size > 1 and array[0] > array[-1])
    array = array[::-1] if turned else array
    if array.size < 3:
        raise ReadError(
            f"{array.size} sizes", where=where, rule="a histogram has several classes", remedy=_CUT
        )
    if np.any(array < 0.0) or np.any(np.diff(array) <= 0.0):
        i = int(np.argmax(np.diff(array) <= 0.0)) + 1
        raise ReadError(
            f"size {array[i]:g} after {array[i - 1]:g}",
            where=where,
            rule="sizes ascend without repetition",
            remedy=_CUT,
        )
    return array, turned


def from_sums(
    sizes: Sequence[float], sums: Sequence[float], *, oversize: bool, where: str
) -> tuple[Array, Array, Array]:
    """Bounds and shares of a cumulative distribution (undersize, or oversize turned into it).

    What lies below the first size becomes a class from 0; what lies above the last is left out.
    Raises ReadError where the sums descend by more than their rounding.
    """
    bounds, turned = ascending(sizes, where)
    under = np.asarray(sums, dtype=np.float64)[:: -1 if turned else 1]
    scale = 100.0 if np.max(under, initial=0.0) <= 1.0001 else 1.0
    under = under * scale
    if oversize:
        under = 100.0 - under
    steps = np.diff(under)
    if np.any(steps < -0.02) or np.any(under < -0.02) or np.any(under > 100.5):
        raise ReadError(
            "a cumulative distribution that descends",
            where=where,
            rule="it rises from 0 to 100 %",
            remedy=_CUT,
        )
    shares = np.maximum(steps, 0.0)
    if under[0] > 0.005 and bounds[0] > 0.0:
        return np.append(0.0, bounds[:-1]), bounds, np.append(under[0], shares)
    return bounds[:-1], bounds[1:], shares


def from_sizes(
    sizes: Sequence[float],
    shares: Sequence[float | None],
    facts: dict[str, Stated],
    *,
    sums: Sequence[float] | None = None,
    where: str,
) -> tuple[Array, Array, Array]:
    """Bounds and shares where one size stands beside each share (see the module's description).

    n sizes with n - 1 shares (first or last empty) are bounds. ``facts`` gains "size_position".
    """
    bounds, turned = ascending(sizes, where)
    cells = list(shares)[::-1] if turned else list(shares)
    empty = [i for i, s in enumerate(cells) if s is None]
    n = bounds.size
    if empty not in ([], [0], [n - 1]):
        raise ReadError(
            f"no share beside {len(empty)} of {n} sizes",
            where=where,
            rule="each class has its share",
            remedy=_CUT,
        )
    values = np.array([0.0 if s is None else s for s in cells], dtype=np.float64)
    if empty == [0] or (empty == [n - 1] and turned and n > 1):
        # the empty cell is the one without a class: the first of ascending upper bounds
        position = "upper bound" if empty == [0] else "lower bound"
    elif empty == [n - 1]:
        position = "lower bound"
    else:
        position = _position(bounds, values, facts, sums, turned)
    facts["size_position"] = Stated(position, "", where)
    return _classes(bounds, values, position, where)


def _classes(bounds: Array, values: Array, position: str, where: str) -> tuple[Array, Array, Array]:
    if position == "upper bound":
        if values[0] > 0.005:
            return np.append(0.0, bounds[:-1]), bounds, values
        return bounds[:-1], bounds[1:], values[1:]
    if position == "lower bound":
        if values[-1] > 0.005:
            raise ReadError(
                f"{values[-1]:g} % above the last size",
                where=where,
                rule="the last class has an upper bound",
                remedy=_CUT,
            )
        return bounds[:-1], bounds[1:], values[:-1]
    if bounds[0] <= 0.0:
        raise ReadError("a size of 0", where=where, rule="middles of classes are positive", remedy=_CUT)
    inner = np.sqrt(bounds[1:] * bounds[:-1])
    edges = np.concatenate(([bounds[0] ** 2 / inner[0]], inner, [bounds[-1] ** 2 / inner[-1]]))
    return edges[:-1], edges[1:], values


def _position(
    bounds: Array, values: Array, facts: dict[str, Stated], sums: Sequence[float] | None, turned: bool
) -> str:
    """Lower bound, upper bound or middle, from sums or printed percentiles; "assumed middle" without."""
    if sums is not None:
        under = np.asarray(sums, dtype=np.float64)[:: -1 if turned else 1]
        steps = np.diff(under)
        upper, lower = np.abs(steps - values[1:]).sum(), np.abs(steps - values[:-1]).sum()
        if upper < 0.25 * lower:
            return "upper bound"
        if lower < 0.25 * upper:
            return "lower bound"
    marks = {p: float(facts[k].value) for k, p in _PERCENTILES.items() if k in facts}
    if marks:
        misfits = {}
        for position in ("lower bound", "upper bound", "middle"):
            try:
                misfits[position] = _misfit(*_classes(bounds, values, position, ""), marks)
            except ReadError:
                continue
        best = min(misfits, key=lambda k: misfits[k])
        if misfits[best] < _AGREE:
            return best
    return "assumed middle"


def _misfit(low: Array, high: Array, shares: Array, marks: dict[float, float]) -> float:
    """Mean |ln(percentile / printed percentile)|, percentiles by interpolation over ln(size)."""
    under = np.append(0.0, np.cumsum(shares)) / shares.sum()
    edges = np.log(np.maximum(np.append(low, high[-1]), 1e-12))
    found = [abs(float(np.interp(p, under, edges)) - math.log(d)) for p, d in marks.items()]
    return sum(found) / len(found)
