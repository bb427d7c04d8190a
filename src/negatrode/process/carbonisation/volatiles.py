"""Tar and light gas, and the mass that stays: yield by the degree of oxidation, then H and N."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.process.carbonisation.daem import energies_between, exposure, gaussian, remaining

Array = NDArray[np.float64]
_ENERGIES = energies_between(60e3, 450e3)
_H_OVER_C = 1.00794 / 12.0107


def tar_released(seconds: Array, kelvin: Array, mean: ArrayLike, sd: ArrayLike, k0: float) -> Array:
    """Share of the tar and light gas that has left, 0 to 1; ``mean`` and ``sd`` (n,) in J/mol; (n, times)."""
    weights = gaussian(_ENERGIES, np.atleast_1d(mean), np.atleast_1d(sd))
    left = remaining(weights, exposure(seconds, kelvin, _ENERGIES, k0))
    return np.asarray(np.clip(1.0 - left, 0.0, 1.0))


def yield_of(
    oxidised: ArrayLike, nitrile_share: float, full: ArrayLike, styrenic: ArrayLike, nitrile: ArrayLike
) -> Array:
    """Carbon yield of a bead (mass over the bead's that entered the furnace): ``Y_0 + (Y_ox - Y_0) X``.

    ``oxidised``: degree of oxidation X, 0 to 1. ``Y_0`` between the styrenic and the nitrile resin by the
    mass share of acrylonitrile units, all nitrile from 0.3 on (as styrene/acrylonitrile copolymers are).
    """
    toward = min(max(nitrile_share / 0.3, 0.0), 1.0)
    bare = (1.0 - toward) * np.asarray(styrenic) + toward * np.asarray(nitrile)
    found: Array = bare + (np.asarray(full) - bare) * np.asarray(oxidised)
    return found


def mass_left(
    released: Array, yield_: Array, hydrogen: Array, nitrogen: Array, at_yield: tuple[Array, Array]
) -> Array:
    """Mass over that of the bead before carbonisation, (n, times).

    Tar leaves ``1 - (1 - Y) V(t)``, with Y the yield at the temperature where yields are published; beyond it
    hydrogen (``hydrogen``: H/C) and nitrogen (wt%) leave a constant mass of carbon:
    ``m = Y c_Y / c(t)``, c the mass share that is neither. ``at_yield``: H/C and N at that temperature, (n,).
    """
    skeleton = _rest(hydrogen, nitrogen)
    at = _rest(at_yield[0], at_yield[1])[:, None]
    found: Array = (1.0 - (1.0 - yield_[:, None]) * released) * np.minimum(at / skeleton, 1.0)
    return found


def _rest(hydrogen: Array, nitrogen: Array) -> Array:
    """Mass share of what is neither hydrogen nor nitrogen."""
    found: Array = (1.0 - nitrogen / 100.0) / (1.0 + hydrogen * _H_OVER_C)
    return found


def shrinkage(mass: Array, density_before: Array, density: Array) -> Array:
    """Linear shrinkage of the spheres, ``1 - (m rho_before / rho)^(1/3)`` (mass balance, exact)."""
    found: Array = 1.0 - np.cbrt(mass * density_before / density)
    return found
