"""Forward model of a half cell against lithium, and the EC-Lab text of its record.

Potential of the working electrode V = U(q) -/+ eta: equilibrium branch less (lithiation) or plus
(delithiation) the overpotential of resistance and of Butler-Volmer kinetics. What is lost in the first
lithiation is taken up by the decomposition of electrolyte around 0.8 V before and beside it. Everything is
drawn from the charge, by inverting tables of q(U): nothing is shared with the analysis.

Equilibrium branches
    silicon: polynomials of Verbrugge (Chen2020_composite of PyBaMM; read);
    tin: plateaus of Wang, Raistrick and Huggins, J. Electrochem. Soc. 133 (1986) 457 (recalled);
    hard carbon: exponential slope and sigmoid plateau (form read, values recalled).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Branch = Callable[[Array], Array]

_SILICON_IN = (-96.63, 372.6, -587.6, 489.9, -232.8, 62.99, -9.286, 0.8633)
_SILICON_OUT = (-51.02, 161.3, -205.7, 140.2, -58.76, 16.87, -3.792, 0.9937)
_TIN = ((0.0909, 0.760), (0.1364, 0.660), (0.3023, 0.530), (0.0386, 0.485), (0.2273, 0.420), (0.2045, 0.380))


def silicon(content: Array, *, lithiation: bool) -> Array:
    """U of silicon, V, at lithium content 0 to 1 (Li15Si4)."""
    z = np.clip(content, 1e-4, 1.0 - 1e-4)
    if lithiation:
        return np.asarray(np.polyval(_SILICON_IN, z) + 1e-4 * (1.0 / z + 1.0 / (z - 1.0)))
    return np.asarray(np.polyval(_SILICON_OUT, z) + 1e-4 * (1.0 / z + 1.0 / (z - 1.0)))


def tin(content: Array, *, lithiation: bool) -> Array:
    """U of tin, V, at lithium content 0 to 1 (Li4.4Sn): plateaus with 10 mV wide steps between them."""
    shift = 0.0 if lithiation else 0.08
    potentials = np.linspace(-0.3, 1.6, 6000)
    held = sum(share / (1.0 + np.exp((potentials - shift - plateau) / 0.010)) for share, plateau in _TIN)
    held = np.asarray(held) + 2e-3 * (1.6 - potentials)  # slight solubility, so that q(U) is one to one
    held = (held - held.min()) / (held.max() - held.min())
    return np.interp(content, held[::-1], potentials[::-1])


def hard_carbon(content: Array, *, lithiation: bool) -> Array:
    """U of hard carbon, V, at lithium content 0 to 1: 60 % slope, 40 % plateau."""
    slope, plateau = (0.28, 0.05) if lithiation else (0.38, 0.09)
    potentials = np.linspace(-0.15, 1.5, 6000)
    sloping = (np.exp(-potentials / slope) - math.exp(-1.5 / slope)) / (1.0 - math.exp(-1.5 / slope))
    held = 0.6 * sloping + 0.4 / (1.0 + np.exp((potentials - plateau) / 0.012))
    held = (held - held.min()) / (held.max() - held.min())
    return np.interp(content, held[::-1], potentials[::-1])


BRANCHES: dict[str, Callable[..., Array]] = {"Si": silicon, "Sn": tin, "C": hard_carbon}


@dataclass(frozen=True)
class HalfCell:
    """A half cell and its test.

    Attributes
    ----------
    active:
        "Si", "Sn" or "C": which equilibrium branches.
    mass:
        mg of material in the electrode.
    reversible, lost:
        Charge held at full content, and lost in the first lithiation, mA h/g.
    current:
        mA. ``resistance``: ohm; ``exchange``: exchange current, mA.
    lowest, highest:
        Limits of voltage, V.
    hold:
        The lithiation ends with a hold at the lower limit until the current is this share of ``current``
        (1: no hold).
    fade:
        Share of the reversible charge lost from a cycle to the next.
    later_loss:
        Share of the charge lost in every lithiation after the first.
    """

    active: str = "Si"
    mass: float = 1.0
    reversible: float = 2000.0
    lost: float = 300.0
    current: float = 0.2
    resistance: float = 30.0
    exchange: float = 0.2
    lowest: float = 0.01
    highest: float = 1.2
    hold: float = 1.0
    fade: float = 0.01
    later_loss: float = 0.005


@dataclass(frozen=True, eq=False)
class CellRecord:
    """What a cycler logs, and the truth behind it.

    ``time`` s, ``voltage`` V, ``current`` mA (negative while the cell is discharged, which lithiates),
    ``charge`` mA h (signed, from the start), ``cycle`` (turns over after each delithiation), ``half``
    number of the part. ``lithiated``, ``delithiated``: true charge of each half-cycle, mA h.
    """

    time: Array
    voltage: Array
    current: Array
    charge: Array
    cycle: Array
    half: Array
    lithiated: Array
    delithiated: Array


def overpotential(cell: HalfCell, current: Array | float) -> Array:
    """Ohmic drop and Butler-Volmer (transfer coefficients 1/2) at 25 degC, V, for a current in mA."""
    thermal = 2.0 * 8.314462618 * 298.15 / 96485.33212
    amps = np.asarray(current, dtype=float)
    return np.asarray(amps * 1e-3 * cell.resistance + thermal * np.arcsinh(amps / (2.0 * cell.exchange)))


def simulate_cell(
    cell: HalfCell,
    rng: np.random.Generator,
    *,
    cycles: int = 3,
    points: int = 400,
    noise: float = 2e-4,
    rest: float = 600.0,
    end_logged: bool = True,
) -> CellRecord:
    """A rest, then cycles between the limits, each half-cycle followed by a rest of ``rest`` s.

    With a rest of 0 there is none but the last.

    ``points`` are logged a half-cycle at even times, the last of them at its end; without ``end_logged`` the
    end of a constant current lies anywhere between that point and the next. ``noise`` (V) is on the voltage
    alone, since charge is counted far better.
    """
    log = _Log(None if end_logged else rng)
    log.rest(max(rest, 600.0), 0)
    content = 0.0
    into, out = [], []
    for k in range(cycles):
        whole = cell.reversible * (1.0 - cell.fade) ** k * cell.mass * 1e-3
        lost = cell.lost * cell.mass * 1e-3 if k == 0 else cell.later_loss * whole
        moved, content = _lithiate(log, cell, content, whole, lost, points, k)
        into.append(moved)
        log.rest(rest, k)
        moved, content = _delithiate(log, cell, content, whole, points, k)
        out.append(moved)
        log.rest(rest if k < cycles - 1 else max(rest, 600.0), k)
    time, voltage, current, charge, cycle, half = log.columns()
    voltage = voltage + rng.normal(0.0, noise, voltage.size)
    return CellRecord(time, voltage, current, charge, cycle, half, np.array(into), np.array(out))


class _Log:
    """Rows in order of time; the charge runs on from one part to the next."""

    def __init__(self, ends: np.random.Generator | None = None) -> None:
        self.ends = ends
        self.parts: list[list[Array]] = []
        self.clock, self.charge, self.voltage, self.half = 0.0, 0.0, 3.0, 0

    def charges(self, amount: float, points: int) -> Array:
        """Charges at the logged points of a constant current that moves ``amount``."""
        ahead = 0.0 if self.ends is None else float(self.ends.uniform())
        return (np.arange(1, points + 1) - ahead) * amount / points

    def add(
        self,
        hours: Array,
        voltage: Array,
        current: Array,
        charge: Array,
        cycle: int,
        end: tuple[float, float] | None = None,
    ) -> None:
        """Rows of one part; ``end``: hours and charge at its end, where that is after the last row."""
        ones = np.ones(hours.size)
        self.parts.append(
            [
                self.clock + 3600.0 * hours,
                voltage,
                current,
                self.charge + charge,
                cycle * ones,
                self.half * ones,
            ]
        )
        last = (float(hours[-1]), float(charge[-1])) if end is None else end
        self.clock += 3600.0 * last[0]
        self.charge += last[1]
        self.voltage = float(voltage[-1])

    def rest(self, seconds: float, cycle: int) -> None:
        """No current; the potential relaxes by a few mV with a time constant of 200 s."""
        if seconds <= 0.0:
            self.half += 1
            return
        hours = np.linspace(seconds / 20.0, seconds, 20) / 3600.0
        back = 0.02 * (1.0 - np.exp(-hours * 3600.0 / 200.0)) * (1.0 if self.half % 2 == 0 else -1.0)
        self.add(hours, self.voltage + back, np.zeros(20), np.zeros(20), cycle)
        self.half += 1

    def columns(self) -> tuple[Array, ...]:
        return tuple(np.concatenate(c) for c in zip(*self.parts, strict=True))


def _charge_in(cell: HalfCell, potentials: Array, whole: float, lost: float) -> Array:
    """Charge taken up (mA h) when the equilibrium potential has come down to ``potentials``."""
    content = np.linspace(0.0, 1.0, 4001)
    branch = BRANCHES[cell.active](content, lithiation=True)
    falling = np.minimum.accumulate(branch)
    held = np.interp(potentials, falling[::-1], content[::-1], left=1.0, right=0.0)
    film = lost / (1.0 + np.exp((potentials - 0.8) / 0.08))
    return np.asarray(whole * held + film)


def _lithiate(
    log: _Log, cell: HalfCell, start: float, whole: float, lost: float, points: int, cycle: int
) -> tuple[float, float]:
    """Discharge to the lower limit; returns the charge moved and the content reached (0 to 1)."""
    eta = float(overpotential(cell, cell.current))
    potentials = np.linspace(2.8, cell.lowest + eta, 6001)
    taken = _charge_in(cell, potentials, whole, lost) - start * whole
    ahead = np.maximum.accumulate(np.maximum(taken, 0.0))
    moved = float(ahead[-1])
    charge = log.charges(moved, points) if cell.hold >= 1.0 else moved * np.arange(1, points + 1) / points
    voltage = np.interp(charge, ahead, potentials - eta)
    end = (moved / cell.current, -moved)
    log.add(charge / cell.current, voltage, np.full(points, -cell.current), -charge, cycle, end)
    if cell.hold < 1.0:
        moved += _held(log, cell, moved, whole, lost, start, cycle)
    lowest = (
        float(potentials[-1])
        if cell.hold >= 1.0
        else cell.lowest + float(overpotential(cell, cell.hold * cell.current))
    )
    held = float(_charge_in(cell, np.array([lowest]), whole, lost)[0]) - lost_at(lowest, lost)
    content = held / whole
    return moved, content


def lost_at(potential: float, lost: float) -> float:
    """Charge that the film has taken when the potential has come down to ``potential``, mA h."""
    return lost / (1.0 + math.exp((potential - 0.8) / 0.08))


def _held(
    log: _Log, cell: HalfCell, before: float, whole: float, lost: float, start: float, cycle: int
) -> float:
    """Hold at the lower limit while the current decays to its share; charge moved in it."""
    currents = cell.current * np.geomspace(1.0, cell.hold, 61)
    ends = cell.lowest + overpotential(cell, currents)
    reached = _charge_in(cell, ends, whole, lost) - start * whole
    charge = np.maximum.accumulate(np.maximum(reached - before, 0.0))
    middle = 0.5 * (currents[1:] + currents[:-1])
    hours = np.cumsum(np.diff(charge) / middle) + 1e-4 * np.arange(1, 61)
    log.add(hours, np.full(60, cell.lowest), -currents[1:], -charge[1:], cycle)
    return float(charge[-1])


def _delithiate(
    log: _Log, cell: HalfCell, start: float, whole: float, points: int, cycle: int
) -> tuple[float, float]:
    """Charge to the upper limit; returns the charge moved and the content left."""
    eta = float(overpotential(cell, cell.current))
    content = np.linspace(start, 0.0, 4001)
    voltage = np.maximum.accumulate(BRANCHES[cell.active](content, lithiation=False)) + eta
    reached = voltage <= cell.highest
    last = int(np.argmin(reached)) if not reached.all() else content.size - 1
    end = float(np.interp(cell.highest, voltage, content)) if not reached.all() else float(content[last])
    moved = (start - end) * whole
    charge = log.charges(moved, points)
    logged = np.interp(start - charge / whole, content[::-1], voltage[::-1])
    after = (moved / cell.current, moved)
    log.add(charge / cell.current, logged, np.full(points, cell.current), charge, cycle, after)
    return moved, end


def calibrated(record: CellRecord, error: float) -> CellRecord:
    """The record of a cycler whose current (and so its counters) reads high by ``error`` (relative)."""
    return replace(record, current=record.current * (1.0 + error), charge=record.charge * (1.0 + error))


_MPT_HEAD = """EC-Lab ASCII FILE
Nb header lines : {lines}

Galvanostatic Cycling with Potential Limitation

Mass of active material : {mass:.3f} mg
 at x = 0.000
"""
_MPT_COLUMNS = (
    "mode", "ox/red", "error", "control changes", "Ns changes", "counter inc.", "Ns", "time/s",
    "control/V/mA", "Ewe/V", "dq/mA.h", "(Q-Qo)/mA.h", "<I>/mA", "half cycle", "cycle number",
)  # fmt: skip


def mpt_text(record: CellRecord, mass: float | None) -> str:
    """The record as EC-Lab writes it (.mpt); ``mass`` in mg goes to the header (0.001 mg where None)."""
    head = _MPT_HEAD.format(lines=8, mass=0.001 if mass is None else mass)
    steps = np.diff(record.charge, prepend=0.0)
    rows = ["\t".join(_MPT_COLUMNS) + "\t"]
    for i in range(record.time.size):
        current = record.current[i]
        flags = (1 if current else 3, int(current > 0), 0, 0, 0, 0, 0 if current else 1)
        rows.append(
            "\t".join(map(str, flags)) + f"\t{record.time[i]:.6E}\t"
            f"{current:.6E}\t{record.voltage[i]:.7E}\t{steps[i]:.9E}\t{record.charge[i]:.9E}\t{current:.6E}\t"
            f"{int(record.half[i])}\t{record.cycle[i]:.6E}\t"
        )
    return head + "\n".join(rows) + "\n"
