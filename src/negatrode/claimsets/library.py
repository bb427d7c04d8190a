"""The claim sets that come with negatrode, and those of the user's own files."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path

from negatrode.claimsets.load import load_file, load_text
from negatrode.claimsets.model import ClaimSet, FactKind
from negatrode.core.catalogue import near_matches
from negatrode.core.errors import ClaimError

NAMES = ("hard-carbon", "alloy")


@cache
def _built_in(name: str) -> ClaimSet:
    text = resources.files("negatrode.claimsets").joinpath("sets", f"{name}.toml").read_text("utf-8")
    return load_text(text, path=f"{name}.toml")


def built_in() -> tuple[ClaimSet, ...]:
    """All claim sets that come with negatrode.

    >>> [(s.name, len(s.claims)) for s in built_in()]
    [('hard-carbon', 11), ('alloy', 6)]
    """
    return tuple(_built_in(name) for name in NAMES)


def claims(name_or_path: str | Path) -> ClaimSet:
    """A claim set by its name, or from a TOML file.

    Raises ClaimError, with near matches, for an unknown name, and with file and TOML path for a file
    that cannot be understood.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml"):
        return load_file(text)
    if text not in NAMES:
        hint = near_matches(text, list(NAMES)) or f"Known: {', '.join(NAMES)}"
        raise ClaimError(f"'{text}' is no claim set", remedy=f"{hint} Or give a file, NAME.toml")
    return _built_in(text)


def fact_kinds(sets: Iterable[str | Path] = ()) -> dict[str, FactKind]:
    """The facts that the built-in claim sets and these others ask for, by name."""
    known = {f.name: f for s in built_in() for f in s.facts}
    for name in sets:
        known |= {f.name: f for f in claims(name).facts}
    return known


def fact_names(sets: Iterable[str | Path] = ()) -> tuple[str, ...]:
    """The names of the facts that a SAMPLE.toml may declare.

    >>> "carbonized_vinyl_resin" in fact_names()
    True
    """
    return tuple(fact_kinds(sets))


def fact_kind(claim_set: ClaimSet, name: str) -> FactKind | None:
    """The kind of a fact: as the set itself documents it, else as a built-in set does."""
    return claim_set.fact(name) or fact_kinds().get(name)
