"""Facts that the contents show: the elements of the phases and of the particle, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from negatrode.core.sample import Fact
from negatrode.techniques.phases.composition import PhaseContents, summary


def element_facts(
    contents: Mapping[str, PhaseContents], present: Mapping[str, Sequence[str]], recipe: str, where: str
) -> tuple[Fact, ...]:
    """phase_a_elements, phase_b_elements and particle_elements.

    An element counts as contained where its content lies above the decision limit (5 % false positives);
    ``present`` names by phase those that the detector can tell from others as well.
    """
    facts = []
    words: list[str] = []
    union: list[str] = []
    by = f"phases, {recipe}"
    for phase, found in contents.items():
        elements = tuple(present[phase])
        text = f"phase {phase} ({found.pixels} {'points' if recipe == 'wds-points' else 'pixels'}): "
        text += ", ".join(summary(found, e) for e in found.elements)
        unclear = [e for e in found.elements if found.significant(e) and e not in elements]
        if unclear:
            text += f"; {', '.join(unclear)} not counted: the detector cannot tell it from another element"
        words.append(text)
        union += elements
        if elements:
            facts.append(Fact(f"phase_{phase.lower()}_elements", elements, by, where, text))
    whole = tuple(dict.fromkeys(union))
    if whole:
        facts.append(Fact("particle_elements", whole, by, where, "; ".join(words)))
    return tuple(facts)


def marked_facts(mark_a: str, mark_b: str, recipe: str, where: str) -> tuple[Fact, ...]:
    """The marks alone, where contents cannot be had: the phases were told apart by them."""
    facts = []
    for phase, mark in (("a", mark_a), ("b", mark_b)):
        if mark:
            text = f"phase {phase.upper()} is the phase rich in {mark} by {recipe}; contents are not known"
            facts.append(Fact(f"phase_{phase}_elements", (mark,), f"phases, {recipe}", where, text))
    both = tuple(m for m in (mark_a, mark_b) if m)
    text = f"the phases were told apart by {' and '.join(both)}; contents are not known"
    facts.append(Fact("particle_elements", both, f"phases, {recipe}", where, text))
    return tuple(facts)
