"""What a reader should know of a record before its numbers are believed: gates passed or failed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from negatrode.core.errors import NegatrodeError, Refusal
from negatrode.core.estimate import Finding
from negatrode.core.provenance import Stated
from negatrode.techniques.cycling.activity import LOWEST
from negatrode.techniques.cycling.charge import AGREEMENT, counter_disagreement
from negatrode.techniques.cycling.cycles import Cycle
from negatrode.techniques.cycling.halfcycles import HalfCycle
from negatrode.techniques.cycling.mass import Mass
from negatrode.techniques.cycling.record import CyclerRecord

# Counters that differ from the integral of the current by more are named (assumed)
_COUNTERS_DIFFER = 0.005
# Half-cycles that end farther apart than this share of the record's voltage have not one limit (assumed)
_LIMIT = 0.02
# A cell whose voltage goes so far below zero, as a share of how far above, is none against lithium (assumed)
_BELOW_ZERO = 0.3
# Two statements of the mass that differ by more are two masses (assumed; digits are cut in headers)
_MASSES_DIFFER = 0.01
# EC-Lab writes 0.001 mg where nobody entered a mass
NO_MASS = 0.001


def refuse_symmetric(record: CyclerRecord, halves: Sequence[HalfCycle]) -> None:
    """Raises Refusal where the voltage runs to both sides of zero, or below it only.

    Plating of lithium on the electrode at a high rate goes some ten mV below zero, no farther.
    """
    low = float(np.median([h.voltage.min() for h in halves]))
    high = float(np.median([h.voltage.max() for h in halves]))
    if high > 0.0 and low >= -max(0.1, _BELOW_ZERO * high):
        return
    raise Refusal(
        f"the voltage runs from {low:.3g} to {high:.3g} V",
        where=record.path,
        rule="a cell of a negative-electrode material has a positive voltage",
        remedy="A symmetric cell has no first cycle of the material. A cell connected the other way round "
        "needs its voltage and its current with the other sign",
    )


def gates(record: CyclerRecord, halves: Sequence[HalfCycle]) -> tuple[Finding, ...]:
    """Findings on the whole record: counters, gaps, cycles too small to count."""
    return (*_counters(record), *_gaps(halves), *_swallowed(halves))


def _counters(record: CyclerRecord) -> tuple[Finding, ...]:
    apart = counter_disagreement(record)
    if apart is None or abs(apart) <= _COUNTERS_DIFFER:
        return ()
    if not np.isfinite(apart):
        text = "the instrument's counters do not go with the direction of the current; its integral is used"
        return (Finding("counters", text, warning=True),)
    taken = "counters are" if abs(apart) <= AGREEMENT else "integral is"
    text = (
        f"the instrument's counters differ from the integral of the current by {apart:+.1%}; the {taken} used"
    )
    return (Finding("counters", text, warning=abs(apart) > 0.05),)


def _gaps(halves: Sequence[HalfCycle]) -> tuple[Finding, ...]:
    missing = sum(h.gap for h in halves)
    if missing <= 0.0:
        return ()
    count = sum(h.gap > 0.0 for h in halves)
    text = (
        f"the log has gaps with current on both sides in {count} half-cycles; up to {1000.0 * missing:.3g} "
        "mA h may have passed in them, which is not counted and stands in the uncertainty"
    )
    return (Finding("time-gap", text, warning=True),)


def _swallowed(halves: Sequence[HalfCycle]) -> tuple[Finding, ...]:
    count = sum(h.swallowed for h in halves)
    if not count:
        return ()
    text = (
        f"{count} reversals go over more than half of the record's voltage and move hardly any charge "
        "(cycles at a high rate): they are not counted as cycles, and later cycles are numbered "
        "without them"
    )
    return (Finding("short-cycles", text, warning=True),)


def limit_findings(cycles: Sequence[Cycle], branch: str, role: str) -> tuple[Finding, ...]:
    """Whether the first lithiation or delithiation went as far as the later ones, or low enough at all."""
    found = [c.lithiation if branch == "lithiation" else c.delithiation for c in cycles]
    halves = [h for h in found if h is not None]
    if not halves:
        return ()
    ends = [float(h.voltage[-1]) for h in halves]
    later = [e for e, h in zip(ends[1:], halves[1:], strict=True) if h.complete]
    span = float(max(h.voltage.max() for h in halves) - min(h.voltage.min() for h in halves))
    way = halves[0].direction
    near = max(_LIMIT * span, 2.0 * abs(float(np.diff(halves[0].voltage[-2:]).sum())))
    if later and way * (float(np.median(later)) - ends[0]) > near:
        text = (
            f"the first {branch} ends at {ends[0]:.4g} V, the later ones at {float(np.median(later)):.4g} V"
        )
        return (Finding("short-of-limit", text, warning=True),)
    if branch == "lithiation" and role != "full-cell" and ends[0] > LOWEST:
        text = (
            f"the first lithiation ends at {ends[0]:.4g} V: what the material takes up below that is not in "
            "its capacity"
        )
        return (Finding("ends-high", text, warning=True),)
    return ()


def mass_findings(
    mass: Mass | NegatrodeError, *, given: bool, stated: Stated | None, of_coating: bool
) -> tuple[Finding, ...]:
    """What a reader should know of the mass that the capacities are per."""
    if isinstance(mass, NegatrodeError):
        return ()
    found = []
    weighed = 1000.0 * mass.grams
    if not given and not of_coating:
        text = f"{weighed:.4g} mg of active material, as the file states"
        found.append(Finding("mass-of-the-file", text))
    elif stated is not None and not isinstance(stated.value, str) and stated.unit == "mg":
        other = float(stated.value)
        if other > NO_MASS and abs(other / weighed - 1.0) > _MASSES_DIFFER:
            text = f"the file states {other:.4g} mg; {weighed:.4g} mg is given and used"
            found.append(Finding("mass-differs", text, warning=True))
    if mass.relative is None:
        text = "no uncertainty of the mass is given: the repeatability between cells stands for it as well"
        found.append(Finding("assumed-uncertainty", text))
    return tuple(found)
