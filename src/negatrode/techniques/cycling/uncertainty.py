"""Uncertainty of capacities, efficiency and retention of one cell.

Repeatability between cells of one electrode (1 sd): capacity 1.5 %, efficiency 1 % absolute, retention 2 %
absolute [recalled, marked R]; it holds the scatter of weighing and of assembly. The calibration of the
current acts on every charge of a file alike, so that it cancels in ratios.
"""

from __future__ import annotations

import math

from negatrode.core.estimate import Component
from negatrode.techniques.cycling.halfcycles import HalfCycle

REPEAT_CAPACITY = 0.015
REPEAT_EFFICIENCY = 1.0
REPEAT_RETENTION = 2.0
# relative, of common cyclers' current range (assumed)
CALIBRATION = 1e-3


def capacity_components(
    value: float, half: HalfCycle, branch: str, key: str, u_mass: float | None
) -> tuple[Component, ...]:
    """Of a capacity per mass, in its unit; ``u_mass`` is the relative uncertainty of the mass, if given."""
    found = [
        Component("calibration of the current (assumed 0.1 %)", CALIBRATION * value, f"{key}:current"),
        Component(
            "repeatability between cells (1.5 %, recalled)", REPEAT_CAPACITY * value, f"{key}:repeat-capacity"
        ),
        end_component(value, half, branch, key),
        *_gap(value, half, branch, key),
    ]
    if u_mass is not None:
        found.append(Component("mass of the active material", u_mass * value, f"{key}:mass"))
    return tuple(found)


def end_component(value: float, half: HalfCycle, branch: str, key: str) -> Component:
    """The end of a half-cycle is known to one logged point: the reversal may lie anywhere up to the next.

    Evenly spread from the last point on, the root mean square distance is the step over sqrt(3).
    """
    u = value * half.step / half.capacity / math.sqrt(3.0)
    return Component(f"end of the {branch} between two logged points", u, f"{key}:end-{half.rows[-1]}")


def _gap(value: float, half: HalfCycle, branch: str, key: str) -> tuple[Component, ...]:
    """Current may have flowed for all, some or none of a gap: evenly spread, root mean square Q/sqrt(3)."""
    if half.gap <= 0.0:
        return ()
    u = value * half.gap / half.capacity / math.sqrt(3.0)
    return (Component(f"gaps of the record in the {branch}", u, f"{key}:gap-{half.rows[0]}"),)


def ratio_components(
    value: float, top: HalfCycle, bottom: HalfCycle, key: str, *, repeat: float, what: str
) -> tuple[Component, ...]:
    """Of a ratio of two charges in %: ends of both half-cycles and repeatability; calibration cancels."""
    below = "lithiation" if what == "efficiency" else "first delithiation"
    return (
        Component(f"repeatability between cells ({repeat:g} %, recalled)", repeat, f"{key}:repeat-{what}"),
        end_component(value, top, "delithiation", key),
        end_component(-value, bottom, below, key),
        *_gap(value, top, "delithiation", key),
        *_gap(-value, bottom, below, key),
    )
