"""Bands: the tests on every joint draw, and what moves the outcomes.

Two questions are kept apart. What is *not known* widens the bands: the share of an outcome's variance that
each uncertain number explains, from the draws (first order, by ranks). What the maker *can change* moves the
centre: the change of an outcome by one step of a descriptor, in the user's unit, at the central draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.battery.trials import Trials

Array = NDArray[np.float64]
LEVEL = 0.9
# A share below this over the number of draws cannot be told from chance among fifty inputs: the squared rank
# correlation of independent inputs exceeds 10 / n once in 1500.
_CHANCE = 10.0


@dataclass(frozen=True)
class Band:
    """A central value and the interval that holds ``level`` of the draws, of ``draws`` of them."""

    centre: float
    low: float
    high: float
    draws: int
    level: float = LEVEL


@dataclass(frozen=True)
class Mover:
    """A descriptor, its step (in its unit), and the change of every outcome by that step."""

    name: str
    title: str
    unit: str
    at: float
    step: float
    changes: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Bands:
    """Outcomes of all draws.

    ``trials`` in the order of the draws, the first the central one; ``outcomes``, ``rates`` and ``lost`` as
    bands; half-cell branches and ``retention`` as (low, centre, high) over their grids; ``failed``: how many
    draws could not be tested, by test, with one of the reasons.
    """

    trials: tuple[Trials, ...]
    outcomes: Mapping[str, Band]
    rates: Mapping[float, Band]
    lost: Mapping[str, Band]
    charge: Band | None
    lithiation: Array | None
    delithiation: Array | None
    retention: Array | None
    failed: Mapping[str, tuple[int, str]]


def bands(trials: Sequence[Trials]) -> Bands:
    """Quantiles over the draws."""
    names = dict.fromkeys(name for t in trials for name in t.outcomes)
    outcomes = {name: _band([t.outcomes.get(name) for t in trials]) for name in names}
    outcomes = {name: band for name, band in outcomes.items() if band.draws}
    rates = dict.fromkeys(rate for t in trials for rate in t.rate_capacity)
    by_rate = {rate: _band([t.rate_capacity.get(rate) for t in trials]) for rate in sorted(rates)}
    mechanisms = dict.fromkeys(name for t in trials for name in t.lost)
    lost = {name: _band([t.lost.get(name) for t in trials]) for name in mechanisms}
    halves = [t.half for t in trials if t.half is not None]
    failed: dict[str, tuple[int, str]] = {}
    for t in trials:
        for name, why in t.failed.items():
            failed[name] = (failed.get(name, (0, why))[0] + 1, failed.get(name, (0, why))[1])
    return Bands(
        tuple(trials), outcomes, by_rate, lost,
        _band([h.charged for h in halves]) if halves else None,
        _grid([h.lithiation for h in halves]), _grid([h.delithiation for h in halves]),
        _grid([t.retention for t in trials if t.retention is not None]), failed,
    )  # fmt: skip


def _band(values: Sequence[float | None]) -> Band:
    known = np.array([v for v in values if v is not None and np.isfinite(v)], dtype=np.float64)
    if not len(known):
        return Band(0.0, 0.0, 0.0, 0)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    first = values[0]
    centre = first if first is not None and np.isfinite(first) else float(np.median(known))
    return Band(float(centre), float(low), float(high), len(known))


def _grid(rows: Sequence[Array]) -> Array | None:
    if not rows:
        return None
    block = np.array(rows)
    low, high = np.quantile(block, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return np.array([low, block[0], high])


def shares(values: Sequence[float | None], inputs: Mapping[str, Array]) -> dict[str, float]:
    """Share of the variance of an outcome (of its ranks) that each input explains by itself, largest first.

    ``inputs`` of shape (n,) each, independent; the squared rank correlation is the first-order index of a
    monotone effect. What chance alone would give (``3 / n``) is left out.
    """
    kept = np.array([k for k, v in enumerate(values) if v is not None])
    if len(kept) < 20:
        return {}
    y = _ranks(np.array([float(values[k]) for k in kept]))
    found = {}
    for name, draws in inputs.items():
        x = draws[: len(values)][kept]
        if np.ptp(x) > 0:
            found[name] = float(np.corrcoef(_ranks(x), y)[0, 1] ** 2)
    floor = _CHANCE / len(kept)
    ordered = sorted(found.items(), key=lambda item: -item[1])
    return {name: value for name, value in ordered if value > floor}


def _ranks(x: Array) -> Array:
    return np.argsort(np.argsort(x)).astype(np.float64)
