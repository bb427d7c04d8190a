"""Margin of a static bed against running away: the parameter of Frank-Kamenetskii.

``delta = rho_b Q E k L^2 / (lambda_b R T^2)``; a slab whose faces are held at T has no steady state beyond
0.878 (D. Frank-Kamenetskii, 1939), of zero order and large E / RT. Real beds use themselves up, which the
transient model takes into account; delta does not. Cyclisation adds to the heat, which delta leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.material.prior import Draws, prior
from negatrode.material.table import GAS_CONSTANT
from negatrode.process.stabilisation.kinetics import Constants

Array = NDArray[np.float64]
CRITICAL = {"slab": 0.878, "cylinder": 2.000, "sphere": 3.322}


@dataclass(frozen=True, eq=False)
class BedProperties:
    """Of the packed beads: ``density`` kg/m3, ``conductivity`` W/m/K, (n,) each; ``cp`` J/kg/K."""

    density: Array
    conductivity: Array
    cp: float

    @classmethod
    def drawn(cls, draws: Draws) -> BedProperties:
        """From the priors."""
        return cls(draws.value("ox.rho_bed"), draws.value("ox.lambda_bed"), prior("ox.cp_bed").value)

    @property
    def diffusivity(self) -> Array:
        """Thermal diffusivity, m2/s."""
        found: Array = self.conductivity / (self.density * self.cp)
        return found


def frank_kamenetskii(bed: BedProperties, c: Constants, kelvin: Array, depth: float) -> Array:
    """delta of oxygen uptake in air, nothing used up, (n, temperatures); ``depth``: half-thickness, m."""
    if not depth > 0.0:
        raise InputError(f"a bed of {depth:g} m", where="oxidation.bed_depth", rule="it is above zero")
    kelvin = np.atleast_1d(kelvin)
    heat = (bed.density * c.heat_uptake * c.uptake.energy / bed.conductivity)[:, None]
    found: Array = heat * c.uptake(kelvin) * depth**2 / (GAS_CONSTANT * kelvin[None, :] ** 2)
    return found


def critical_depth(bed: BedProperties, c: Constants, kelvin: float, shape: str = "slab") -> Array:
    """Half-thickness (m) at which delta is critical at a temperature, (n,)."""
    one = frank_kamenetskii(bed, c, np.array([kelvin]), 1.0)[:, 0]
    return np.sqrt(CRITICAL[shape] / one)
