"""What two facts say together that neither says alone."""

from __future__ import annotations

from collections.abc import Mapping

from negatrode.core.sample import Fact


def with_deduced(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Facts with those that follow from them.

    A particle that takes up and gives back lithium while an electrode of its phase B alone does not: it is
    phase A that does (the particle has no other phase to do it). Drawn only from what files show of the
    particle, and never over a declaration.
    """
    found = dict(facts)
    particle, b = facts.get("particle_lithium_active"), facts.get("phase_b_lithium_inactive")
    if particle is None or b is None or particle.value is not True or b.value is not True:
        return found
    evidence = f"the particle is active ({particle.evidence}); phase B is not ({b.evidence or b.declared_by})"
    known = facts.get("phase_a_lithium_active")
    if known is None:
        found["phase_a_lithium_active"] = Fact(
            "phase_a_lithium_active",
            True,
            "cycling: particle active, phase B inactive",
            particle.where,
            evidence,
        )
    return found
