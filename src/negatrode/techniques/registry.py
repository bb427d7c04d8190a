"""The techniques, and which of them measure a property. To add one: write the module, name it here.

Where two measure one property, the first in MODULES is preferred and the other stands beside it.
"""

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
    "negatrode.techniques.tomography.technique",
    "negatrode.techniques.phases.technique",
    "negatrode.techniques.cycling.technique",
)


@cache
def techniques() -> tuple[Technique, ...]:
    """All techniques."""
    return tuple(importlib.import_module(name).TECHNIQUE for name in MODULES)


def techniques_of(prop: str) -> tuple[Technique, ...]:
    """The techniques that measure a property, the one to prefer first; InputError where none does."""
    lookup(prop)
    found = tuple(t for t in techniques() if prop in t.properties)
    if not found:
        known = ", ".join(dict.fromkeys(p for t in techniques() for p in t.properties))
        raise InputError(f"no technique measures '{prop}'", remedy=f"Measured: {known}")
    return found
