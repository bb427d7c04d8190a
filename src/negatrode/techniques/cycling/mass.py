"""The mass of active material that capacities are per: given, or as a share of the coating's mass."""

from __future__ import annotations

from dataclasses import dataclass

from negatrode.core.errors import InputError, MissingInput
from negatrode.core.settings import Settings


@dataclass(frozen=True)
class Mass:
    """Mass of active material in g, and its relative standard uncertainty where given."""

    grams: float
    relative: float | None


def mass_of(settings: Settings) -> Mass | MissingInput:
    """The mass, or what asks for it (ratios of capacities need none).

    A mass of the coating goes with the share of active material in it; ``mass_uncertainty`` is of whichever
    mass is given. Raises InputError where both masses are given, or one is not positive.
    """
    coating = settings.optional_quantity("electrode_mass")
    if coating is not None and "mass" in settings.given:
        raise InputError(
            "cycling.mass and cycling.electrode_mass are both given",
            where=settings.origin,
            rule="a capacity is per one mass",
            remedy="Keep the one that was weighed",
        )
    name = "mass" if coating is None else "electrode_mass"
    try:
        weighed = settings.quantity(name, why="a capacity is per mass of the active material")
        share = 100.0 if coating is None else _share(settings)
    except MissingInput as missing:
        return missing
    if weighed <= 0.0:
        raise InputError(
            f"cycling.{name} = {weighed:g} mg", where=settings.origin, rule="it must be positive"
        )
    u = settings.optional_quantity("mass_uncertainty")
    if u is not None and not 0.0 <= u < weighed:
        raise InputError(
            f"cycling.mass_uncertainty = {u:g} mg",
            where=settings.origin,
            rule=f"a standard uncertainty lies between 0 and the mass, {weighed:g} mg",
        )
    return Mass(weighed * share / 1e5, None if u is None else u / weighed)


def _share(settings: Settings) -> float:
    share = settings.quantity("active_fraction", why="only a part of the coating takes up lithium")
    if not 0.0 < share <= 100.0:
        raise InputError(
            f"cycling.active_fraction = {share:g} %",
            where=settings.origin,
            rule="it lies between 0 and 100 %",
        )
    return share
