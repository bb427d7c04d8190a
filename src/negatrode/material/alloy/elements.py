"""The elements of alloy particles: hosts of lithium (phase A), metals of phase B, light elements."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypeVar

from negatrode.core.errors import InputError
from negatrode.material.table import FARADAY

RARE_EARTHS = ("Sc", "Y", "La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu")
LIGHT = ("O", "N", "F", "S", "P")
T = TypeVar("T")


@dataclass(frozen=True)
class Host:
    """An element that takes up lithium, with its end phase at room temperature.

    Parameters
    ----------
    molar_mass:
        g/mol.
    end_phase:
        Formula at stoichiometry one.
    lithium:
        mol of lithium per mol of host there.
    volume, volume_full:
        cm3 per mol of host, empty and at the end phase.
    mark, confidence, source:
        Of the volumes; the capacity follows from the formula alone.
    """

    symbol: str
    molar_mass: float
    end_phase: str
    lithium: float
    volume: float
    volume_full: float
    mark: str
    confidence: str
    source: str = ""

    @property
    def capacity(self) -> float:
        """mAh per g of host, ``x F / (3.6 M)``.

        >>> round(host("Si").capacity)
        3579
        """
        return capacity_of(self.lithium, self.molar_mass)

    @property
    def density(self) -> float:
        """g/cm3 of the empty host."""
        return self.molar_mass / self.volume

    @property
    def volumetric_capacity(self) -> float:
        """mAh per cm3 of the empty host."""
        return self.capacity * self.density

    @property
    def lithiated_capacity(self) -> float:
        """mAh per cm3 of the end phase."""
        return self.capacity * self.molar_mass / self.volume_full

    @property
    def expansion(self) -> float:
        """Change of volume to the end phase over the empty volume, ``V1 / V0 - 1``."""
        return self.volume_full / self.volume - 1.0

    @property
    def lithium_volume(self) -> float:
        """cm3 added per mol of lithium, ``(V1 - V0) / x``: 8.9 within 12 % for all hosts."""
        return (self.volume_full - self.volume) / self.lithium


@dataclass(frozen=True)
class Metal:
    """An element that binds hosts in phase B: molar mass (g/mol) and density (g/cm3)."""

    symbol: str
    molar_mass: float
    density: float
    mark: str
    confidence: str

    @property
    def volume(self) -> float:
        """cm3 per mol."""
        return self.molar_mass / self.density


def capacity_of(lithium: float, mass: float) -> float:
    """mAh/g of ``lithium`` mol taken up by ``mass`` g, ``x F / (3.6 M)``."""
    return lithium * FARADAY / (3.6 * mass)


@cache
def hosts() -> Mapping[str, Host]:
    """All hosts by symbol."""
    return {symbol: Host(symbol, **row) for symbol, row in _rows()["host"].items()}


@cache
def metals() -> Mapping[str, Metal]:
    """All metals of phase B by symbol."""
    return {symbol: Metal(symbol, **row) for symbol, row in _rows()["metal"].items()}


def host(symbol: str) -> Host:
    """The host of that symbol; InputError where it is none."""
    return _find(hosts(), symbol, "a host of lithium (phase A)")


def metal(symbol: str) -> Metal:
    """The metal of phase B of that symbol; InputError where it is none."""
    return _find(metals(), symbol, "a metal of phase B")


def molar_mass(symbol: str) -> float:
    """g/mol of any element of this room; InputError where it is none.

    >>> molar_mass("O")
    15.999
    """
    for room in ("host", "metal", "light"):
        if symbol in _rows()[room]:
            return float(_rows()[room][symbol]["molar_mass"])
    known = [*hosts(), *metals(), *LIGHT]
    raise InputError(f"'{symbol}' is no element of alloy particles", rule=f"known: {', '.join(known)}")


def elemental_volume(symbol: str) -> float:
    """cm3/mol of a host or a metal as the element."""
    return hosts()[symbol].volume if symbol in hosts() else metal(symbol).volume


def _find(rows: Mapping[str, T], symbol: str, what: str) -> T:
    if symbol not in rows:
        raise InputError(f"'{symbol}' is not {what}", rule=f"known: {', '.join(rows)}")
    return rows[symbol]


@cache
def _rows() -> dict[str, dict[str, dict[str, Any]]]:
    text = resources.files("negatrode.material.alloy").joinpath("elements.toml").read_text("utf-8")
    return tomllib.loads(text)
