"""Do two phases with sharp borders explain what a repeated map would show again?

The map is split into two whose noises are uncorrelated: y + e and y - e with var(e) = var(y) (counts: y; data
fission, Leiner et al., J. Am. Stat. Assoc. 120 (2025) 135). Labels and rates come from the first; the second
judges them. Noise alone repeats nothing; a gradual change of composition cut in two explains 3/4
of itself, and does not step at the borders.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.phases.segment_labels import Classes, Planes, blurred, discriminant
from negatrode.techniques.phases.segment_pools import Mask

Array = NDArray[np.float64]

NEAR = 4.0  # px from a border, or the width of the blur where that is more
SURE = 6.0  # standard errors by which the repeated part must differ from none
LARGEST = 512  # px a side that are looked at


@dataclass(frozen=True)
class Verdict:
    """What one half of the noise says of the labels drawn from the other.

    ``explained``: share of the repeatable variation along the discriminant that the labels explain;
    ``step``: change of it within NEAR of the borders, over the difference of the two phases.
    """

    explained: float
    step: float


def judged(values: Planes, mask: Mask, classes: Classes) -> Verdict:
    """The labels of two classes, drawn from a noisier map and judged on one whose noise is independent."""
    from negatrode.techniques.phases.segment_classes import FWHM, OUT, border_distance, settled

    values, mask = values[:, :LARGEST, :LARGEST], mask[:LARGEST, :LARGEST]
    # a fixed seed: the same map must give the same answer
    rng = np.random.default_rng(0)
    error = rng.standard_normal(values.shape, dtype=np.float32) * np.sqrt(np.clip(values, 0.0, None))
    one, other = values + error, values - error
    found = settled(one, classes)
    if found.classes.count != 2 or len(np.unique(found.labels[mask])) < 2:
        return Verdict(0.0, 0.0)
    weights, _ = discriminant(found.classes.rates[0], found.classes.rates[1], found.classes.noise)
    names = (1, 2, OUT) if classes.outside is not None else (1, 2)
    levels = found.classes.rates @ weights
    seen = [np.tensordot(weights.astype(np.float32), half, axes=1).astype(float) for half in (one, other)]
    near = mask & (border_distance(found.labels) <= max(NEAR, FWHM * found.sigma))
    sides = [near & (found.labels == k) for k in (1, 2)]
    if not all(side.any() for side in sides):
        return Verdict(0.0, 0.0)
    step = (seen[1][sides[0]].mean() - seen[1][sides[1]].mean()) / (levels[0] - levels[1])
    told = levels @ blurred(found.labels, names, found.sigma)[:2, mask].astype(float)
    return Verdict(_explained(told, seen[0][mask], seen[1][mask]), float(step))


def _explained(told: Array, one: Array, other: Array) -> float:
    told, first, second = (v - v.mean() for v in (told, one, other))
    repeated = float(np.mean(first * second))
    error = float(np.sqrt(np.mean(first**2) * np.mean(second**2) / first.size))
    if repeated < SURE * error or not told.any():
        return 0.0
    return float(np.clip(np.mean(told * second), 0.0, None) ** 2 / (np.mean(told**2) * repeated))
