"""Layer spacing, stack height and area of the carbon against the temperature that it has seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.material.prior import Draws

Array = NDArray[np.float64]
# The links were fitted to carbons fired between these (degC); below, no 002 band is evaluated.
FITTED = (700.0, 1700.0)
# Area opened by burning is stated for carbons of this temperature (degC)
_OPENED = 850.0


def layer_spacing(draws: Draws, celsius: Array, fused: Array) -> Array:
    """d002 (nm), (n, times): the line within papers, lower by 0.02 nm where beads fused (soft carbon)."""
    line = draws.value("hc.d002_1200")[:, None] + draws.value("hc.d002_slope")[:, None] * (celsius - 1200)
    found: Array = np.maximum(line - draws.value("fuse.spacing")[:, None] * fused[:, None], 0.3354)
    return found


def stack_height(draws: Draws, celsius: Array) -> Array:
    """Lc(002) (nm), (n, times): the line within papers; not less than a pair of layers (0.5 nm)."""
    line = draws.value("hc.Lc_1200")[:, None] + draws.value("hc.Lc_slope")[:, None] * (celsius - 1200)
    return np.maximum(line, 0.5)


def fired_area(draws: Draws, celsius: Array, fused: Array, burnt: Array) -> Array:
    """Area by temperature (m2/g), (n, times), before the outer area of the spheres is looked at.

    ``log10 S`` falls with temperature by the slope within papers from the level of spherical carbons; fusing
    and foaming raise it, and every per cent of burnt bead (``burnt``, a share) opens area, which closes with
    the same slope.
    """
    slope = draws.value("hc.log10S_slope")[:, None]
    log10 = draws.value("carb.log10S_spheres")[:, None] + slope * (celsius - 1200)
    log10 = log10 + draws.value("fuse.log10S")[:, None] * fused[:, None]
    opened = (draws.value("carb.S_burnt") * 100.0 * burnt)[:, None]
    found: Array = 10.0**log10 + opened * 10.0 ** (slope * (celsius - _OPENED))
    return found
