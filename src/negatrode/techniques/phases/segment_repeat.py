"""Do two phases with sharp borders explain what a repeated map would show again?

The map is split into two whose noises are uncorrelated: y + e and y - e with var(e) = var(y) (counts: y; data
fission, Leiner et al., J. Am. Stat. Assoc. 120 (2025) 135). Labels and rates come from the first; the second
judges them. Noise alone repeats nothing; a gradual change of composition cut in two explains 3/4 of itself.
"""

from __future__ import annotations

import numpy as np

from negatrode.techniques.phases.segment_labels import Classes, Planes, discriminant
from negatrode.techniques.phases.segment_pools import Mask

SURE = 6.0  # standard errors by which the repeated part must differ from none
LARGEST = 512  # px a side that are looked at


def explained(values: Planes, mask: Mask, classes: Classes) -> float:
    """Share of the repeatable variation along the phases' discriminant that their labels explain, 0 to 1."""
    from negatrode.techniques.phases.segment_classes import OUT, settled
    from negatrode.techniques.phases.segment_labels import blurred

    values, mask = values[:, :LARGEST, :LARGEST], mask[:LARGEST, :LARGEST]
    # a fixed seed: the same map must give the same answer
    rng = np.random.default_rng(0)
    error = rng.standard_normal(values.shape, dtype=np.float32) * np.sqrt(np.clip(values, 0.0, None))
    one, other = values + error, values - error
    found = settled(one, classes)
    if found.classes.count != 2 or len(np.unique(found.labels[mask])) < 2:
        return 0.0
    weights, _ = discriminant(found.classes.rates[0], found.classes.rates[1], found.classes.noise)
    names = (1, 2, OUT) if classes.outside is not None else (1, 2)
    shares = blurred(found.labels, names, found.sigma)[:2, mask]
    told = (found.classes.rates @ weights) @ shares.astype(float)
    seen = [
        np.tensordot(weights.astype(np.float32), half, axes=1)[mask].astype(float) for half in (one, other)
    ]
    told, first, second = (v - v.mean() for v in (told, *seen))
    repeated = float(np.mean(first * second))
    error_of = float(np.sqrt(np.mean(first**2) * np.mean(second**2) / first.size))
    if repeated < SURE * error_of or not told.any():
        return 0.0
    return float(np.clip(np.mean(told * second), 0.0, None) ** 2 / (np.mean(told**2) * repeated))
