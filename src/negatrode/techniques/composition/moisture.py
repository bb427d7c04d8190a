"""The stated water of the analysed powder, which brings hydrogen and oxygen of its own."""

from __future__ import annotations

from dataclasses import dataclass

from negatrode.core.errors import MissingInput, Refusal
from negatrode.core.estimate import Component, Outcome
from negatrode.core.settings import Settings
from negatrode.techniques.composition.content import Content, scaled

# relative atomic masses as the claims' time used them (measurement conventions of the field)
MASS_H, MASS_C, MASS_O = 1.00794, 12.0107, 15.9994
HYDROGEN_OF_WATER = 2.0 * MASS_H / (2.0 * MASS_H + MASS_O)
OXYGEN_OF_WATER = 1.0 - HYDROGEN_OF_WATER
U_MOISTURE = 0.1  # wt% (assumed)


@dataclass(frozen=True)
class Water:
    """Stated moisture in wt% and its standard uncertainty."""

    value: float
    u: float
    key: str


def moisture(settings: Settings, key: str) -> Water | None:
    """The stated moisture, or None; Refusal where it is no mass fraction."""
    value = settings.optional_quantity("moisture")
    if value is None:
        return None
    if not 0.0 <= value < 100.0:
        raise Refusal(
            f"a moisture of {value:g} wt%", where="composition.moisture", rule="it lies within 0 to 100"
        )
    given = settings.optional_quantity("u_moisture")
    return Water(value, U_MOISTURE if given is None else given, f"{key}:moisture")


def needs(settings: Settings, name: str) -> MissingInput:
    """The question for the moisture or ash that a basis rests on."""
    return MissingInput(
        f"{settings.section}.{name} is not known",
        key=f"{settings.section}.{name}",
        rule=f"the basis asked for needs the {name} of the analysed powder",
        remedy=f'Give it as {name} = "0.4 wt%" under [{settings.section}] in SAMPLE.toml',
    )


def on_mass(found: Content, water: Water | None, of_water: float = 0.0) -> Outcome:
    """A content on the mass as analysed, or on the dry mass: (w - f m) / (1 - m).

    ``of_water`` is f, the element's mass fraction of water. A limit stays an upper limit: the water's share
    is then not taken off.
    """
    rest = 1.0 - water.value / 100.0 if water else 1.0
    if found.below is not None:
        return Outcome(None, below_limit=found.below / rest)
    value = (found.value - of_water * water.value) / rest if water else found.value
    parts = [scaled(c, 1.0 / rest) for c in found.components]
    if water is not None:
        slope = (value / 100.0 - of_water) / rest
        parts.append(Component("moisture", slope * water.u, water.key))
    return Outcome(value, tuple(parts))
