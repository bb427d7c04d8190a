"""A hard carbon, draw by draw, as a powder of an electrode; and what ages it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from negatrode.battery.build import Powder
from negatrode.cell.ageing import Ageing, Cracking, Elastic, Film, Plating
from negatrode.cell.electrode import Particle
from negatrode.cell.populations import size_distributed

if TYPE_CHECKING:
    from negatrode.material.hard_carbon.material import HardCarbon


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
