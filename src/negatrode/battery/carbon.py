"""A hard carbon, draw by draw, as a powder of an electrode; and what ages it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from negatrode.battery.assembly import Lever, central
from negatrode.battery.build import Powder
from negatrode.cell.ageing import Ageing, Cracking, Elastic, Film, Plating
from negatrode.cell.electrode import Particle
from negatrode.cell.populations import size_distributed
from negatrode.material.hard_carbon.material import HardCarbon
from negatrode.material.predicted import Known, Predicted

LEVERS = (
    Lever("dv50", "Dv50", "um", 1.0),
    Lever("d4_to_d1", "D4/D1", "1", 0.2),
    Lever("specific_surface_area", "specific surface area", "m2/g", 1.0),
    Lever("hydrogen_to_carbon", "H/C", "1", 0.01),
    Lever("d002", "d002", "nm", 0.002),
    Lever("sphericity", "sphericity", "1", -0.05),
    Lever("silicon_compound", "silicon compound", "wt%", 0.5),
    Lever("oxygen", "oxygen", "wt%", 0.2),
)


@dataclass(frozen=True, eq=False)
class CarbonSource:
    """A hard carbon as the source of an assembly."""

    carbon: HardCarbon
    classes: int = 2

    @property
    def known(self) -> Known:
        """Draws of the sample and of the priors."""
        return self.carbon.known

    @property
    def predictions(self) -> tuple[Predicted, ...]:
        """What the links say of the powder."""
        return self.carbon.predictions

    def powder(self, draw: int) -> Powder:
        """One draw, as an electrode sees it."""
        return carbon_powder(self.carbon, draw, self.classes)

    def ageing(self, draw: int) -> Ageing:
        """What ages one draw."""
        return carbon_ageing(self.carbon, draw)

    def moved(self, changes: Mapping[str, float], z: Mapping[str, float] | None = None) -> CarbonSource:
        """The central draw alone, with descriptors changed by amounts, and priors set to ``z``."""
        own = self.known
        return self.with_known(central(own, changes, z or {}))

    def with_known(self, known: Known) -> CarbonSource:
        """The same links on other draws."""
        return CarbonSource(HardCarbon(known, self.carbon.held_at_zero, self.carbon.name), self.classes)


def carbon_powder(carbon: HardCarbon, draw: int, classes: int = 2) -> Powder:
    """One draw of a hard carbon: ``classes`` size classes of its log-normal distribution.

    The reactive area is that of the spheres times the roughness of the external area.
    """
    material = carbon.material(draw)
    sigma = float(carbon.size.sigma[draw])
    radius = float(carbon.size.sauter[draw]) / 2
    ratio = float(carbon.area.ratio[draw])
    deviation = float((2.718281828459045 ** (sigma**2) - 1) ** 0.5)

    def particles(fraction: float, stoichiometry: float) -> tuple[Particle, ...]:
        one = Particle(material, radius, fraction, stoichiometry)
        parts = (one,) if classes == 1 or deviation < 0.05 else size_distributed(one, deviation, classes)
        return tuple(replace(p, area_per_volume=p.area * ratio) for p in parts)

    return Powder(
        particles,
        float(carbon.density[draw]),
        float(carbon.tortuosity_exponent[draw]),
        float(carbon.known.value("hc.sigma")[draw]),
        float(carbon.capacity.reversible.values[draw]),
        float(carbon.capacity.irreversible.values[draw]),
        swelling=float(carbon.expansion[draw]),
    )


def carbon_ageing(carbon: HardCarbon, draw: int) -> Ageing:
    """Film, plating and cracks of one draw, after S. O'Kane and others (2022) for graphite. Weak."""

    def one(key: str) -> float:
        return float(carbon.known.value(key)[draw])

    return Ageing(
        film=Film(
            one("ageing.D_sol"), one("ageing.c_sol"), one("ageing.V_sei"), one("ageing.z_sei"),
            one("ageing.L_sei"), one("ageing.R_sei"), activation_energy=one("ageing.Ea_sei"),
        ),
        plating=Plating(
            one("ageing.k_pl"), one("ageing.alpha_pl"), one("ageing.k_pl"), one("ageing.dead_rate")
        ),
        elastic=Elastic(one("hc.youngs"), one("hc.poisson"), one("hc.omega")),
        cracking=Cracking(
            one("ageing.l_crack"), one("ageing.w_crack"), one("ageing.rho_crack"), one("ageing.k_cr"),
            one("ageing.m_crack"), one("ageing.b_crack"),
        ),
    )  # fmt: skip
