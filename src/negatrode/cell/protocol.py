"""What is done to a cell: steps and cycles, as data.

Current and power are positive on discharge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite

from negatrode.core.errors import InputError

MODES = ("current", "c-rate", "voltage", "power", "resistance", "rest", "drive")
QUANTITIES = ("voltage", "current", "c-rate", "time", "capacity")
DRIVES = ("current", "power", "voltage")


@dataclass(frozen=True)
class End:
    """One reason to go on to the next step.

    ``quantity``: "voltage" (V, crossed in either direction), "current" (A, magnitude at or below),
    "c-rate" (the same as a multiple of the nominal capacity), "time" (s since the step began),
    "capacity" (A h passed since the step began, magnitude).
    """

    quantity: str
    value: float

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise InputError(f"an end by {self.quantity!r}", rule="an end is by " + ", ".join(QUANTITIES))
        if not isfinite(self.value) or (self.quantity != "voltage" and self.value < 0):
            raise InputError(f"an end at a {self.quantity} of {self.value:g}", rule="finite and not negative")
        if self.quantity in ("time", "capacity") and self.value == 0:
            raise InputError(f"an end at a {self.quantity} of 0", rule="a step lasts for some time")


@dataclass(frozen=True)
class Step:
    """One step.

    Parameters
    ----------
    mode:
        One of MODES.
    value:
        A, multiples of the nominal capacity, V, W or ohm; positive on discharge (a resistance discharges).
    ends:
        Whichever comes first ends the step. The cell's voltage limits end the whole simulation.
    drive:
        Mode "drive": times (s, from 0; a time given twice is a jump) and values of ``drive_quantity``
        ("current", "power" or "voltage"), straight between the points.
    period:
        Longest time (s) between stored points, or None for the solver's own steps.
    temperature:
        Ambient temperature (K) of this step, or None for the cell's.
    text:
        The sentence that it came from.
    """

    mode: str
    value: float = 0.0
    ends: tuple[End, ...] = ()
    drive: tuple[tuple[float, ...], tuple[float, ...]] | None = None
    drive_quantity: str = "current"
    period: float | None = None
    temperature: float | None = None
    text: str = ""

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InputError(f"a step of mode {self.mode!r}", rule="a mode is one of " + ", ".join(MODES))
        if not isfinite(self.value):
            raise InputError(f"{self.mode}: {self.value:g}", where=self.text, rule="a finite number")
        if self.mode == "resistance" and not self.value > 0:
            raise InputError(f"a resistance of {self.value:g} ohm", where=self.text, rule="resistance > 0")
        if self.period is not None and not 0 < self.period < inf:
            raise InputError(f"a period of {self.period:g} s", where=self.text, rule="period > 0")
        if self.temperature is not None and not 150 < self.temperature < 500:
            raise InputError(f"{self.temperature:g} K", where=self.text, rule="150 K < T < 500 K")
        if self.mode == "drive":
            _check_drive(self)

    @property
    def duration(self) -> float:
        """Longest time that the step can take, s (infinite where no end by time is given)."""
        ends = [end.value for end in self.ends if end.quantity == "time"]
        if self.drive is not None:
            ends.append(self.drive[0][-1])
        return min(ends, default=inf)


@dataclass(frozen=True)
class Protocol:
    """A list of steps; ``cycle_of`` numbers the cycle of each one, from 0."""

    steps: tuple[Step, ...]
    cycle_of: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.steps:
            raise InputError("a protocol without steps", rule="at least one step")
        if not self.cycle_of:
            object.__setattr__(self, "cycle_of", (0,) * len(self.steps))
        if len(self.cycle_of) != len(self.steps):
            raise InputError(f"{len(self.steps)} steps and {len(self.cycle_of)} numbers of cycles")

    @classmethod
    def of(cls, *steps: Step | str | Sequence[Step | str], cycles: int = 1) -> Protocol:
        """Steps, sentences (``cell/sentences.py``) or lists of them, done ``cycles`` times in order.

        >>> p = Protocol.of("Discharge at 1C until 2.5 V", "Rest for 10 minutes", cycles=2)
        >>> [s.mode for s in p.steps], p.cycle_of
        (['c-rate', 'rest', 'c-rate', 'rest'], (0, 0, 1, 1))
        """
        if cycles < 1 or cycles != int(cycles):
            raise InputError(f"{cycles} cycles", rule="a whole number, at least one")
        once = tuple(_flatten(steps))
        numbers = tuple(number for number in range(int(cycles)) for _ in once)
        return cls(once * int(cycles), numbers)

    def then(self, other: Protocol) -> Protocol:
        """This one, and the other after it, with its cycles counted on."""
        last = self.cycle_of[-1] + 1
        return Protocol(self.steps + other.steps, self.cycle_of + tuple(last + c for c in other.cycle_of))


def rest(seconds: float) -> Step:
    """No current for a time."""
    return Step("rest", 0.0, (End("time", seconds),))


def pulse(amps: float, seconds: float, pause: float) -> tuple[Step, Step]:
    """A current (A, positive on discharge) for a time, then a rest (s)."""
    return Step("current", amps, (End("time", seconds),)), rest(pause)


def drive_cycle(times: Sequence[float], values: Sequence[float], quantity: str = "current") -> Step:
    """A table of current (A), power (W) or voltage (V) over time (s), straight between the points."""
    table = (tuple(float(t) for t in times), tuple(float(v) for v in values))
    return Step("drive", drive=table, drive_quantity=quantity)


def with_ends(step: Step, *ends: End) -> Step:
    """The step with further ends."""
    return replace(step, ends=(*step.ends, *ends))


def _flatten(items: Sequence[Step | str | Sequence[Step | str]]) -> list[Step]:
    from negatrode.cell.sentences import parse

    steps: list[Step] = []
    for item in items:
        if isinstance(item, Step):
            steps.append(item)
        elif isinstance(item, str):
            steps.append(parse(item))
        elif isinstance(item, Sequence):
            steps.extend(_flatten(item))
        else:
            raise InputError(f"{item!r} in a protocol", rule="steps, sentences, and lists of them")
    return steps


def _check_drive(step: Step) -> None:
    if step.drive is None or step.drive_quantity not in DRIVES:
        raise InputError(
            "a drive cycle without its table, or of an unknown quantity",
            rule="drive = (times, values), drive_quantity one of " + ", ".join(DRIVES),
        )
    times, values = step.drive
    if len(times) != len(values) or len(times) < 2:
        raise InputError(
            f"a drive cycle of {len(times)} times and {len(values)} values", rule="pairs, two at least"
        )
    if times[0] != 0 or not all(isfinite(v) for v in (*times, *values)):
        raise InputError(
            f"a drive cycle from {times[0]:g} s", rule="it begins at 0 s, and every number is finite"
        )
    for k in range(1, len(times)):
        back = times[k] < times[k - 1]
        thrice = k > 1 and times[k] == times[k - 2]
        if back or thrice or (times[k] == times[k - 1] and k in (1, len(times) - 1)):
            raise InputError(
                f"drive cycle: {times[k]:g} s after {times[k - 1]:g} s (point {k + 1})",
                rule="times ascend; one that stands twice, within the table, is a jump",
            )
