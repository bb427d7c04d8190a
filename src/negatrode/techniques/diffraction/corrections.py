"""Intensity corrections of a powder pattern: Lorentz-polarisation and the form factor of carbon."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# 2 theta of the (002) reflection of a graphite monochromator is that of d = 0.3354 nm
GRAPHITE_D = 0.3354


def lorentz_polarisation(two_theta: Array, *, wavelength: float, monochromator: bool) -> Array:
    """(1 + A cos^2 2theta) / (sin^2 theta cos theta), A = cos^2 2theta_M with a monochromator, else 1.

    ``two_theta`` in degrees, shape (n,); ``wavelength`` in nm. Source: Warren (1969), ch. 4.

    >>> float(lorentz_polarisation(np.array([90.0]), wavelength=0.154, monochromator=False).round(6)[0])
    2.828427
    """
    theta = np.radians(two_theta) / 2.0
    share = 1.0
    if monochromator:
        sine = min(wavelength / (2.0 * GRAPHITE_D), 1.0)
        share = float(np.cos(2.0 * np.arcsin(sine)) ** 2)
    top = (1.0 + share * np.cos(2.0 * theta) ** 2) / (1.0 + share)
    factor: Array = 2.0 * top / (np.sin(theta) ** 2 * np.cos(theta))
    return factor


def carbon_form_factor(two_theta: Array, *, wavelength: float) -> Array:
    """f of neutral carbon (electrons) at s = sin(theta)/lambda, from xraydb (Waasmaier and Kirfel 1995)."""
    import xraydb

    s = np.sin(np.radians(two_theta) / 2.0) / (10.0 * wavelength)
    factor: Array = np.asarray(xraydb.f0("C", s), dtype=float)
    return factor
