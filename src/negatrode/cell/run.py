"""One simulation: the state of a cell, carried through the steps of a protocol."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from negatrode.cell import compiled
from negatrode.cell.accuracy import ROBUST, STRAINED, Accuracy
from negatrode.cell.cell import Cell
from negatrode.cell.control import Control, control
from negatrode.cell.curve import Curve, Fields, SolverCounts
from negatrode.cell.diagnosis import DEPLETED, diagnose
from negatrode.cell.ending import Ended, Ending
from negatrode.cell.ideal import single_particle, single_particle_mesh
from negatrode.cell.inventory import balance
from negatrode.cell.mesh import Resolution
from negatrode.cell.observe import fields_of
from negatrode.cell.packed_populations import MODAL
from negatrode.cell.packing import HISTORY_ROWS, Packed, electrodes_of, pack
from negatrode.cell.protocol import Protocol, Step
from negatrode.cell.temperatures import findings
from negatrode.cell.trajectory import Stretch
from negatrode.cell.wearing import Wearing
from negatrode.core.errors import InputError

Array = NDArray[np.float64]
_ROOM, _STUCK, _JUMP = -1, -2, -5
_COLUMNS = 20
_LONGEST = 1e300
_NO_ROWS = np.zeros((0, 0))
# A march that is stuck starts again consistently; this often without getting on, it is given up.
_RESTARTS = 8
# A separator gets at most this many times the elements of an electrode.
_WIDEST = 3.0
_RESTARTS_IN_ALL = 100
# Share of the initial salt below which the solution is found again on lumped elements.
_THIN = 0.02
# ... and below which one element a layer is not enough for reactions that crowd into a front.
_STRAINED = 0.3


@dataclass(eq=False)
class Run:
    """A cell under way. Everything that kernels overwrite lives here, so runs do not share state."""

    packed: Packed
    accuracy: Accuracy
    keep_fields: bool = False
    history: Array = field(init=False)
    first_state: Array = field(init=False)
    rows: list[Array] = field(default_factory=list)
    field_rows: list[Array] = field(default_factory=list)
    steps_done: list[tuple[int, int, int]] = field(default_factory=list)
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(4, dtype=np.int64))
    stretches: list[Stretch] = field(default_factory=list)

    def __post_init__(self) -> None:
        p = self.packed
        nx, nv = p.at[0], p.at[-1]
        fluxes, sites, n = p.at[8] - p.at[7], len(p.layout.site_node), len(p.layout.last)
        self.history = np.zeros((HISTORY_ROWS, nv))
        self.y, self.psi, self.change = np.zeros(nv), np.zeros(nv), np.zeros(nv)
        self.psi_layer, self.small = np.zeros(sites), np.zeros((4, 6, 6))
        self.work = (
            np.zeros((nx, 9)), *(np.zeros(fluxes) for _ in range(6)), np.zeros((sites, 4)),
            np.zeros((n, 2 * p.layout.band + 1)), np.zeros(n), np.zeros(n), np.zeros(3), p.capacity,
        )  # fmt: skip
        self.clock, self.gear = np.zeros(4), np.zeros(4, dtype=np.int64)
        self.newton = np.array([1.0, 99.0, 0.0, np.inf, 0.0, 10.0])
        self.hint = np.zeros(1, dtype=np.int64)
        self.wearing = Wearing(p)
        a = self.accuracy
        self.tolerance = (a.volts, a.salt, a.surface, a.kelvin)
        self.initialise()

    def initialise(self) -> None:
        """Uniform salt and particles, potentials of equilibrium: the guess of the first consistent start."""
        p, y = self.packed, self.history[0]
        o_q, o_h, o_t, _, _, o_e, o_s, o_j, _, _ = p.at
        y[:o_q] = p.cell.electrolyte.initial_concentration
        y[o_t] = p.cell.initial_temperature
        known: dict[tuple[int, float], float] = {}  # size classes share material and stoichiometry
        for k, particle in enumerate(p.particles):
            sites, count, start = p.pops[2][k], p.parts[2][k], o_q + p.parts[1][k]
            block = y[start : start + sites * count].reshape(sites, count)
            if p.parts[0][k] == MODAL:
                block[:, 0] = particle.stoichiometry
            else:
                block[:] = particle.stoichiometry
            first = o_s + p.pops[1][k]
            same = (id(particle.material), particle.stoichiometry)
            if same not in known:
                known[same] = float(particle.material.potential(particle.stoichiometry))
            y[first : first + sites] = known[same]
            rule = particle.material.hysteresis
            if rule is not None:
                fluxes = o_h + p.pops[3][k]
                y[fluxes : fluxes + sites] = rule.initial
        ground = 0.0 if p.physics[1] or p.physics[7] else y[o_s]
        y[o_s:o_j] -= ground
        y[o_e:o_s] = -ground
        y[p.at[8]] = y[o_j - 1]

    def set_ambient(self, kelvin: float) -> None:
        """Ambient temperature of the next step, K."""
        self.packed = replace(self.packed, thermal=(*self.packed.thermal[:2], float(kelvin)))

    def begin(self, c: Control, target: float, first_step: float) -> int:
        """Consistent start; 0, or a negative code."""
        return self._march_kernel(replace(c, target=target), 0.0, _NO_ROWS, _NO_ROWS, first_step)

    def advance(self, c: Control, longest: float, out: Array, fields: Array) -> int:
        """March; see kernels/advance.py."""
        return self._march_kernel(c, longest, out, fields, 0.0)

    def _march_kernel(self, c: Control, longest: float, out: Array, fields: Array, first_step: float) -> int:
        p = self.packed
        code = compiled.march()(
            p.mesh, p.pops, p.parts, p.tables, self.work, p.at, self.history, self.y, self.psi,
            self.psi_layer, self.change, self.small, self.clock, self.gear, p.physics, p.thermal, p.other,
            self.tolerance, self.newton, self.counts, c.mode, c.target, c.drive, self.hint, c.ends,
            longest, out, fields,
            first_step,
        )  # fmt: skip
        return int(code)

    def do(self, step: Step, number: int, cycle: int) -> Ended | None:
        """One protocol step; None where it ended as it should and the next may follow."""
        volts = float(self.history[0, self.packed.at[8]])
        c = control(step, self.packed.cell, volts)
        if step.temperature is not None:
            self.set_ambient(step.temperature)
        longest = step.period if step.period is not None else _LONGEST
        if self.begin(c, c.target, self.accuracy.first_step) < 0:
            self._store_start()
            self.steps_done.append((sum(len(r) for r in self.rows), number, cycle))
            return diagnose(self, c, Ending.INFEASIBLE, number)
        # The limits that count are those that lie ahead of the voltage under the step's own load.
        c = control(step, self.packed.cell, float(self.history[0, self.packed.at[8]]))
        self.hint[0] = 0
        self._store_start()
        own_ambient = step.temperature is not None
        self._open_stretch(c, number, own_ambient, begins_step=True)
        met = self._already_met(c)
        if met is None:
            met = self._march(c, longest, number, own_ambient)
        self._close_stretch(met)
        self.steps_done.append((sum(len(r) for r in self.rows), number, cycle))
        if met < 0:
            return diagnose(self, c, Ending.SOLVER, number)
        meaning = c.meaning[met]
        if meaning == "lower" or meaning == "upper":
            return self._limit(meaning, step, number)
        if meaning == "cold" or meaning == "hot":
            return self._out_of_range(meaning, float(c.ends[met, 1]), number)
        return None

    def _march(self, c: Control, longest: float, number: int, own_ambient: bool) -> int:
        """Advance until an end is met (its index); a negative code where the solver cannot go on."""
        restarts, since, total = 0, -1.0, 0
        room = 64
        while True:
            out = np.zeros((room, _COLUMNS))
            fields = np.zeros((room if self.keep_fields else 0, self.packed.at[-1]))
            self.gear[2] = 0
            code = self.advance(c, longest, out, fields)
            used = int(self.gear[2])
            self.rows.append(out[:used])
            self.field_rows.append(fields[:used])
            room = min(2 * room, 4096)
            if code >= 0 or code not in (_ROOM, _STUCK, _JUMP):
                if self.keep_fields and used:
                    self._move_to_end(fields[used - 1])
                return code
            if code != _ROOM:
                self._close_stretch(-1)
            if code == _JUMP:
                self._restart(c, 0)
            if code == _STUCK:
                restarts = restarts + 1 if self.clock[0] - since < 1e-3 else 0
                since, total = float(self.clock[0]), total + 1
                if self.salt_left() < DEPLETED or restarts > _RESTARTS or total > _RESTARTS_IN_ALL:
                    return code
                self._restart(c, restarts)
            if code != _ROOM:
                self._open_stretch(c, number, own_ambient, begins_step=False)

    def _move_to_end(self, row: Array) -> None:
        """The last stored state is that after the whole step; the end lies within it."""
        self.stretches[-1].beyond = row.copy()
        row[:] = self.history[0]

    def _open_stretch(self, c: Control, number: int, own_ambient: bool, *, begins_step: bool) -> None:
        if self.keep_fields:
            rows = sum(len(r) for r in self.rows)
            self.stretches.append(
                Stretch(
                    number, c, self.packed.thermal, own_ambient, begins_step, rows, float(self.clock[0]),
                    self.history[0].copy(),
                )
            )  # fmt: skip

    def _close_stretch(self, met: int) -> None:
        if self.keep_fields:
            self.stretches[-1].last_row = sum(len(r) for r in self.rows)
            self.stretches[-1].met = met

    def salt_left(self, ever: bool = False) -> float:
        """Lowest salt concentration, now or ever, as a share of the initial one."""
        lowest = self.newton[3] if ever else self.history[0, : self.packed.at[0]].min()
        return float(lowest) / self.packed.cell.electrolyte.initial_concentration

    def _restart(self, c: Control, attempt: int) -> None:
        """A consistent start at the present state, within the same step."""
        began = self.clock[2:4].copy()
        step = 1e-2 * 0.1**attempt
        if self.begin(c, self._target_now(c), step) < 0:
            # Surfaces at their end have no instant answer; from rest in every variable a short step has one.
            self.history[1:] = 0.0
            self.clock[1] = step
            self.gear[:2] = 1, 0
        self.clock[2:4] = began

    def _target_now(self, c: Control) -> float:
        if c.drive.shape[1] < 2:
            return c.target
        i, t = int(self.hint[0]), float(self.clock[0] - self.clock[2])
        return float(np.interp(t, c.drive[0, i : i + 2], c.drive[1, i : i + 2]))

    def _store_start(self) -> None:
        p, y = self.packed, self.history[0]
        o_t, o_charge, o_v = p.at[2], p.at[3], p.at[8]
        row = np.zeros((1, _COLUMNS))
        amps = y[o_v + 1] * p.cell.area
        row[0, :5] = self.clock[0], y[o_v], amps, y[o_charge] * p.cell.area / 3600, y[o_t]
        row[0, 7], row[0, 8], row[0, 14] = self.clock[0], y[o_v], amps
        self.rows.append(row)
        self.field_rows.append(y[None, :].copy() if self.keep_fields else np.zeros((0, len(y))))

    def _already_met(self, c: Control) -> int | None:
        """An end by voltage or current that holds from the first moment on."""
        o_v = self.packed.at[8]
        volts, amps = self.history[0, o_v], abs(self.history[0, o_v + 1]) * self.packed.cell.area
        for number, (watched, level, way) in enumerate(c.ends):
            value = volts if watched == 0 else amps
            if watched < 2 and way * (value - level) >= 0:
                return number
        return None

    def _limit(self, which: str, step: Step, number: int) -> Ended:
        low, high = self.packed.cell.voltage_limits
        reason, volts = (Ending.LOWER_VOLTAGE, low) if which == "lower" else (Ending.UPPER_VOLTAGE, high)
        during = f" during {step.text!r}" if step.text else f" during step {number + 1}"
        return Ended(reason, f"{reason.value}: {volts:g} V{during}", number, float(self.clock[0]))

    def _out_of_range(self, which: str, kelvin: float, number: int) -> Ended:
        reason = Ending.TOO_COLD if which == "cold" else Ending.TOO_HOT
        time = float(self.clock[0])
        return Ended(reason, f"{reason.value}: {kelvin:g} K after {time:.4g} s", number, time)

    def curve(self, ended: Ended, model: str, *, with_fields: bool = True) -> Curve:
        """Everything stored so far."""
        dense = np.concatenate(self.rows)
        step, cycle = np.zeros(len(dense), np.int64), np.zeros(len(dense), np.int64)
        begun = 0
        for end, number, turn in self.steps_done:
            step[begun:end], cycle[begun:end] = number, turn
            begun = end
        fields: Fields | None = None
        if self.keep_fields and with_fields:
            fields = fields_of(self.packed, dense[:, 0], np.concatenate(self.field_rows))
        r, n = self.packed.layout, self.counts
        used = (
            "lumped elements"
            if int(r.order[2]) == 1
            else f"spectral elements of order {tuple(r.order.tolist())}"
        )
        return Curve(
            time=dense[:, 0], voltage=dense[:, 1], current=dense[:, 2], capacity=dense[:, 3],
            temperature=dense[:, 4], step=step, cycle=cycle, ended=ended,
            lithium=balance(self.packed, self.first_state, self.history[0], self.wearing),
            counts=SolverCounts(int(n[0]), int(n[1]), int(n[2]), int(n[3]), used),
            dense=dense, state=self.history[0].copy(), model=model, fields=fields,
            findings=findings(dense[:, 4]), ageing=self.wearing.record(),
        )  # fmt: skip


def perform(
    cell: Cell,
    protocol: Protocol,
    settings: Accuracy,
    *,
    keep_fields: bool = False,
    model: str = "DFN",
    start: Array | None = None,
) -> Curve:
    """Carry out a protocol; where the mesh cannot follow the salt, again on one that can.

    ``model``: "DFN"; "SPMe" (kernels/averaged.py); or "SPM", the limit of ideal transport (cell/ideal.py).
    """
    run, ended = solve(cell, protocol, settings, keep_fields=keep_fields, model=model, start=start)
    return run.curve(ended, model)


def solve(
    cell: Cell,
    protocol: Protocol,
    settings: Accuracy,
    *,
    keep_fields: bool = False,
    model: str = "DFN",
    start: Array | None = None,
) -> tuple[Run, Ended]:
    """The run behind :func:`perform`, and why it ended."""
    if model not in ("DFN", "SPMe", "SPM"):
        raise InputError(f"a model {model!r}", rule='a model is "DFN", "SPMe" or "SPM"')
    of_model, mesh = as_model(cell, settings.resolution, model)
    if model != "DFN" or start is not None:
        return _attempt(of_model, protocol, settings, mesh, keep_fields, start, reduced=model == "SPMe")
    run, ended = _attempt(cell, protocol, settings, mesh, keep_fields, None)
    if run.salt_left(ever=True) < _STRAINED and _nodes(settings.resolution) < _nodes(STRAINED):
        finer, why = _attempt(cell, protocol, settings, STRAINED, keep_fields, None)
        if _went_through(why) or not _went_through(ended):
            run, ended = finer, why
    lumped = max(settings.resolution.order) == 1
    if not _went_through(ended) or (run.salt_left(ever=True) < _THIN and not lumped):
        run, ended = _attempt(cell, protocol, settings, ROBUST, keep_fields, None)
    return run, ended


def _went_through(ended: Ended) -> bool:
    """Whether a run ended as protocols do, and not where the mesh or the materials gave out."""
    return ended.reason in (Ending.COMPLETED, Ending.LOWER_VOLTAGE, Ending.UPPER_VOLTAGE)


def as_model(cell: Cell, mesh: Resolution, model: str) -> tuple[Cell, Resolution]:
    """Cell and mesh that stand for a model."""
    if model == "SPM":
        return single_particle(cell), single_particle_mesh(mesh)
    return cell, mesh


def _attempt(
    cell: Cell, protocol: Protocol, settings: Accuracy, mesh: Resolution, keep_fields: bool,
    start: Array | None, *, reduced: bool = False,
) -> tuple[Run, Ended]:  # fmt: skip
    single = mesh.order[1] * mesh.elements[1] == 1
    run = Run(pack(cell, mesh if single else fitted(mesh, cell), reduced=reduced), settings, keep_fields)
    return run, go_through(run, protocol, start)


def fitted(mesh: Resolution, cell: Cell) -> Resolution:
    """The mesh with more elements in a separator that is thicker than the electrodes (half cells, gaps)."""
    thickest = max(e.thickness for e in electrodes_of(cell))
    ratio = min(cell.separator.thickness / thickest, _WIDEST)
    count = int(np.ceil(ratio * max(mesh.elements[0], mesh.elements[2])))
    if ratio <= 1.0 or count <= mesh.elements[1]:
        return mesh
    order = (mesh.order[0], max(mesh.order), mesh.order[2])
    return replace(mesh, order=order, elements=(mesh.elements[0], count, mesh.elements[2]))


def _nodes(mesh: Resolution) -> int:
    return sum(p * n for p, n in zip(mesh.order, mesh.elements, strict=True))


def go_through(run: Run, protocol: Protocol, start: Array | None) -> Ended:
    """Every step in order, until one ends the simulation."""
    if start is not None:
        run.history[0] = start
    run.first_state = run.history[0].copy()
    cycles = protocol.cycle_of or (0,) * len(protocol.steps)
    run.wearing.see(run.history[0])
    for number, (step, cycle) in enumerate(zip(protocol.steps, cycles, strict=True)):
        ended = run.do(step, number, cycle)
        last = number + 1 == len(cycles) or cycles[number + 1] != cycle
        run.wearing.after_step(run.history[0], float(run.clock[0]), number, cycle, ends_cycle=last)
        if ended is not None:
            return ended
    return Ended(Ending.COMPLETED, Ending.COMPLETED.value, len(protocol.steps) - 1, float(run.clock[0]))
