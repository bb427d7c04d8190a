"""Two classes from Otsu's threshold of the log ratio of the marks' pooled counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.techniques.phases.segment_classes import OUT, Labels
from negatrode.techniques.phases.segment_modes import otsu_of
from negatrode.techniques.phases.segment_pools import SIZES, Mask, Planes, Pools, pooled

Array = NDArray[np.float64]

ENOUGH = 60.0  # counts a block: the log ratio is then good to a quarter
OFFSET = 0.5  # counts added to each, so that the logarithm of none is finite (Haldane 1956, Anscombe 1956)


def log_ratio_rates(values: Planes, labels: Labels) -> Array:
    """Mean counts a pixel of the two classes, shape (2, elements); ``labels``: OUT off the material.

    ``values`` holds the two marks. Raises Refusal where the threshold leaves one side empty.
    """
    pools = _pools(values, labels != OUT)
    x = np.log((pools.counts[:, 0] + OFFSET) / (pools.counts[:, 1] + OFFSET))
    side = x > otsu_of(x)
    if side.all() or not side.any():
        raise Refusal("all blocks fall into one class", rule="Otsu's threshold divides in two")
    parts = [pools.counts[s].sum(axis=0) / pools.pixels[s].sum() for s in (side, ~side)]
    return np.stack(parts)


def _pools(values: Planes, material: Mask) -> Pools:
    """The smallest blocks of the material with ENOUGH counts."""
    for size in SIZES:
        pools = pooled(values, size, material)
        if pools.totals.size and float(np.median(pools.totals)) >= ENOUGH:
            break
    return pools
