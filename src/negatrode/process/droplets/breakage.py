"""How often drops break and merge in turbulence.

C. Coulaloglou, L. Tavlarides, Chem. Eng. Sci. 32 (1977) 1289.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def break_up_rate(
    diameters: Array,
    dissipation: Array,
    tension: Array,
    fraction: float,
    density: float,
    c1: Array,
    c2: Array,
) -> Array:
    """Break-up rate (1/s), (n, classes), of drops of ``diameters`` (m).

    ``g = C1 eps^(1/3) / ((1 + phi) d^(2/3)) exp(-C2 gamma (1 + phi)^2 / (rho_d eps^(2/3) d^(5/3)))``;
    eps W/kg, gamma N/m, ``density`` of the drops kg/m3; constants (n,).
    """
    d = diameters[None, :]
    eps, gamma = dissipation[:, None], tension[:, None]
    damped = 1.0 + fraction
    holds = c2[:, None] * gamma * damped**2 / (density * eps ** (2 / 3) * d ** (5 / 3))
    found: Array = c1[:, None] * np.cbrt(eps) / (damped * d ** (2 / 3)) * np.exp(-np.minimum(holds, 700.0))
    return found


def collision_shapes(diameters: Array) -> tuple[Array, Array]:
    """Shapes of collision frequency and of film drainage, (classes, classes) each.

    ``(d1 + d2)^2 (d1^(2/3) + d2^(2/3))^(1/2)`` and ``(d1 d2 / (d1 + d2))^4``.
    """
    a, b = diameters[:, None], diameters[None, :]
    meets: Array = (a + b) ** 2 * np.sqrt(a ** (2 / 3) + b ** (2 / 3))
    drains: Array = (a * b / (a + b)) ** 4
    return meets, drains


def merging_constants(
    dissipation: Array,
    tension: Array,
    fraction: float,
    water_density: float,
    water_viscosity: float,
    c3: Array,
    c4: Array,
) -> tuple[Array, Array]:
    """Factors of the two shapes, (n,): rate ``C3 eps^(1/3) / (1 + phi)`` and exponent
    ``C4 mu_c rho_c eps / (gamma^2 (1 + phi)^3)``.
    """
    damped = 1.0 + fraction
    rate: Array = c3 * np.cbrt(dissipation) / damped
    weaken: Array = c4 * water_viscosity * water_density * dissipation / (tension**2 * damped**3)
    return rate, weaken
