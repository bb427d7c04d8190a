"""The route of an alloy powder: what a maker sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from negatrode.core.errors import InputError
from negatrode.material.table import GAS_CONSTANT
from negatrode.process.programme import Gas

METHODS = ("gas-atomised", "melt-spun", "arc-melted", "mechanically-alloyed")
# Temperature (degC) at which O and N last moved between the phases, where the route states none: a melt's
# last liquid, the hot spots of a mill [A].
USUAL = {"gas-atomised": 1000.0, "melt-spun": 1000.0, "arc-melted": 1000.0, "mechanically-alloyed": 300.0}


@dataclass(frozen=True)
class Vessel:
    """A closed vessel: volume (m3), pressure (Pa) at filling, charge (kg), how often it was filled."""

    volume: float
    charge: float
    pressure: float = 1e5
    fillings: int = 1

    def __post_init__(self) -> None:
        for name, value in (("volume", self.volume), ("charge", self.charge), ("pressure", self.pressure)):
            if not value > 0.0:
                raise InputError(f"{value:g}", where=f"alloy.vessel.{name}", rule="it is above zero")
        if self.fillings < 1:
            raise InputError(f"{self.fillings} fillings", where="alloy.vessel.fillings", rule="one or more")

    def moles(self, kelvin: float = 298.15) -> float:
        """Moles of gas a kilogram of charge: ``p V / (R T m)``, all fillings."""
        return self.fillings * self.pressure * self.volume / (GAS_CONSTANT * kelvin * self.charge)


@dataclass(frozen=True)
class Anneal:
    """A heat treatment after alloying, in an inert gas: degC and s."""

    celsius: float
    seconds: float

    def __post_init__(self) -> None:
        if not self.seconds > 0.0:
            raise InputError(
                f"an anneal of {self.seconds / 3600:g} h", where="alloy.anneal.time", rule="it takes time"
            )


@dataclass(frozen=True, eq=False)
class AlloyRoute:
    """The whole route.

    Attributes
    ----------
    composition:
        wt% of what is charged: host, metal, and any of F, S, P; 100 in all.
    oxygen, nitrogen:
        wt% in the raw material of an element, where known.
    gas:
        Atmosphere of alloying; ``vessel`` where it is closed.
    oxygen_uptake, nitrogen_uptake:
        wt% of the particle taken from an open gas, as the maker knows it.
    celsius:
        At which O and N last moved.
    dv50, dv50_sd, gsd:
        um, um, geometric standard deviation; None where not stated.
    passivated:
        Whether the powder meets air.
    cooling_rate:
        K/s of a melt, where known.
    taken:
        What the route does not state and was taken.
    """

    name: str
    a: str
    b: str
    composition: Mapping[str, float]
    method: str
    gas: Gas
    celsius: float
    vessel: Vessel | None = None
    oxygen: Mapping[str, float] = field(default_factory=dict)
    nitrogen: Mapping[str, float] = field(default_factory=dict)
    oxygen_uptake: float | None = None
    nitrogen_uptake: float | None = None
    dv50: float | None = None
    dv50_sd: float = 0.0
    passivated: bool = True
    cooling_rate: float | None = None
    anneal: Anneal | None = None
    structure: str = ""
    where: str = ""
    taken: tuple[str, ...] = ()
