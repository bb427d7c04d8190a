"""What hosts and metals do with oxygen and nitrogen: their oxides and nitrides, and verdicts of the hulls."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from negatrode.core.errors import InputError
from negatrode.material.alloy.elements import RARE_EARTHS


@dataclass(frozen=True)
class Affinity:
    """An oxide or nitride.

    ``metal``: mol of the element per mol of O or N. ``gibbs``: energy of formation in kJ per mol of O or N
    at 300 K, None where not at hand. ``volume``: cm3 per mol of the element in it.
    """

    formula: str
    metal: float
    gibbs: float | None = None
    volume: float = 0.0
    mark: str = "R"


@dataclass(frozen=True)
class HullVerdict:
    """Side ("A" or "B") that O or N takes by the hull, with the least margin in kJ/mol."""

    verdict: str
    margin: float


@cache
def affinity(light: str, element: str) -> Affinity:
    """The oxide (``light`` "O") or nitride ("N") of an element.

    >>> affinity("N", "Ti").formula
    'TiN'
    """
    if light not in ("O", "N"):
        raise InputError(f"'{light}' is neither O nor N", rule="the partition is of O and of N")
    rows = _rows()[light]
    if element in rows:
        return Affinity(**rows[element])
    if element in RARE_EARTHS:
        row = rows["RE"]
        return Affinity(**{**row, "formula": row["formula"].replace("RE", element)})
    raise InputError(f"nothing is known of {element} and {light}", rule=f"known: {', '.join(rows)}")


@cache
def hull_verdict(light: str, a: str, b: str) -> HullVerdict | None:
    """What the hull says of a pair, or None."""
    for row in _rows()["hull"]:
        if row["light"] == light and a in row["a"] and b in row["b"]:
            return HullVerdict(row["verdict"], row["margin"])
    return None


@cache
def is_near_tie(light: str, a: str, b: str) -> bool:
    """Whether the hull has the two sides within its error for a pair."""
    return any(row["light"] == light and a in row["a"] and b in row["b"] for row in _rows()["tie"])


@cache
def _rows() -> dict[str, Any]:
    text = resources.files("negatrode.material.alloy").joinpath("affinities.toml").read_text("utf-8")
    return tomllib.loads(text)
