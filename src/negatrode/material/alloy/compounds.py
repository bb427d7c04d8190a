"""Compounds of a host A with a metal B: the partner of free A, and whether lithium attacks it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from negatrode.core.errors import InputError
from negatrode.material.alloy.elements import RARE_EARTHS, capacity_of, elemental_volume, host, metal

HERE = "compounds.toml"


@dataclass(frozen=True)
class Compound:
    """``A_p B_q``.

    Parameters
    ----------
    mp, cost507, recalled:
        Enthalpy of formation in kJ per mol of atoms by source, or None.
    first:
        Potential (V against lithium) of the first reaction with lithium by the hull at 0 K; 0 where there is
        none above 0 V; None where it is not known.
    rest:
        mol of A that stay with a mol of B after that reaction.
    volume:
        cm3 per mol of formula from lattice constants, or None.
    doubt:
        What the data disagree about, or "".
    """

    a: str
    b: str
    p: int
    q: int
    partner: bool = False
    mp: float | None = None
    cost507: float | None = None
    recalled: float | None = None
    first: float | None = None
    rest: float = 0.0
    volume: float | None = None
    doubt: str = ""
    mark: str = "C"
    confidence: str = "usable"

    @property
    def formula(self) -> str:
        """``TiSi2``: the metal first."""
        return f"{self.b}{self.q if self.q > 1 else ''}{self.a}{self.p if self.p > 1 else ''}"

    @property
    def ratio(self) -> float:
        """mol of A with each mol of B, ``p / q``."""
        return self.p / self.q

    @property
    def molar_mass(self) -> float:
        """g per mol of formula."""
        return self.p * host(self.a).molar_mass + self.q * metal(self.b).molar_mass

    @property
    def vegard_volume(self) -> float:
        """cm3 per mol of formula as the sum of the elements'; intermetallics lie 0 to 25 % below it [A]."""
        return self.p * elemental_volume(self.a) + self.q * elemental_volume(self.b)

    @property
    def molar_volume(self) -> float:
        """cm3 per mol of formula: from lattice constants, or else the sum of the elements'."""
        return self.vegard_volume if self.volume is None else self.volume

    @property
    def volume_mark(self) -> str:
        """ "R" for recalled lattice constants, "A" for the sum of the elements' volumes."""
        return "A" if self.volume is None else "R"

    @property
    def density(self) -> float:
        """g/cm3."""
        return self.molar_mass / self.molar_volume

    @property
    def convertible(self) -> float:
        """mAh per g of compound if lithium takes all A but ``rest``: ``(p - rest q) x F / (3.6 M)``."""
        return capacity_of((self.p - self.rest * self.q) * host(self.a).lithium, self.molar_mass)

    @property
    def binding(self) -> tuple[float, float] | None:
        """kJ that free a mol of B from the compound, ``-dH (p + q) / q``, and half of what sources differ.

        None where there is no enthalpy.
        """
        found = [dh for dh in (self.mp, self.cost507, self.recalled) if dh is not None]
        if not found:
            return None
        atoms = (self.p + self.q) / self.q
        return -atoms * (max(found) + min(found)) / 2, atoms * (max(found) - min(found)) / 2


@cache
def compounds(a: str, b: str) -> tuple[Compound, ...]:
    """All compounds of a pair, the equilibrium partner of free A first; () where there are no data.

    >>> [c.formula for c in compounds("Si", "Ti")]
    ['TiSi2', 'TiSi', 'Ti5Si3']
    """
    host(a), metal(b)
    of_a = [c for c in _rows() if c.a == a]
    found = [c for c in of_a if c.b == b]
    if not found and b in RARE_EARTHS:
        found = [replace(c, b=b) for c in of_a if c.b == "RE"]
    return tuple(sorted(found, key=lambda c: not c.partner))


def partner(a: str, b: str, formula: str = "") -> Compound:
    """The compound that free A is in equilibrium with, or the one of that ``formula``.

    Raises
    ------
    InputError
        Nothing is known of the pair, or it has no compound of that formula.
    """
    found = compounds(a, b)
    if not found:
        raise InputError(
            f"no compound of {a} with {b} is known here",
            where=HERE,
            rule="the lever rule needs the partner of free A",
            remedy="Give the fraction of A by XRD or EPMA.",
        )
    chosen = [c for c in found if c.formula == formula] if formula else found[:1]
    if not chosen:
        known = ", ".join(c.formula for c in found)
        raise InputError(f"no compound {formula} of {a} with {b}", where=HERE, rule=f"known: {known}")
    return chosen[0]


@cache
def _rows() -> tuple[Compound, ...]:
    text = resources.files("negatrode.material.alloy").joinpath(HERE).read_text("utf-8")
    return tuple(Compound(**row) for row in tomllib.loads(text)["compound"])
