"""From a cell and a protocol to a curve."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from negatrode.cell.accuracy import LEVELS, Accuracy, accuracy
from negatrode.cell.cell import Cell
from negatrode.cell.curve import Curve, ErrorEstimate
from negatrode.cell.initial import initial_cell
from negatrode.cell.packing import electrodes_of
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
        "DFN" (Doyle, Fuller and Newman), "SPMe" (single particle with electrolyte) or "SPM".
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
    compile_once()
    ready = prepare(cell, steps, soc=soc, voltage=voltage)
    level = accuracy(accuracy_level)
    if start is not None:
        _refuse_aged(ready)
    state = None if start is None else start.state
    curve = perform(ready, steps, level, keep_fields=fields, model=model, start=state)
    if not estimate_error:
        return curve
    finer = perform(ready, steps, _finer(level), model=model)
    return replace(curve, error=compare(curve, finer))


def _refuse_aged(cell: Cell) -> None:
    """A curve's state holds no cracks and no active share: to go on from it would repair the cell unasked."""
    for electrode in electrodes_of(cell):
        for p in electrode.particles:
            if p.ageing is not None:
                raise InputError(
                    f"a start from a curve, of particles that age ({p.material.name})",
                    rule="what has cracked and left contact is not in a state",
                    remedy="put all cycles into one protocol: Protocol.then",
                )


@cache
def compile_once(*, sensitivities: bool = False) -> None:
    """Compile the engine, if it is not, while no other process does."""
    from negatrode.cell.warm import warm

    warm(sensitivities=sensitivities)


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

    if not isinstance(cell, Cell):
        raise InputError(
            f"a {type(cell).__name__} where a cell is expected",
            rule="simulations are of a Cell",
            remedy="cell, protocol = negatrode.read_cell(path); or from_pybamm(name), read_bpx(path)",
        )
    check_cell(cell)
    check(protocol, cell)
    return initial_cell(cell, soc=soc, voltage=voltage)


def compare(curve: Curve, finer: Curve) -> ErrorEstimate:
    """Difference of two curves of one simulation, step by step from each step's beginning.

    The first second of every step is left out. (Steps end by events, whose times differ a little: at equal
    times of the whole simulation the curves would be in different steps.)
    """
    differences = []
    for number in range(int(min(curve.step[-1], finer.step[-1])) + 1):
        own, other = curve.time[curve.step == number], finer.time[finer.step == number]
        since = own - own[0]
        inside = (since >= 1.0) & (since < min(since[-1], other[-1] - other[0]))
        if np.any(inside):
            differences.append(curve.at(own[inside]) - finer.at(other[0] + since[inside]))
    if not differences:
        raise InputError(
            f"a curve of {curve.duration:g} s without a point after the first second of a step",
            rule="the error is estimated beyond the first second",
        )
    all_of_them = np.concatenate(differences)
    return ErrorEstimate(float(np.sqrt(np.mean(all_of_them**2))), float(np.abs(all_of_them).max()))


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
