"""Limited coalescence: drops merge until the particles on them cover their surface.

R. Wiley, J. Colloid Sci. 9 (1954) 427; S. Arditty and others, Eur. Phys. J. E 11 (2003) 273.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def covered_area(coverage: Array | float, density: float, diameter: float) -> Array:
    """Drop surface that a kilogram of particles covers (m2/kg): ``a_s = 1.5 C / (rho_p d_p)``."""
    return np.asarray(1.5 * np.asarray(coverage) / (density * diameter))


def limited_diameter(concentration: float, area: Array) -> Array:
    """d32 (m) where the surface is covered: ``D32 = 6 / (m_p a_s)``, m_p kg of particles per m3 of monomer.

    >>> float(np.round(limited_diameter(20.0, covered_area(0.9, 2200.0, 15e-9)) * 1e6, 1))
    7.3
    """
    found: Array = 6.0 / (concentration * area)
    return found


def silica_on_carbon(
    concentration: float, washed: float, kept: Array | float, monomer: Array | float, yield_: Array
) -> Array:
    """Silica of the fired powder (wt%): what stays on the beads over the carbon that they give.

    ``yield_``: carbon over monomer, by mass. 20 kg/m3 on 900 kg/m3 at a yield of 0.45: 4.9 g per 100 g of
    carbon.
    """
    grams = concentration * (1.0 - washed) * np.asarray(kept) / (np.asarray(monomer) * yield_)
    return np.asarray(100.0 * grams / (1.0 + grams))
