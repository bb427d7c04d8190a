"""Which elements the powder is shown to contain, for claims that ask for elements."""

from __future__ import annotations

from collections.abc import Mapping

from negatrode.core.sample import Fact
from negatrode.techniques.composition.columns import METALS
from negatrode.techniques.composition.content import Content

FACT = "particle_elements"
SIGNIFICANT = 3.0  # standard uncertainties above zero


def particle_elements(contents: Mapping[str, Content], where: str) -> tuple[Fact, ...]:
    """The elements whose content lies at least three standard uncertainties above zero, largest first.

    Given only where the analysis lists metals or semimetals: an analysis of gases alone says nothing of
    what the particle is made of. An element that is missing here was not analysed or is not significant.
    """
    if not any(e in METALS for e in contents):
        return ()
    certain = {
        e: c.value
        for e, c in contents.items()
        if c.error is None and c.below is None and c.value >= SIGNIFICANT * c.u
    }
    if not any(e in METALS for e in certain):
        return ()
    ordered = sorted(certain, key=lambda e: -certain[e])
    shown = ", ".join(f"{e} {certain[e]:.3g}" for e in ordered)
    doubtful = [e for e in contents if e not in certain]
    rest = f"; not significant: {', '.join(doubtful)}" if doubtful else ""
    evidence = f"{shown} wt%, each above {SIGNIFICANT:g} standard uncertainties{rest}"
    return (Fact(FACT, tuple(ordered), "composition: elemental analysis", where, evidence),)
