"""An alloy, draw by draw, as a powder of an electrode; and what ages it.

Every domain of A stands in a layer of B: a population of particles with a shell (cell/electrode.Shell). The
share of A's boundary that is bare makes a second population without one. The reaction runs on the particles'
external area, whatever the size of the domains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from negatrode.battery.assembly import Lever, central
from negatrode.battery.build import Powder
from negatrode.cell.ageing import Ageing, Film, FreshSurface, Isolation, Plating
from negatrode.cell.electrode import Particle, Shell
from negatrode.material.alloy.material import Alloy
from negatrode.material.predicted import Known, Predicted
from negatrode.material.table import Table

LEVERS = (
    Lever("area_fraction_a", "area fraction of A", "1", 0.02),
    Lever("a_surrounded_by_b", "A surrounded by B", "1", -0.05),
    Lever("oxygen", "oxygen", "wt%", 0.5),
    Lever("nitrogen", "nitrogen", "wt%", 0.5),
    Lever("oxygen_in_a", "oxygen in A", "wt%", 0.1),
    Lever("dv50", "Dv50", "um", 1.0),
    Lever("specific_surface_area", "specific surface area", "m2/g", 0.5),
)
# Less than this share of bare A makes no population of its own.
_BARE = 0.01


@dataclass(frozen=True, eq=False)
class AlloySource:
    """An alloy as the source of an assembly; ``moving``: the radial coordinate follows the swelling."""

    alloy: Alloy
    moving: bool = False

    @property
    def known(self) -> Known:
        """Draws of the sample and of the priors."""
        return self.alloy.known

    @property
    def predictions(self) -> tuple[Predicted, ...]:
        """What the links say of the powder."""
        return self.alloy.predictions

    def powder(self, draw: int) -> Powder:
        """One draw, as an electrode sees it."""
        return alloy_powder(self.alloy, draw, moving=self.moving)

    def ageing(self, draw: int) -> Ageing:
        """What ages one draw."""
        return alloy_ageing(self.alloy, draw)

    def moved(self, changes: Mapping[str, float], z: Mapping[str, float] | None = None) -> AlloySource:
        """The central draw alone, with descriptors changed by amounts, and priors set to ``z``."""
        return self.with_known(central(self.known, changes, z or {}))

    def with_known(self, known: Known) -> AlloySource:
        """The same links on other draws."""
        a = self.alloy
        alloy = Alloy(known, a.a, a.b, a.composition, a.domain_size, a.permeability, a.dispersed, a.name)
        return AlloySource(alloy, self.moving)


def alloy_powder(alloy: Alloy, draw: int, *, moving: bool = False) -> Powder:
    """One draw of an alloy."""
    material = alloy.material(draw)
    f, covered = float(alloy.fraction[draw]), float(alloy.coverage[draw])
    radius = float(alloy.domain[draw]) / 2
    permeability = Table.constant(float(alloy.shell_permeability[draw]), name="permeability of B")
    partition = float(alloy.known.value("particle.partition")[draw])
    per_volume = float(alloy.area[draw] * alloy.density[draw]) * 1e6  # m2 per m3 of particle

    def particles(fraction: float, stoichiometry: float) -> tuple[Particle, ...]:
        if alloy.dispersed:
            held = f + partition * (1 - f)
            whole_host = replace(
                material,
                maximum_concentration=material.maximum_concentration * held,
                diffusivity=Table.constant(float(alloy.apparent_diffusivity[draw])),
                expansion=material.expansion * f,
            )
            median = float(alloy.known.get("dv50", "particle.dv50")[draw]) * 1e-6
            area = per_volume * fraction
            return (Particle(whole_host, median / 2, fraction, stoichiometry, area_per_volume=area),)
        bare = f * (1 - covered) if 1 - covered > _BARE else 0.0
        shell = Shell(min(max((1 - f) / (1 - bare), 1e-4), 0.9999), permeability, partition)
        outer = radius / (1 - shell.volume_share) ** (1 / 3)
        whole = Particle(
            material, outer, fraction * (1 - bare), stoichiometry, shell=shell, moving=moving,
            area_per_volume=per_volume * fraction * (1 - bare / f),
        )  # fmt: skip
        if not bare:
            return (whole,)
        return (
            whole,
            Particle(
                material, radius, fraction * bare, stoichiometry, moving=moving,
                area_per_volume=per_volume * fraction * bare / f,
            ),
        )  # fmt: skip

    return Powder(
        particles,
        float(alloy.density[draw]),
        1.5 + float(alloy.known.value("electrode.binder_exponent")[draw]),
        float(alloy.known.value("particle.sigma")[draw]),
        float(alloy.capacity.reversible[draw]),
        float(alloy.irreversible[draw]),
        swelling=float(alloy.capacity.swelling[draw]),
    )


def alloy_ageing(alloy: Alloy, draw: int) -> Ageing:
    """Film, plating, fresh surface and isolation of one draw. Weak: ranking only.

    B keeps A's surface closed until it cracks (``shell_cracks``): the share of the swelling after that, and
    all of the bare share, lays fresh surface open.
    """

    def one(key: str) -> float:
        return float(alloy.known.value(key)[draw])

    covered, cracks = float(alloy.coverage[draw]), float(alloy.shell_cracks[draw])
    fragility = float(alloy.fragility[draw])
    opened = fragility * (1 - covered * cracks)
    return Ageing(
        film=Film(
            one("ageing.D_sol"), one("ageing.c_sol"), one("ageing.V_sei"), one("ageing.z_sei"),
            one("ageing.L_sei"), one("ageing.R_sei"), activation_energy=one("ageing.Ea_sei"),
        ),
        plating=Plating(
            one("ageing.k_pl"), one("ageing.alpha_pl"), one("ageing.k_pl"), one("ageing.dead_rate")
        ),
        isolation=Isolation(one("ageing.k_iso"), one("ageing.m_iso"), fragility),
        # mAh m-2 to C m-2
        fresh=FreshSurface(one("ageing.kappa_fresh"), 3.6 * one("ageing.fresh_area"), opened),
    )  # fmt: skip
