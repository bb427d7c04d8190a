"""Forward sensitivities: how the voltage moves with the parameters of a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.cell.accuracy import Accuracy, accuracy
from negatrode.cell.along import Along
from negatrode.cell.cell import Cell
from negatrode.cell.curve import Curve
from negatrode.cell.electrode import Electrode
from negatrode.cell.initial import initial_cell
from negatrode.cell.parameters import Parameter, moved
from negatrode.cell.protocol import Protocol, Step
from negatrode.cell.run import as_model, solve
from negatrode.cell.simulate import as_protocol, compile_once, prepare
from negatrode.core.errors import InputError, NegatrodeError

Array = NDArray[np.float64]
# A parameter is moved by this share of itself: residuals round at 1e-16 and bend at 1e-6 of it.
_SHARE = 1e-6


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """Derivatives of a simulation by parameters.

    Parameters
    ----------
    curve:
        The simulation.
    names:
        The parameters, in the order of the last axis below.
    voltage, current:
        Shape (points, parameters): derivative at a fixed time since the protocol's step began, V (or A) per
        unit of the parameter. A table's unit is its relative change, or the share of the direction that was
        given. (In the later steps a fixed time of the whole simulation is something else: subtract the slope
        of the voltage times ``begins``.)
    begins:
        Shape (steps, parameters): derivative of the time at which every step begins, s per unit.
    duration:
        Shape (parameters,): derivative of the time of the last point, s per unit.
    sizes:
        Values of the parameters, so that ``voltage * sizes`` is per relative change (1 for tables).
    """

    curve: Curve
    names: tuple[str, ...]
    voltage: Array
    current: Array
    begins: Array
    duration: Array
    sizes: Array

    def at(self, time: ArrayLike) -> Array:
        """Derivatives of the voltage at any times (s): shape (times, parameters).

        Piecewise cubic between the points of each step of the protocol; at a moment between two steps, of
        the later one.
        """
        from scipy.interpolate import PchipInterpolator

        t = np.asarray(time, dtype=np.float64)
        own = self.curve.time
        if t.size and not (t.min() >= own[0] - 1e-9 and t.max() <= own[-1] + 1e-6):
            raise InputError(
                f"times from {t.min():g} to {t.max():g} s",
                rule=f"the curve holds {own[0]:g} to {own[-1]:g} s",
            )
        result = np.empty((*t.shape, len(self.names)))
        number = self.curve.step[np.clip(np.searchsorted(own, t, side="right") - 1, 0, len(own) - 1)]
        for step in np.unique(number):
            rows = np.flatnonzero(self.curve.step == step)
            rows = rows[np.concatenate(([True], np.diff(own[rows]) > 0))]
            wanted = number == step
            if len(rows) < 2:
                result[wanted] = self.voltage[rows[0]]
            else:
                result[wanted] = PchipInterpolator(own[rows], self.voltage[rows])(t[wanted])
        return result


def sensitivities(
    cell: Cell,
    protocol: Protocol | str | Step | list[Step | str],
    parameters: Sequence[str | Parameter],
    *,
    model: str = "DFN",
    accuracy_level: str | Accuracy = "standard",
    soc: float | None = None,
    voltage: float | None = None,
) -> Sensitivities:
    """Simulate, and differentiate the voltage by parameters (kernels/tangent.py).

    Parameters
    ----------
    cell, protocol, model, accuracy_level, soc, voltage:
        As in :func:`negatrode.cell.simulate.simulate`.
    parameters:
        Paths such as "negative.thickness", "positive.particles[0].material.diffusivity" (a table: by its
        relative change), "electrolyte.conductivity"; or a Parameter with a direction for a table.

    Raises
    ------
    InputError
        No such parameter, or none; an impossible cell or protocol.
    """
    chosen = [p if isinstance(p, Parameter) else Parameter(p) for p in parameters]
    if not chosen:
        raise InputError("no parameters", rule="at least one, such as 'negative.thickness'")
    near = [_perturb(cell, p, soc, voltage) for p in chosen]
    ready = initial_cell(cell, soc=soc, voltage=voltage)
    return sensitivities_to(
        ready,
        protocol,
        [(p.name, *other) for p, other in zip(chosen, near, strict=True)],
        model=model,
        accuracy_level=accuracy_level,
    )


def sensitivities_to(
    cell: Cell,
    protocol: Protocol | str | Step | list[Step | str],
    near: Sequence[tuple[str, Cell, float]],
    *,
    model: str = "DFN",
    accuracy_level: str | Accuracy = "standard",
) -> Sensitivities:
    """Simulate a cell, and differentiate its voltage towards cells that lie near it.

    Parameters
    ----------
    near:
        (name, cell, amount): a cell that differs by ``amount`` of a parameter, whatever that moves in it; a
        relative change of 1e-6 is right. All start from their own stoichiometries.

    Raises
    ------
    InputError
        An impossible cell or protocol; particles that age, or whose coordinate moves.
    """
    steps = as_protocol(protocol)
    compile_once(sensitivities=True)
    ready = prepare(cell, steps, soc=None, voltage=None)
    _refuse(cell)
    level = accuracy(accuracy_level)
    run, ended = solve(ready, steps, level, keep_fields=True, model=model)
    along = Along(run, steps, [as_model(other, run.packed.resolution, model)[0] for _, other, _ in near])
    along.go()
    curve = run.curve(ended, model, with_fields=False)
    amounts = np.array([amount for _, _, amount in near])
    return Sensitivities(
        curve=curve,
        names=tuple(name for name, _, _ in near),
        voltage=np.stack([r.volts for r in along.others], axis=1) / amounts,
        current=np.stack([r.amps for r in along.others], axis=1) / amounts,
        begins=np.array([r.begins for r in along.others]).T / amounts,
        duration=np.array([r.late for r in along.others]) / amounts,
        sizes=amounts / _SHARE,
    )


def _refuse(cell: Cell) -> None:
    """Particles that age or move: what they carry from step to step is not differentiated."""
    for electrode in (cell.negative, cell.positive):
        for p in electrode.particles if isinstance(electrode, Electrode) else ():
            if p.ageing is not None or p.moving:
                raise InputError(
                    f"sensitivities of {p.material.name}, which {'ages' if p.ageing else 'swells in place'}",
                    rule="derivatives are taken of particles that keep their shape and do not age",
                    remedy="leave ageing out and set moving=False, or take differences of two simulations",
                )


def _perturb(
    cell: Cell, parameter: Parameter, soc: float | None, voltage: float | None
) -> tuple[Cell, float]:
    """The cell at its start with a parameter moved up; or down, where up is impossible."""
    try:
        other, amount = moved(cell, parameter, _SHARE)
        return initial_cell(other, soc=soc, voltage=voltage), amount
    except NegatrodeError:
        other, amount = moved(cell, parameter, -_SHARE)
        return initial_cell(other, soc=soc, voltage=voltage), amount
