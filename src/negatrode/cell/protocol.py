"""What is done to a cell: steps and cycles, as data."""

from __future__ import annotations

from dataclasses import dataclass

MODES = ("current", "c-rate", "voltage", "power", "resistance", "rest", "drive")


@dataclass(frozen=True)
class End:
    """One reason to go on to the next step.

    ``quantity``: "voltage" (V, crossed in either direction), "current" (A, magnitude at or below),
    "c-rate" (the same as a multiple of the nominal capacity), "time" (s since the step began),
    "capacity" (A h passed since the step began, magnitude).
    """

    quantity: str
    value: float


@dataclass(frozen=True)
class Step:
    """One step.

    ``mode``: one of MODES. ``value`` in A, C, V, W or ohm; current and power are positive on discharge.
    ``drive`` (mode "drive"): times (s, ascending from 0) and values of ``drive_quantity`` ("current",
    "power" or "voltage"), linear between the points. ``period``: s between stored points, or None for
    every step of the solver. ``temperature``: ambient temperature (K) of this step, or None for the cell's.
    """

    mode: str
    value: float = 0.0
    ends: tuple[End, ...] = ()
    drive: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    drive_quantity: str = "current"
    period: float | None = None
    temperature: float | None = None
    text: str = ""


@dataclass(frozen=True)
class Protocol:
    """A list of steps, done ``cycles`` times in order; ``cycle_of`` numbers each flattened step's cycle."""

    steps: tuple[Step, ...]
    cycle_of: tuple[int, ...] = ()
