"""The route of a spherical hard carbon: what a maker sets, in SI where no unit is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from negatrode.core.errors import InputError
from negatrode.process.programme import Programme
from negatrode.process.reference import Reference

SIZINGS = ("balance", "correlation", "limited-coalescence", "given")
MIXERS = ("turbine", "rotor-stator")
BEDS = ("static", "fluidised", "rotating")
# Density (g/cm3) of the silicon compounds that are named: [R], handbooks.
COMPOUNDS = {"SiO2": 2.2, "SiC": 3.2, "Si3N4": 3.2, "siloxane": 1.0}


@dataclass(frozen=True)
class Stirrer:
    """``speed`` in 1/s, ``diameter`` in m, ``mixer`` one of MIXERS, ``tank`` the volume (m3) or None."""

    speed: float
    diameter: float
    mixer: str = "turbine"
    tank: float | None = None

    def __post_init__(self) -> None:
        for name, value, unit in (("speed", self.speed, "1/s"), ("diameter", self.diameter, "m")):
            if not value > 0.0:
                raise InputError(
                    f"a stirrer with a {name} of {value:g} {unit}",
                    where=f"suspension.{'stirrer_speed' if name == 'speed' else 'impeller'}",
                    rule="drops break because the stirrer turns: it is above zero",
                    remedy='write stirrer_speed = "10 1/s" and impeller = "0.1 m"'
                    ', or sizing = "given" with bead_size',
                )
        if self.tank is not None and not self.tank > 0.0:
            raise InputError(f"a tank of {self.tank:g} m3", where="suspension.tank_volume", rule="above zero")


@dataclass(frozen=True)
class Silica:
    """Colloidal silica that stabilises the drops: kg per m3 of monomer, particle diameter (m), and the share
    that is washed off the beads.
    """

    concentration: float
    diameter: float
    washed: float = 0.0


@dataclass(frozen=True, eq=False)
class Suspension:
    """Monomers (mass shares), sizing by one of SIZINGS, polymerisation.

    ``fraction``: volume share of monomer; ``tension``: N/m; ``initiator_share``: mass per mass of monomer;
    ``bead_size`` (m, by volume median) and ``bead_gsd`` where the beads are given.
    """

    monomers: Mapping[str, float]
    sizing: str
    programme: Programme
    initiator: str
    initiator_share: float
    stirrer: Stirrer | None = None
    fraction: float = 0.2
    tension: float = 5e-3
    silica: Silica | None = None
    bead_size: float | None = None
    bead_gsd: float | None = None


@dataclass(frozen=True, eq=False)
class Oxidation:
    """Programme and bed; ``depth`` (m): from the surface that meets the gas to the middle of the bed."""

    programme: Programme
    bed: str = "static"
    depth: float = 2e-3


@dataclass(frozen=True)
class Coating:
    """``share``: wt% of the coated powder, offered (or ``deposited``); ``density`` in g/cm3."""

    compound: str
    share: float
    density: float
    deposited: bool = False


@dataclass(frozen=True, eq=False)
class HardCarbonRoute:
    """The whole route; ``oxidation`` None: the beads are carbonised as polymerised. ``furnace_sd``: K;
    ``taken``: what the route does not state and was taken.
    """

    name: str
    suspension: Suspension
    carbonisation: Programme
    oxidation: Oxidation | None = None
    coating: Coating | None = None
    furnace_sd: float | None = None
    reference: Reference | None = None
    where: str = ""
    taken: tuple[str, ...] = ()
