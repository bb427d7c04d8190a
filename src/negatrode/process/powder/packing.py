"""Bulk specific gravity of a poured powder: shape, width of the sizes, cohesion of fines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.material.prior import prior

Array = NDArray[np.float64]
# The expansion in the width was fitted to packings of polydispersity up to 0.5 (sigma 0.45).
_WIDEST = 0.45
_MONODISPERSE = 0.634


def loose_porosity(sphericity: Array | float) -> Array:
    """Porosity of coarse particles of one size, poured: ``ln e = psi^5.58 exp(5.89 (1 - psi)) ln 0.40``.

    R. Zou, A. Yu, Powder Technol. 88 (1996) 71; psi the sphericity of Wadell.

    >>> round(float(loose_porosity(1.0)), 3)
    0.4
    """
    power, slope, sphere = (prior(f"powder.loose_{k}").value for k in ("power", "slope", "sphere"))
    psi = np.asarray(sphericity, dtype=np.float64)
    found: Array = np.exp(psi**power * np.exp(slope * (1.0 - psi)) * np.log(sphere))
    return found


def closest_packing(sigma: Array | float) -> Array:
    """Random close packing of log-normal spheres: ``0.634 + 0.0658 delta + 0.0857 S_k delta^2``.

    K. Desmond, E. Weeks, Phys. Rev. E 90 (2014) 022204; by number, delta = (exp(s^2) - 1)^(1/2) and skewness
    S_k = (exp(s^2) + 2) delta; s = ``sigma``, held at 0.45 beyond which the expansion overshoots.

    >>> [round(float(x), 3) for x in closest_packing(np.array([0.1, 0.2, 0.3, 0.4]))]
    [0.641, 0.649, 0.662, 0.681]
    """
    s2 = np.minimum(np.asarray(sigma, dtype=np.float64), _WIDEST) ** 2
    delta = np.sqrt(np.expm1(s2))
    first, second = (prior(f"powder.rcp_{k}").value for k in ("first", "second"))
    found: Array = _MONODISPERSE + first * delta + second * (np.exp(s2) + 2.0) * delta * delta**2
    return found


def poured_density(
    density: Array | float,
    dv50: Array | float,
    sigma: Array | float,
    sphericity: Array | float,
    model: Array | float,
) -> Array:
    """Bulk specific gravity (g/cm3), ``rho (1 - e)``, of particles of ``density`` with their closed pores.

    ``e = e_0 + (1 - e_0) exp(-a d^b)``, d = ``dv50`` in um (cohesion: A. Yu, J. Bridgwater, A. Burbidge,
    Powder Technol. 92 (1997) 185), with e_0 of the shape, less by the width of the sizes. ``model``: what the
    link is off by (g/cm3).
    """
    coarse = loose_porosity(sphericity) * (1.0 - closest_packing(sigma)) / (1.0 - _MONODISPERSE)
    a, b = prior("powder.cohesion_a").value, prior("powder.cohesion_b").value
    porosity = coarse + (1.0 - coarse) * np.exp(-a * np.asarray(dv50) ** b)
    found: Array = np.maximum(np.asarray(density) * (1.0 - porosity) + model, 0.02)
    return found
