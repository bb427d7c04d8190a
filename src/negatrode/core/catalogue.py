"""The property catalogue: one row a measurand.

Measurements produce rows, claims constrain rows, materials consume rows; nobody knows anybody else.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from negatrode.core.errors import InputError


@dataclass(frozen=True)
class Property:
    """One measurand.

    Attributes
    ----------
    low, high:
        The plausible range in ``unit``; a value outside it is reported, never silently accepted.
    expression:
        Arithmetic of other properties, where this one is derived from them ("" where measured).
    iri:
        Term of EMMO/BattINFO (or QUDT) where there is one, else "".
    """

    name: str
    symbol: str
    unit: str
    definition: str
    low: float
    high: float
    title: str = ""
    expression: str = ""
    iri: str = ""

    def is_plausible(self, value: float) -> bool:
        """Whether a value in ``unit`` lies in the plausible range."""
        return self.low <= value <= self.high


@cache
def catalogue() -> Mapping[str, Property]:
    """All properties by name, in the catalogue's order.

    >>> catalogue()["d002"].unit
    'nm'
    """
    text = resources.files("negatrode.core").joinpath("properties.toml").read_text("utf-8")
    rows = tomllib.loads(text)
    return {name: Property(name=name, **row) for name, row in rows.items()}


def near_matches(name: str, known: list[str]) -> str:
    """A phrase naming what the user may have meant, or "".

    >>> near_matches("d02", ["d002", "sphericity"])
    'Did you mean d002?'
    """
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else ""


def lookup(name: str) -> Property:
    """The property of that name; InputError with near matches where there is none."""
    rows = catalogue()
    if name not in rows:
        hint = near_matches(name, list(rows)) or f"Known: {', '.join(rows)}."
        raise InputError(f"'{name}' is no property of the catalogue", remedy=hint)
    return rows[name]
