"""Drop size by the Weber number: ``d32 / D = C1 (1 + C2 phi) We^-0.6 (1 + B Vi)^0.6``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError

Array = NDArray[np.float64]
# Crowded beyond this, drops are an emulsion that no turbulence reaches.
MOST_FRACTION = 0.74


def check_stirring(speed: float, diameter: float, fraction: float, tension: float) -> None:
    """InputError for what breaks no drops: no speed, no impeller, no water, no tension."""
    for name, value, unit in (
        ("stirrer_speed", speed, "1/s"),
        ("impeller", diameter, "m"),
        ("interfacial_tension", tension, "N/m"),
    ):
        if not value > 0.0:
            raise InputError(f"{value:g} {unit}", where=f"suspension.{name}", rule="it is above zero")
    if not 0.0 < fraction < MOST_FRACTION:
        raise InputError(
            f"a monomer fraction of {fraction:g}",
            where="suspension.monomer_fraction",
            rule=f"above 0 and below {MOST_FRACTION} (drops that touch), by volume",
        )


def weber(density: float, speed: float, diameter: float, tension: Array | float) -> Array:
    """``We = rho_c N^2 D^3 / gamma``."""
    return np.asarray(density * speed**2 * diameter**3 / tension)


def sauter_diameter(
    number: Array, diameter: float, fraction: float, c1: Array, c2: Array, exponent: float
) -> Array:
    """d32 (m) of drops whose viscosity does not matter, (n,)."""
    found: Array = diameter * c1 * (1.0 + c2 * fraction) * number**exponent
    return found


def viscosity_number(
    size: Array, viscosity: Array, dissipation: Array, tension: Array, ratio: Array | float
) -> Array:
    """``Vi = (rho_c / rho_d)^(1/2) mu_d (eps d)^(1/3) / gamma``: viscous over interfacial stress."""
    found: Array = np.sqrt(ratio) * viscosity * np.cbrt(dissipation * size) / tension
    return found


def viscous_size(thin: Array, factor: Array, at_thin: Array) -> Array:
    """d32 of viscous drops: ``d = d_0 (1 + B Vi)^0.6``, with Vi at the size that results.

    ``at_thin``: Vi at the size d_0; Vi grows as d^(1/3). Solved by iteration, which contracts by a fifth
    or more a round (d ~ d^(1/5) at most).
    """
    ratio = np.ones_like(thin)
    for _ in range(30):
        ratio = (1.0 + factor * at_thin * np.cbrt(ratio)) ** 0.6
    found: Array = thin * ratio
    return found
