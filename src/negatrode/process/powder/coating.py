"""A silicon compound on the carbon: how much, how thick, how much of the surface it covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Coated:
    """``share``: wt% of the silicon compound of the coated powder; ``thickness`` (nm) as an even layer;
    ``covered``: share of the outer surface, 0 to 1.
    """

    share: Array
    thickness: Array
    covered: Array


def coated(
    share: Array | float, external_area: Array, density: float, monolayer: Array | float, most: Array | float
) -> Coated:
    """The layer that ``share`` (wt% of the coated powder) makes on an outer area (m2 per g of carbon).

    ``t = m / (rho A)`` with m grams of compound a gram of carbon and ``density`` in g/cm3. Patches that fall
    where they fall cover ``theta = theta_most (1 - exp(-t / t_1))``: t_1 (nm) is ``monolayer``, the thickness
    of one layer of patches, and ``most`` what reaches the surface at all.
    """
    w = np.clip(np.broadcast_to(np.asarray(share, dtype=np.float64), external_area.shape), 0.0, 60.0)
    grams = w / (100.0 - w)
    thickness = grams / (density * 1e6 * external_area) * 1e9
    return Coated(w, thickness, most * (1.0 - np.exp(-thickness / monolayer)))
