"""From a cell and a protocol to a curve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from negatrode.cell.accuracy import LEVELS, Accuracy, accuracy
from negatrode.cell.cell import Cell
from negatrode.cell.curve import Curve, ErrorEstimate
from negatrode.cell.initial import initial_cell
from negatrode.cell.protocol import Protocol, Step
from negatrode.cell.run import perform
from negatrode.core.errors import InputError


def simulate(
    cell: Cell,
    protocol: Protocol | str | Step | list[Step | str],
    *,
    model: str = "DFN",
    accuracy_level: str | Accuracy = "standard",
    soc: float | None = None,
    voltage: float | None = None,
    start: Curve | None = None,
    fields: bool = False,
    estimate_error: bool = False,
) -> Curve:
    """Carry out a protocol on a cell.

    Parameters
    ----------
    cell, protocol:
        What is cycled, and how: a Protocol, a step, a sentence, or a list of steps and sentences.
    model:
        "DFN", "SPMe" or "SPM".
    accuracy_level:
        "quick", "fast", "standard", "fine", "reference", or an Accuracy.
    soc, voltage:
        Initial state of charge (0 to 1) or equilibrium voltage (V); by default the cell's own
        stoichiometries.
    start:
        A curve of the same cell and level to go on from: the whole state is carried over.
    fields:
        Keep every unknown at every stored point.
    estimate_error:
        Solve again on a finer mesh with ten times tighter tolerances and report the difference.

    Returns
    -------
    Curve
        Also where the cell could not finish: ``curve.ended`` says why.

    Raises
    ------
    InputError
        Before the first step: impossible cell, protocol that can never end.
    """
    steps = as_protocol(protocol)
    ready = prepare(cell, steps, soc=soc, voltage=voltage)
    level = accuracy(accuracy_level)
    state = None if start is None else start.state
    curve = perform(ready, steps, level, keep_fields=fields, model=model, start=state)
    if not estimate_error:
        return curve
    finer = perform(ready, steps, _finer(level), model=model)
    return replace(curve, error=compare(curve, finer))


def as_protocol(given: Protocol | str | Step | list[Step | str]) -> Protocol:
    """A protocol from whatever stands for one."""
    if isinstance(given, Protocol):
        return given
    items = given if isinstance(given, list | tuple) else [given]
    return Protocol.of(*items)


def prepare(cell: Cell, protocol: Protocol, *, soc: float | None, voltage: float | None) -> Cell:
    """Checks that come before the first step; the cell in its initial state."""
    from negatrode.cell.cell_check import check_cell
    from negatrode.cell.protocol_check import check

    check_cell(cell)
    check(protocol, cell)
    return initial_cell(cell, soc=soc, voltage=voltage)


def compare(curve: Curve, finer: Curve) -> ErrorEstimate:
    """Difference of two curves of the same simulation at the first one's times, beyond the first second."""
    until = min(curve.duration, finer.duration)
    times = curve.time[(curve.time >= 1.0) & (curve.time <= until)]
    if len(times) == 0:
        raise InputError(f"a curve of {until:g} s", rule="the error is estimated beyond the first second")
    difference = curve.at(times) - finer.at(times)
    return ErrorEstimate(float(np.sqrt(np.mean(difference**2))), float(np.abs(difference).max()))


def _finer(level: Accuracy) -> Accuracy:
    """The next level's mesh with ten times tighter tolerances."""
    names = list(LEVELS)
    known = [name for name, value in LEVELS.items() if value == level]
    above = LEVELS[names[min(names.index(known[0]) + 1, len(names) - 1)]] if known else LEVELS["reference"]
    return replace(
        above,
        volts=level.volts / 10,
        salt=level.salt / 10,
        surface=level.surface / 10,
        kelvin=level.kelvin / 10,
    )
