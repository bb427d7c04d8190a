"""Two classes from log ratios of pooled counts: Otsu's threshold of two marks, or two means of them all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.techniques.phases.segment_classes import OUT, Labels
from negatrode.techniques.phases.segment_modes import otsu_of
from negatrode.techniques.phases.segment_pools import SIZES, Mask, Planes, Pools, pooled

Array = NDArray[np.float64]

ENOUGH = 60.0  # counts a block: the log ratio is then good to a quarter
MIDDLE = 0.15  # of the distance of the means
OFFSET = 0.5  # counts added to each, so that the logarithm of none is finite (Haldane 1956, Anscombe 1956)
_FAINT = 0.05  # share of a block's counts, where it is richest, below which an element's log ratio is noise
_STEPS = 50


def log_ratio_rates(recipe: str, values: Planes, labels: Labels) -> Array:
    """Mean counts a pixel of the two classes, shape (2, elements); ``labels``: OUT off the material."""
    pools = _pools(values, labels != OUT)
    if recipe == "otsu-log-ratio":
        x = np.log((pools.counts[:, 0] + OFFSET) / (pools.counts[:, 1] + OFFSET))
        side = x > otsu_of(x)
    else:
        side = _two_means(_centred(pools.counts))
    if side.all() or not side.any():
        raise Refusal("all blocks fall into one class", rule=f"recipe '{recipe}' divides in two")
    if recipe != "otsu-log-ratio":
        _require_agreement(side, pools)
    parts = [pools.counts[s].sum(axis=0) / pools.pixels[s].sum() for s in (side, ~side)]
    return np.stack(parts)


def _require_agreement(side: Mask, pools: Pools) -> None:
    """Refuse two means that cut through one mode: counts halfway between them must be rarer than at them.

    Two means of equal width divide the larger of two unequal phases where noise is strong.
    """
    x = np.log((pools.counts + OFFSET) / (pools.counts.sum(axis=1, keepdims=True) + OFFSET))
    line = x[side].mean(axis=0) - x[~side].mean(axis=0)
    place = (x - x[~side].mean(axis=0)) @ line / max(float(line @ line), 1e-300)
    between = float((np.abs(place - 0.5) < MIDDLE).mean())
    least = min(float((np.abs(place - end) < MIDDLE).mean()) for end in (0.0, 1.0))
    if between > least:
        raise Refusal(
            f"{100.0 * between:.0f} % of the blocks lie between the two means, {100.0 * least:.0f} % at one",
            rule="two means divide in two where there are two; here they cut through one",
            remedy="Use gaussian-mixture",
        )


def _pools(values: Planes, material: Mask) -> Pools:
    """The smallest blocks of the material with ENOUGH counts."""
    for size in SIZES:
        pools = pooled(values, size, material)
        if pools.totals.size and float(np.median(pools.totals)) >= ENOUGH:
            break
    return pools


def _centred(counts: Array) -> Array:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-9)
    bright = np.quantile(shares, 0.95, axis=0) >= _FAINT
    logs = np.log(counts[:, bright] + OFFSET)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))


def _two_means(x: Array) -> NDArray[np.bool_]:
    """k-means with k = 2 (Lloyd 1982), from the halves along the direction of largest variance."""
    centred = x - x.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    side = np.asarray(centred @ vectors[:, -1] > 0.0)
    for _ in range(_STEPS):
        if side.all() or not side.any():
            break
        middle = np.stack([x[side].mean(axis=0), x[~side].mean(axis=0)])
        apart = np.linalg.norm(x[:, None] - middle, axis=2)
        again = apart[:, 0] < apart[:, 1]
        if (again == side).all():
            break
        side = again
    return side
