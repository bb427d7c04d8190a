"""A porous electrode: a layer that holds populations of particles."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from negatrode.cell.ageing import Ageing
from negatrode.core.errors import InputError
from negatrode.material.active import ActiveMaterial
from negatrode.material.table import Table


@dataclass(frozen=True, eq=False)
class Shell:
    """A layer around the particles' core that lithium permeates and that hosts none of its own.

    Where the core's surface stands at stoichiometry x, the shell beside it holds ``partition c_max x`` (a
    linear partition at the interface); in the shell lithium diffuses as

        N = -P c_max dx/dr,    P = D_B K

    with the permeability ``P`` (m2 s-1), ``D_B`` its diffusivity and ``K`` the partition. The reaction at the
    outer surface sees the core's potential at the x there.

    Parameters
    ----------
    volume_share:
        Of the shell in the particle, unlithiated.
    permeability:
        m2 s-1: a constant table (its activation energy counts).
    partition:
        ``K`` above zero.
    """

    volume_share: float
    permeability: Table
    partition: float = 0.01

    def __post_init__(self) -> None:
        _check(
            1e-6 < self.volume_share < 1 - 1e-6,
            f"a shell of {self.volume_share:g} of the particle",
            "its volume share lies between 0 and 1",
        )
        _check(0 < self.partition <= 1e3, f"a partition of {self.partition:g}", "0 < partition <= 1000")
        p = self.permeability
        constant = p.intervals == 1 and len(p.temperatures) == 1 and p.slopes[0, 0] == 0.0
        _check(constant and p.values[0, 0] > 0, "a permeability that is no positive constant", "P > 0")


@dataclass(frozen=True, eq=False)
class Particle:
    """A population of equal spheres of one material.

    Parameters
    ----------
    material:
        The host.
    radius:
        m.
    volume_fraction:
        Volume of this population (with its shells) per volume of electrode, unlithiated.
    stoichiometry:
        At the start (uniform).
    window:
        Stoichiometry in equilibrium at 0 % and at 100 % state of charge of the cell, or None.
    area_per_volume:
        Reactive area per volume of electrode (m-1); by default that of the spheres, ``3 eps / R``.
    film_resistance:
        ohm m2, in series with the reaction.
    shell:
        Layer around the host (which is then the core), or None.
    moving:
        Whether the radial coordinate follows the host's swelling (``material.expansion``). Fluxes and areas
        stay per area of the unlithiated particle.
    ageing:
        Mechanisms that age the population, or None.
    """

    material: ActiveMaterial
    radius: float
    volume_fraction: float
    stoichiometry: float
    window: tuple[float, float] | None = None
    area_per_volume: float | None = None
    film_resistance: float = 0.0
    shell: Shell | None = None
    moving: bool = False
    ageing: Ageing | None = None

    def __post_init__(self) -> None:
        _check(0 < self.radius < inf, f"{self.material.name}: a radius of {self.radius:g} m", "radius > 0")
        _check(
            0 < self.volume_fraction < 1,
            f"{self.material.name}: a volume fraction of {self.volume_fraction:g}",
            "0 < volume fraction < 1",
        )
        _check(
            0 < self.stoichiometry < 1,
            f"{self.material.name}: an initial stoichiometry of {self.stoichiometry:g}",
            "0 < stoichiometry < 1",
        )
        _check(
            self.film_resistance >= 0, f"a film resistance of {self.film_resistance:g} ohm m2", "not negative"
        )
        area = self.area_per_volume
        _check(area is None or 0 < area < inf, f"{self.material.name}: an area of {area} per m", "area > 0")
        if self.window is not None:
            _check(
                all(0 <= x <= 1 for x in self.window) and self.window[0] != self.window[1],
                f"{self.material.name}: a stoichiometry window of {self.window}",
                "two different stoichiometries between 0 and 1",
            )

    @property
    def core_radius(self) -> float:
        """Radius of the host within the shell as a share of the particle's."""
        return 1.0 if self.shell is None else (1 - self.shell.volume_share) ** (1 / 3)

    @property
    def capacity_concentration(self) -> float:
        """Lithium at stoichiometry one, mol per m3 of electrode (what a shell holds included)."""
        share = 1.0
        if self.shell is not None:
            share -= (1 - self.shell.partition) * self.shell.volume_share
        return self.volume_fraction * self.material.maximum_concentration * share

    @property
    def area(self) -> float:
        """Reactive area per volume of electrode, m-1."""
        return (
            3 * self.volume_fraction / self.radius if self.area_per_volume is None else self.area_per_volume
        )


@dataclass(frozen=True, eq=False)
class Electrode:
    """A porous electrode.

    Parameters
    ----------
    thickness:
        m.
    porosity:
        Volume of electrolyte per volume of electrode.
    transport_efficiency:
        Effective over bulk transport in the electrolyte, ``eps / tau`` (``eps**1.5`` after Bruggeman).
    conductivity:
        Effective electronic conductivity of the layer, S m-1.
    particles:
        Populations.
    double_layer_capacitance:
        F m-2 of reactive area; zero for none.
    """

    thickness: float
    porosity: float
    transport_efficiency: float
    conductivity: float
    particles: tuple[Particle, ...]
    double_layer_capacitance: float = 0.0

    def __post_init__(self) -> None:
        check_layer("electrode", self.thickness, self.porosity, self.transport_efficiency)
        _check(
            0 < self.conductivity < inf,
            f"an electronic conductivity of {self.conductivity:g} S/m",
            "conductivity > 0",
        )
        _check(len(self.particles) > 0, "an electrode without particles", "at least one population")
        _check(
            0 <= self.double_layer_capacitance < inf, "a negative double-layer capacitance", "not negative"
        )
        solid = sum(p.volume_fraction for p in self.particles)
        _check(
            solid + self.porosity <= 1 + 1e-3,  # published values are rounded
            f"active volume fraction {solid:g} and porosity {self.porosity:g}",
            "together they fill the electrode once at most",
        )


@dataclass(frozen=True)
class Separator:
    """The layer between the electrodes: thickness (m), porosity, transport efficiency (as in Electrode)."""

    thickness: float
    porosity: float
    transport_efficiency: float

    def __post_init__(self) -> None:
        check_layer("separator", self.thickness, self.porosity, self.transport_efficiency)


def check_layer(name: str, thickness: float, porosity: float, efficiency: float) -> None:
    """Refuse a layer that cannot exist."""
    _check(0 < thickness < inf, f"{name}: a thickness of {thickness:g} m", "thickness > 0")
    # One is a gap filled with electrolyte, as in some published separators; an electrode holds particles too.
    _check(0 < porosity <= 1, f"{name}: a porosity of {porosity:g}", "0 < porosity <= 1")
    _check(
        0 < efficiency <= porosity * (1 + 1e-9),
        f"{name}: a transport efficiency of {efficiency:g} at porosity {porosity:g}",
        "0 < transport efficiency <= porosity (a tortuosity below one is impossible)",
    )


def _check(holds: bool, found: str, rule: str) -> None:
    if not holds:  # also where a number is nan
        raise InputError(found, rule=rule)
