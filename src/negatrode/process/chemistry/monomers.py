"""Vinyl monomers and what a mixture of them makes: composition, densities, heat."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError

# IUPAC atomic weights, abridged
_WEIGHTS = {"C": 12.011, "H": 1.008, "N": 14.007, "O": 15.999, "Cl": 35.45}


@dataclass(frozen=True)
class Monomer:
    """A row of monomers.toml; densities in g/cm3, ``heat`` in kJ per mol of double bonds, ``tg`` in degC."""

    name: str
    formula: Mapping[str, int]
    vinyl: int
    monomer: float
    polymer: float
    heat: float
    kp: tuple[float, float]
    q: float
    e: float
    tg: float
    water: float
    short: tuple[str, ...] = ()

    @property
    def mass(self) -> float:
        """Molar mass, g/mol."""
        return sum(_WEIGHTS[x] * n for x, n in self.formula.items())

    def share(self, element: str) -> float:
        """Mass fraction of an element.

        >>> round(100 * find("acrylonitrile").share("N"), 1)
        26.4
        """
        return _WEIGHTS[element] * self.formula.get(element, 0) / self.mass


@cache
def table() -> Mapping[str, Monomer]:
    """All monomers by name."""
    rows = tomllib.loads(
        resources.files("negatrode.process.chemistry").joinpath("monomers.toml").read_text("utf-8")
    )
    return {
        name: Monomer(name=name, **{**row, "kp": (row["kp"][0], row["kp"][1]), "short": tuple(row["short"])})
        for name, row in rows.items()
    }


def find(name: str, where: str = "suspension.monomers") -> Monomer:
    """A monomer by its name or short name; InputError with near matches."""
    rows = table()
    by_name = {k.lower(): m for k, m in rows.items()} | {s.lower(): m for m in rows.values() for s in m.short}
    key = name.lower().replace("_", " ")
    if key not in by_name:
        hint = near_matches(key, list(by_name)) or f"Known: {', '.join(rows)}"
        raise InputError(f"'{name}' is no monomer that is known", where=where, remedy=hint)
    return by_name[key]


@dataclass(frozen=True)
class Mixture:
    """Monomers with their mass shares, which sum to one."""

    parts: tuple[tuple[Monomer, float], ...]

    @property
    def monomer_density(self) -> float:
        """g/cm3, volumes added."""
        return 1.0 / sum(w / m.monomer for m, w in self.parts)

    @property
    def polymer_density(self) -> float:
        """g/cm3, volumes added."""
        return 1.0 / sum(w / m.polymer for m, w in self.parts)

    @property
    def heat(self) -> float:
        """Heat of polymerisation, J per kg of monomer."""
        return sum(w * m.vinyl * m.heat * 1e6 / m.mass for m, w in self.parts)

    @property
    def glass_transition(self) -> float:
        """Tg of the polymer (K) by Fox: ``1 / Tg = sum w_i / Tg_i``."""
        return 1.0 / sum(w / (m.tg + 273.15) for m, w in self.parts)

    def share_of(self, *names: str) -> float:
        """Mass share of some monomers together."""
        return sum(w for m, w in self.parts if m.name in names)

    def element(self, symbol: str) -> float:
        """Mass fraction of an element in the polymer."""
        return sum(w * m.share(symbol) for m, w in self.parts)


def mixture(shares: Mapping[str, float], where: str = "suspension.monomers") -> Mixture:
    """The mixture of monomers by name; InputError where the shares do not sum to one."""
    parts: dict[str, tuple[Monomer, float]] = {}
    for name, w in shares.items():
        found = find(name, where)
        if not 0.0 <= w <= 1.0:
            raise InputError(f"{name} = {w:g}", where=where, rule="a mass share lies from 0 to 1")
        if found.name in parts:
            raise InputError(f"{found.name} is given twice", where=where, remedy="Keep one of them")
        if w > 0.0:
            parts[found.name] = (found, w)
    total = sum(w for _, w in parts.values())
    if abs(total - 1.0) > 1e-6:
        raise InputError(
            f"{total:g} in all",
            where=where,
            rule="the mass shares of the monomers sum to one",
            remedy="write { styrene = 0.65, acrylonitrile = 0.30, divinylbenzene = 0.05 }",
        )
    return Mixture(tuple(parts.values()))
