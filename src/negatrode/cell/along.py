"""The pass along a march: the nominal cell first, then every cell that was moved a little."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.cell import compiled
from negatrode.cell.cell import Cell
from negatrode.cell.control import (
    VOLTAGE,
    WATCH_CAPACITY,
    WATCH_CURRENT,
    WATCH_TEMPERATURE,
    WATCH_TIME,
    Control,
    control,
)
from negatrode.cell.packing import HISTORY_ROWS, pack
from negatrode.cell.protocol import Protocol
from negatrode.cell.run import Run
from negatrode.cell.trajectory import Stretch

Array = NDArray[np.float64]
# Rows of a march whose factors are kept at once.
_CHUNK = 512
_START, _AGAIN = 0, -1


class Along:
    """Differences to a run that small changes of its cell make, to first order.

    ``cells`` are prepared, and stand for the run's model. After :meth:`go` every one of ``others`` holds
    ``volts`` and ``amps`` at the stored points (at fixed times since the step began), ``begins``, how much
    later every step of the protocol begins, and ``late``, how much later the run ends.
    """

    def __init__(self, run: Run, steps: Protocol, cells: list[Cell]) -> None:
        self.run, self.steps = run, steps
        self.dense = np.concatenate(run.rows)
        self.states = np.concatenate(run.field_rows)
        self.nominal = Moved(run, run, len(self.dense))
        reduced = bool(run.packed.physics[7])
        packs = [pack(cell, run.packed.resolution, reduced=reduced) for cell in cells]
        self.others = [Moved(Run(p, run.accuracy), run, len(self.dense)) for p in packs]

    def go(self) -> None:
        """All stretches, one after another."""
        for stretch in self.run.stretches:
            self._go_along(stretch)

    def _go_along(self, s: Stretch) -> None:
        rows = np.arange(s.first_row, s.last_row)
        begins = _START if s.begins_step else _AGAIN
        times = np.concatenate(([s.time], self.dense[rows, 7]))
        orders = np.concatenate(([begins], self.dense[rows, 5])).astype(np.int64)
        states = np.concatenate((s.state[None, :], self.states[rows]))
        if s.beyond is not None:
            states[-1] = s.beyond
        controls = [self._control(s, other.cell) for other in self.others]
        for moved in (self.nominal, *self.others):
            moved.begin(s, len(times))
        for first in range(0, len(times), _CHUNK):
            span = np.array([first, min(first + _CHUNK, len(times))])
            kept = self.nominal.room(int(span[1] - span[0]))
            self.nominal.replay(s, times, orders, states, span, kept, 1.0)
            for other, own in zip(self.others, controls, strict=True):
                other.replay(s, times, orders, states, span, kept, _ratio(s.control, own))
        for other, own in zip(self.others, controls, strict=True):
            other.end(s, self.dense, rows, self.nominal, own)

    def _control(self, s: Stretch, cell: Cell) -> Control:
        """The step's control for another cell."""
        volts = float(s.state[self.run.packed.at[8]])
        return control(self.steps.steps[s.number], cell, volts)


class Moved:
    """One cell on its way along the march; the run's own with ``own is run``."""

    def __init__(self, own: Run, run: Run, points: int) -> None:
        packed = own.packed
        self.run, self.cell, self.packed = own, packed.cell, packed
        self.is_nominal = own is run
        nv, sites = packed.at[-1], len(packed.layout.site_node)
        self.history = np.zeros((HISTORY_ROWS, nv))
        self.past, self.psi, self.psi_layer = np.zeros(1), np.zeros(nv), np.zeros(sites)
        self.y, self.forecast, self.small = np.zeros(nv), np.zeros(nv), np.zeros((4, 6, 6))
        # Row 0 of a run that has begun is its last state; that of one that has not, its first.
        self.start = np.zeros(nv) if self.is_nominal else own.history[0] - run.first_state
        self.area, self.extra_area = run.packed.cell.area, packed.cell.area - run.packed.cell.area
        self.touches = (True, True) if self.is_nominal else _touches(run, own, self.start)
        self.charge = 0.0
        self.late, self.begins = 0.0, list[float]()
        self.volts, self.amps = np.zeros(points), np.zeros(points)

    def begin(self, s: Stretch, rows: int) -> None:
        """Stand at the start of a stretch."""
        self.history[0] = self.start
        self.of_rows = np.zeros(rows), np.zeros(rows)
        if s.begins_step:
            self.charge = float(self.start[self.packed.at[3]])

    def room(self, rows: int) -> tuple[Array, ...]:
        """What the nominal pass leaves for the others."""
        at, plan = self.packed.at, self.packed.layout
        n, sites, fluxes = len(plan.last), len(plan.site_node), at[8] - at[7]
        return (
            np.empty((rows, at[4])), np.empty((rows, sites)), np.empty((rows, n, 2 * plan.band + 1)),
            np.empty((rows, n)), np.empty((rows, n)), np.empty((rows, n)), np.empty((rows, 6, fluxes)),
            np.empty((rows, at[9])),
        )  # fmt: skip

    def replay(
        self, s: Stretch, times: Array, orders: NDArray[np.int64], states: Array,
        span: NDArray[np.int64], kept: tuple[Array, ...], ratio: float,
    ) -> None:  # fmt: skip
        """Some rows of a stretch."""
        p = self.packed
        capacity, cooling, ambient = p.thermal
        thermal = (capacity, cooling, s.thermal[2] if s.own_ambient else ambient)
        compiled.replay()(
            p.mesh, p.pops, p.parts, p.tables, self.run.work, p.at, p.physics, thermal, p.other,
            self.is_nominal, self.touches, s.control.mode, ratio, times, orders, states, span, self.history,
            self.past, self.psi, self.psi_layer, self.y, self.forecast, self.small, kept, *self.of_rows,
        )  # fmt: skip

    def end(self, s: Stretch, dense: Array, rows: NDArray[np.int64], nominal: Moved, own: Control) -> None:
        """Store the derivatives (at fixed times since the step began), and carry the state over."""
        o_v = self.packed.at[8]
        volts, amps = self.of_rows
        change, later = self.history[0], 0.0
        if len(rows):
            last = dense[rows[-1]]
            step, order = float(last[6]), int(last[5])
            back = float(last[7] - last[0]) / step
            change = _polynomial(self.history, order, back)
            slope = _polynomial_slope(nominal.history, order, back) / step
            volts[-1], amps[-1] = change[o_v], change[o_v + 1]
            if s.met >= 0:
                later = self._later(s, change, slope, own)
                change = change + slope * later
        place = np.concatenate(([s.first_row - 1], rows)) if s.begins_step else rows
        skip = 0 if s.begins_step else 1
        self.volts[place] = volts[skip:]
        self.amps[place] = amps[skip:] * self.area + dense[place, 2] / self.area * self.extra_area
        if s.begins_step:
            self.begins.append(self.late)
        self.start = change.copy()
        self.late += later

    def _later(self, s: Stretch, change: Array, slope: Array, own: Control) -> float:
        """How much later the end comes: ``w(t, p) = level(p)`` of the quantity ``w`` that it watches."""
        kind, level, _ = s.control.ends[s.met]
        more = float(own.ends[s.met, 1] - level)
        at = self.packed.at
        if kind == WATCH_TIME:
            return more
        if kind in (WATCH_CURRENT, WATCH_CAPACITY):
            # Of the whole cell and without sign, while the states are per area.
            where, unit, begun = at[8] + 1, 1.0, 0.0
            if kind == WATCH_CAPACITY:
                where, unit, begun = at[3], 3600.0, self.charge
            way = float(np.sign(s.state[at[8] + 1])) or 1.0
            grown = way * (change[where] - begun) * self.area + level * unit / self.area * self.extra_area
            return float((more * unit - grown) / (way * slope[where] * self.area))
        where = at[2] if kind == WATCH_TEMPERATURE else at[8]
        return float((more - change[where]) / slope[where])


def _touches(run: Run, other: Run, change: Array) -> tuple[bool, bool]:
    """Whether a cell differs from the run's in what flows between nodes, and in its reactions."""
    a, b = run.packed, other.packed
    if a.thermal[0] > 0 or b.thermal[0] > 0 or change[a.at[2]] != 0:
        return True, True
    (data, meta), (other_data, other_meta) = a.tables, b.tables
    if data.shape != other_data.shape or not np.array_equal(meta, other_meta):
        return True, True
    # Tables 0 to 4 are the electrolyte's and the lithium electrode's; the materials' follow.
    split = int(meta[5, 0])
    flows = not np.array_equal(data[:split], other_data[:split])
    flows = flows or any(not np.array_equal(a.mesh[i], b.mesh[i]) for i in (2, 6, 7))
    split_branches = bool(np.any(a.pops[6] != 0)) or bool(np.any(b.pops[6] != 0))
    reacts = split_branches or not np.array_equal(data[split:], other_data[split:])
    reacts = reacts or not (np.array_equal(a.pops[0], b.pops[0]) and np.array_equal(a.pops[5], b.pops[5]))
    return flows, reacts


def _ratio(c: Control, other: Control) -> float:
    """Target of the other cell over that of the first."""
    if c.mode == VOLTAGE and c.drive.shape[1] < 2 and c.target == other.target:
        return 1.0
    if c.drive.shape[1] > 1:
        largest = int(np.argmax(np.abs(c.drive[1])))
        return float(other.drive[1, largest] / c.drive[1, largest]) if c.drive[1, largest] != 0 else 1.0
    return float(other.target / c.target) if c.target != 0 else 1.0


def _polynomial(history: Array, order: int, back: float) -> Array:
    """Value ``back`` steps before the present (Newton's backward differences)."""
    value, product = history[0].copy(), 1.0
    for m in range(1, order + 1):
        product *= (m - 1 - back) / m
        value += product * history[m]
    return np.asarray(value)


def _polynomial_slope(history: Array, order: int, back: float) -> Array:
    """Its derivative, per step."""
    total = np.zeros(history.shape[1])
    for m, weight in enumerate(_slope_weights(order, back), start=1):
        total += weight * history[m]
    return total


def _slope_weights(order: int, back: float) -> list[float]:
    """Derivatives of the products ``s (s + 1) ... (s + m - 1) / m!`` at ``s = -back``."""
    weights, product, slope = [], 1.0, 0.0
    for m in range(1, order + 1):
        factor = (m - 1 - back) / m
        slope = slope * factor + product / m
        product *= factor
        weights.append(slope)
    return weights
