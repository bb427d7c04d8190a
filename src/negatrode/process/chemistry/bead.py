"""What conversion makes of a drop: viscosity, the end of breaking and merging, the bead's composition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.material.prior import Draws
from negatrode.process.chemistry.monomers import Mixture

Array = NDArray[np.float64]
# Viscosity of a drop that is a solid for every purpose of stirring (Pa s).
_SOLID = 1e9


def drop_viscosity(conversion: Array, draws: Draws) -> Array:
    """Viscosity of the drops (Pa s), (n, times): ``log10 mu = a + b x``."""
    at, by = draws.value("poly.viscosity_0")[:, None], draws.value("poly.viscosity_x")[:, None]
    return np.asarray(np.minimum(10.0 ** (at + by * conversion), _SOLID))


def frozen_conversion(mix: Mixture, draws: Draws) -> Array:
    """Conversion beyond which drops neither break nor merge, (n,).

    The identity point, or the gel point where crosslinks come first: ``x_gel = delay / (a P_w)``, a the share
    of double bonds that divinyl monomers bring (W. Stockmayer, J. Chem. Phys. 12 (1944) 125; rings delay it).
    """
    bonds = sum(w * m.vinyl / m.mass for m, w in mix.parts)
    divinyl = sum(w * m.vinyl / m.mass for m, w in mix.parts if m.vinyl > 1) / bonds
    identity = draws.value("poly.identity")
    if divinyl == 0.0:
        return identity
    gel = draws.value("poly.gel_delay") / (divinyl * draws.value("poly.chain"))
    return np.minimum(identity, gel)


def linear_contraction(mix: Mixture) -> float:
    """Diameter of the bead over that of the drop: ``(rho_monomer / rho_polymer)^(1/3)``."""
    return float(np.cbrt(mix.monomer_density / mix.polymer_density))
