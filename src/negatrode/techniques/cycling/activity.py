"""Whether a phase takes up and gives back lithium: facts with their evidence.

A half cell of a material shows that the material is active, or that it is not, within the potentials that
it was driven through. Of a two-phase particle it shows only that one of the phases is; which one follows
where an electrode of phase B alone shows none: the two facts together are drawn by the flow.
"""

from __future__ import annotations

from collections.abc import Sequence

from negatrode.core.sample import Fact
from negatrode.techniques.cycling.cycles import Cycle
from negatrode.techniques.cycling.record import CyclerRecord

PARTICLE, PHASE_A, PHASE_B = "particle", "phase-a", "phase-b"
# mA h/g. The claims give no number for "incapable"; conductive additive alone gives back up to some 10
# mA h/g of electrode (assumed). The recipe's own threshold unless cycling.inactive_below is given.
INACTIVE_BELOW = 20.0
# V. An electrode that was not brought lower shows nothing of a phase that alloys there: silicon takes up
# lithium at 0.1 V in its first lithiation (assumed)
LOWEST = 0.1


def activity_facts(
    material: str,
    cycles: Sequence[Cycle],
    record: CyclerRecord,
    mass: float | None,
    threshold: float,
    u: float,
) -> tuple[Fact, ...]:
    """Fact of the material of the electrode (mass in g, ``u`` relative, 1 sd).

    None near the threshold, and no inactivity of an electrode that was not driven to LOWEST and back.
    """
    if mass is None or not cycles or cycles[0].delithiation is None:
        return ()
    back = 1000.0 * cycles[0].delithiation.capacity / mass
    low, high = back * (1.0 - 1.96 * u), back * (1.0 + 1.96 * u)
    text = _evidence(cycles[0], back, u, threshold, record.path)
    by = "cycling, reversible capacity"
    if low <= threshold <= high:
        return ()
    active = low > threshold
    if not active and not _driven_far(cycles[0]):
        return ()
    name, value = {
        PARTICLE: ("particle_lithium_active", active),
        PHASE_A: ("phase_a_lithium_active", active),
        PHASE_B: ("phase_b_lithium_inactive", not active),
    }[material]
    return (Fact(name, value, by, record.path, text),)


def _driven_far(cycle: Cycle) -> bool:
    """Whether the cycle was driven far enough to show that nothing is taken up and given back."""
    return cycle.complete and float(cycle.lithiation.voltage.min()) <= LOWEST


def _evidence(cycle: Cycle, back: float, u: float, threshold: float, path: str) -> str:
    lowest = float(min(cycle.lithiation.voltage))
    highest = float(max(cycle.delithiation.voltage)) if cycle.delithiation is not None else lowest
    return (
        f"{path}: gives back {back:.4g} +- {back * u:.2g} mA h/g in its first cycle between {lowest:.3g} and "
        f"{highest:.3g} V; active from {threshold:g} mA h/g (threshold of the recipe, assumed)"
    )
