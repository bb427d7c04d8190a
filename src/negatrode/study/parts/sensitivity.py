"""Global sensitivity: Sobol's indices of every output by every axis, with intervals.

First order: the share of an output's variance that an axis explains by itself; total: with all that it does
together with others. From two Sobol samples A and B and, axis by axis, A with B's column (Saltelli 2010):

    S_i = mean(f_B (f_ABi - f_A)) / V,      S_Ti = mean((f_A - f_ABi)^2) / (2 V)

with the outputs centred and V their variance over A and B; intervals by bootstrap over the rows. Axes are
independent by design. scipy's ``sobol_indices`` gives the same numbers on whole samples (the tests compare);
it takes no sample with rows missing, and points may fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, Refusal
from negatrode.study.axis import Axis
from negatrode.study.designs import Point, from_shares, sobol_shares
from negatrode.study.journal import Entry

Array = NDArray[np.float64]
LEVEL = 0.95
_RESAMPLES = 400
# Rows that may be lost to failed points before the estimate means nothing.
_LOST = 0.2


@dataclass(frozen=True)
class Index:
    """An index with its interval, all three as they were estimated (a small one may come out below zero)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Sensitivity:
    """Indices of one output by axis; ``rows`` of the samples that could be used, of ``planned``."""

    output: str
    first: Mapping[str, Index]
    total: Mapping[str, Index]
    rows: int
    planned: int
    mean: float
    deviation: float


def plan(axes: Sequence[Axis], count: int, seed: int) -> list[Point]:
    """The points of samples A and B, and of A with one column of B for each axis: ``count (axes + 2)``.

    ``count`` is a power of two: the sequence's evenness rests on it.
    """
    check_rows(count, len(axes))
    shares = sobol_shares(2 * len(axes), count, seed)
    a, b = shares[:, : len(axes)], shares[:, len(axes) :]
    blocks = [a, b]
    for k in range(len(axes)):
        mixed = a.copy()
        mixed[:, k] = b[:, k]
        blocks.append(mixed)
    return [p for block in blocks for p in from_shares(axes, block)]


def check_rows(count: int, axes: int) -> None:
    """InputError where a sample has no power of two rows, or there are fewer than two axes."""
    if count < 2 or count & (count - 1):
        near = 1 << max(count, 2).bit_length() - 1
        raise InputError(
            f"{count} points of a sensitivity",
            rule="a power of two, 2 or more",
            remedy=f"write {near} or {2 * near}",
        )
    if axes < 2:
        raise InputError(f"a sensitivity over {axes} axis", rule="two axes or more")


def indices(axes: Sequence[Axis], entries: Sequence[Entry], output: str, seed: int = 0) -> Sensitivity:
    """Sobol's indices of an output from the entries of :func:`plan`, in its order.

    Raises Refusal where more than a fifth of the rows holds a failed point, or the output does not vary.
    """
    d = len(axes)
    values = np.array([_number(e, output) for e in entries])
    blocks = values.reshape(d + 2, -1)
    kept = np.isfinite(blocks).all(axis=0)
    planned = blocks.shape[1]
    if kept.sum() < max((1 - _LOST) * planned, 4):
        raise Refusal(
            f"{output}: {planned - int(kept.sum())} of {planned} rows hold a point without it",
            rule="four fifths of the rows are whole",
            remedy="narrow the axes to where points succeed (points.csv lists those that failed)",
        )
    blocks = blocks[:, kept]
    spread = float(blocks[:2].std())
    if spread <= 1e-12 * max(float(np.abs(blocks).max()), 1e-300):
        raise Refusal(f"{output} does not vary over the axes", remedy="leave it out, or widen the axes")
    return _estimate(axes, blocks, output, planned, spread, seed)


def _estimate(
    axes: Sequence[Axis], blocks: Array, output: str, planned: int, spread: float, seed: int
) -> Sensitivity:
    n = blocks.shape[1]
    point = estimates(blocks)
    rng = np.random.default_rng(seed)
    again = np.array([estimates(blocks[:, rng.integers(0, n, n)]) for _ in range(_RESAMPLES)])
    low, high = np.nanquantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)

    def by_axis(row: int) -> dict[str, Index]:
        return {
            a.name: Index(float(point[row, k]), float(low[row, k]), float(high[row, k]))
            for k, a in enumerate(axes)
        }

    mean = float(blocks[:2].mean())
    return Sensitivity(output, by_axis(0), by_axis(1), n, planned, mean, spread)


def estimates(blocks: Array) -> Array:
    """First-order and total indices, shape (2, axes); ``blocks``: f_A, f_B, f_AB1, ..., (axes + 2, n)."""
    centred = blocks - blocks[:2].mean()
    a, b, mixed = centred[0], centred[1], centred[2:]
    variance = float(centred[:2].var())
    if variance == 0.0:
        return np.full((2, len(mixed)), np.nan)
    first = (b * (mixed - a)).mean(axis=1) / variance
    total = ((a - mixed) ** 2).mean(axis=1) / (2 * variance)
    return np.stack([first, total])


def _number(entry: Entry, output: str) -> float:
    value = None if entry.is_failed else entry.outputs.get(output)
    return float("nan") if value is None else value
