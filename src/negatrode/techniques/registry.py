"""The techniques, and which one measures a property. To add one: write the module, name it here."""

from __future__ import annotations

import importlib
from functools import cache

from negatrode.core.catalogue import lookup
from negatrode.core.errors import InputError
from negatrode.techniques.technique import Technique

MODULES = (
    "negatrode.techniques.diffraction.technique",
    "negatrode.techniques.sorption.technique",
    "negatrode.techniques.sizing.technique",
    "negatrode.techniques.shape.technique",
    "negatrode.techniques.thermal.technique",
    "negatrode.techniques.composition.technique",
    "negatrode.techniques.bulk.technique",
    "negatrode.techniques.silicon.technique",
)


@cache
def techniques() -> tuple[Technique, ...]:
    """All techniques."""
    return tuple(importlib.import_module(name).TECHNIQUE for name in MODULES)


def technique_of(prop: str) -> Technique:
    """The technique that measures a property; InputError where none does."""
    lookup(prop)
    for technique in techniques():
        if prop in technique.properties:
            return technique
    known = ", ".join(p for t in techniques() for p in t.properties)
    raise InputError(f"no technique measures '{prop}'", remedy=f"Measured: {known}")
