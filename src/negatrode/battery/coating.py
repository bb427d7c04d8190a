"""A coated layer: what its mass, density and recipe make of thickness, porosity and volume shares."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from negatrode.core.errors import InputError

# Porosity stated and porosity that follows may differ by the rounding of what people write down.
_AGREE = 0.02


@dataclass(frozen=True)
class Coating:
    """A layer as people specify it.

    Parameters
    ----------
    rate:
        Active material per area of one side of the collector, g m-2.
    density:
        Of the coated layer (with binder and additive), g cm-3; or None, where the porosity is given.
    porosity:
        Or None, where the density is given. Both: they must agree.
    binder, additive:
        Shares of the layer's mass.
    binder_density, additive_density:
        g cm-3.
    where:
        Place of the section, for messages.
    """

    rate: float
    density: float | None = None
    porosity: float | None = None
    binder: float = 0.05
    additive: float = 0.02
    binder_density: float = 1.77
    additive_density: float = 1.9
    where: str = "electrode"

    def __post_init__(self) -> None:
        w = self.where
        if not 0 < self.rate < inf:
            raise InputError(f"a coating of {self.rate:g} g/m2", where=f"{w}.coating_rate", rule="above zero")
        if self.density is None and self.porosity is None:
            raise InputError(
                "neither a density nor a porosity of the layer",
                where=w,
                rule="a coating's thickness follows from its mass and one of them",
                remedy='add density = "0.95 g/cm3" or porosity = 0.4',
            )
        if self.porosity is not None and not 0.05 <= self.porosity <= 0.9:
            raise InputError(
                f"a porosity of {self.porosity:g}", where=f"{w}.porosity", rule="between 0.05 and 0.9"
            )
        if self.binder < 0 or self.additive < 0 or self.binder + self.additive >= 0.6:
            raise InputError(
                f"binder {self.binder:g} and additive {self.additive:g} of the mass",
                where=w,
                rule="shares from 0, together below 0.6",
            )

    @property
    def active(self) -> float:
        """Share of the active material in the layer's mass."""
        return 1 - self.binder - self.additive


@dataclass(frozen=True)
class Layer:
    """Thickness (m), porosity, volume share of the active material, density of the layer (g cm-3)."""

    thickness: float
    porosity: float
    active_fraction: float
    density: float


def layer(coating: Coating, particle_density: float) -> Layer:
    """The layer that a coating of particles of a density (g cm-3, without open pores) makes.

    ``solid = sum w_i / rho_i`` (cm3 per g of layer); ``porosity = 1 - density solid``;
    ``thickness = rate / (active density)``.

    Raises
    ------
    InputError
        A density that leaves no pores, or a porosity beside a density from which it does not follow.
    """
    solid = coating.active / particle_density
    solid += coating.binder / coating.binder_density + coating.additive / coating.additive_density
    if coating.density is None:
        assert coating.porosity is not None  # one of them is given: Coating refuses otherwise
        porosity, density = coating.porosity, (1 - coating.porosity) / solid
    else:
        density, porosity = coating.density, 1 - coating.density * solid
        if not 0.02 < porosity < 0.95:
            raise InputError(
                f"a layer of {density:g} g/cm3 of particles of {particle_density:.3g} g/cm3 has a porosity "
                f"of {porosity:.2f}",
                where=f"{coating.where}.density",
                rule="a layer holds pores and particles",
                remedy="give the density of the coated layer, without its collector",
            )
        if coating.porosity is not None and abs(porosity - coating.porosity) > _AGREE:
            raise InputError(
                f"a porosity of {coating.porosity:g} beside a density of {density:g} g/cm3, which makes "
                f"{porosity:.3f}",
                where=f"{coating.where}.porosity",
                rule="porosity = 1 - density (sum of mass shares over densities)",
                remedy="give one of the two, or correct it",
            )
    thickness = coating.rate / (coating.active * density * 1e6)
    return Layer(thickness, porosity, density * coating.active / particle_density, density)
