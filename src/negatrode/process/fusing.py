"""What oxidation prevents: beads that soften, fuse and foam before they carbonise.

A linear or lightly crosslinked resin softens near 105 degC and depolymerises at 350-430 degC. Ladder chains
and crosslinks keep it a solid. Strong in its direction, weak in its numbers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Beyond this share nearly all beads are one lump, and a size of clusters means nothing.
_MOST_FUSED = 0.99


def ladder_index(oxidised: Array | float, divinylbenzene: float, hold: Array | float) -> Array:
    """Degree to which the bead is held: ``X = 1 - (1 - a_o)(1 - min(p k, 1))``, 0 to 1.

    ``oxidised``: degree of oxygen uptake; ``divinylbenzene``: p, its mass share; ``hold``: k.

    >>> float(ladder_index(0.0, 0.0, 2.0)), float(ladder_index(1.0, 0.05, 2.0))
    (0.0, 1.0)
    """
    held = np.minimum(divinylbenzene * np.asarray(hold, dtype=np.float64), 1.0)
    return np.asarray(1.0 - (1.0 - np.asarray(oxidised)) * (1.0 - held))


def fused_share(index: Array, middle: Array | float, width: Array | float) -> Array:
    """Share of the contacts between beads that fuse: ``1 / (1 + exp((X - X_f) / w))``."""
    found: Array = 1.0 / (1.0 + np.exp(np.clip((index - middle) / np.asarray(width), -60.0, 60.0)))
    return found


def lump_ratio(fused: Array) -> Array:
    """Median size of the lumps over that of the beads, ``((1 + f) / (1 - f))^(1/3)``.

    Beads bonded one to the next with probability f form lumps of ``(1 + f) / (1 - f)`` beads by mass (the
    most probable distribution of chains, P. Flory, J. Am. Chem. Soc. 58 (1936) 1877), taken as compact.

    >>> [round(float(x), 2) for x in lump_ratio(np.array([0.0, 0.5, 0.9]))]
    [1.0, 1.44, 2.67]
    """
    f = np.minimum(fused, _MOST_FUSED)
    return np.asarray(np.cbrt((1.0 + f) / (1.0 - f)))


def circularity(cured: Array | float, doublets: Array | float, fused: Array, lost: Array | float) -> Array:
    """Circularity of the powder (circumference of the circle of equal area over the perimeter).

    ``cured`` beads lose 0.29 of it where two of them coalesced to a doublet (two touching circles: 0.707) and
    ``lost`` of it where they fuse: ``C = C_0 (1 - 0.29 f_2)(1 - l f)``.
    """
    found: Array = (
        np.asarray(cured) * (1.0 - (1.0 - np.sqrt(0.5)) * np.asarray(doublets)) * (1.0 - lost * fused)
    )
    return found
