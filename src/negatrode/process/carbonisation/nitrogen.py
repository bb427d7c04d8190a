"""Nitrogen left in the carbon of an acrylonitrile resin."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def nitrogen_left(start: ArrayLike, celsius: Array, middle: ArrayLike, width: ArrayLike) -> Array:
    """N (wt%) of the solid at an equivalent temperature: ``N_ox / (1 + exp((T - T_N) / w))``.

    ``start``: N of the stabilised resin (wt%), ``middle`` and ``width`` in degC, each a number or (n,);
    ``celsius`` (n, times) or (times,): final temperature of the reference run that breaks the same bonds, so
    that long holds and fast ramps count for what they do. Recalled for polyacrylonitrile carbon (weak).
    """
    start, middle, width = (np.asarray(x, dtype=np.float64)[..., None] for x in (start, middle, width))
    found: Array = start / (1.0 + np.exp(np.clip((celsius - middle) / width, -60.0, 60.0)))
    return found
