"""A protocol step as the kernel's control row and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.cell import Cell
from negatrode.cell.protocol import Step
from negatrode.cell.temperatures import known_temperatures
from negatrode.core.errors import InputError

Array = NDArray[np.float64]
CURRENT, VOLTAGE, POWER, RESISTANCE = range(4)
WATCH_VOLTAGE, WATCH_CURRENT, WATCH_TIME, WATCH_CAPACITY, WATCH_TEMPERATURE = range(5)
_MODES = {
    "current": CURRENT, "c-rate": CURRENT, "rest": CURRENT, "voltage": VOLTAGE, "power": POWER,
    "resistance": RESISTANCE,
}  # fmt: skip
_NO_DRIVE = np.zeros((2, 1))


@dataclass(frozen=True, eq=False)
class Control:
    """``mode`` and ``target`` of the control row (per area of electrode), the drive cycle (times, targets)
    or an empty one, ``ends`` as rows (watched, level, way), and what each end is: the step's own number, or
    "lower" and "upper" for the cell's limits, "cold" and "hot" for the range of its properties.
    """

    mode: int
    target: float
    drive: Array
    ends: Array
    meaning: tuple[int | str, ...]


def control(step: Step, cell: Cell, volts: float) -> Control:
    """Translate a step for a cell whose voltage is ``volts`` when it begins."""
    mode, scale = _MODES.get(step.mode, CURRENT), 1.0 / cell.area
    target, drive = step.value, _NO_DRIVE
    if step.mode == "c-rate":
        target *= cell.nominal_capacity
    elif step.mode == "rest":
        target = 0.0
    elif step.mode == "voltage":
        scale = 1.0
    elif step.mode == "resistance":
        scale = cell.area
    if step.mode == "drive":
        if step.drive is None:
            raise InputError("a drive step without its table", rule="drive = (times, values)")
        mode = _MODES[step.drive_quantity]
        factor = 1.0 if mode == VOLTAGE else 1.0 / cell.area
        drive = np.array([step.drive[0], np.array(step.drive[1]) * factor])
        target, scale = float(drive[1, 0]), 1.0
    rows, meaning = _own_ends(step, cell, volts)
    if step.mode == "drive":
        rows.append((WATCH_TIME, float(drive[0, -1]), 1.0))
        meaning.append(-1)
    low, high = cell.voltage_limits
    way = discharging(step)
    if mode != VOLTAGE:
        if way > 0 or (way == 0 and volts > low):
            rows.append((WATCH_VOLTAGE, low, -1.0))
            meaning.append("lower")
        if way < 0 or (way == 0 and volts < high):
            rows.append((WATCH_VOLTAGE, high, 1.0))
            meaning.append("upper")
    if cell.thermal is not None:
        coldest, hottest = known_temperatures(cell)
        rows += [(WATCH_TEMPERATURE, coldest, -1.0), (WATCH_TEMPERATURE, hottest, 1.0)]
        meaning += ["cold", "hot"]
    ends = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return Control(mode, target * scale, drive, ends, tuple(meaning))


def discharging(step: Step) -> int:
    """+1 where a step discharges, -1 where it charges, 0 where it may do both or neither."""
    if step.mode in ("current", "c-rate", "power", "resistance"):
        return int(np.sign(step.value)) if step.mode != "resistance" else 1
    return 0


def _own_ends(
    step: Step, cell: Cell, volts: float
) -> tuple[list[tuple[float, float, float]], list[int | str]]:
    rows: list[tuple[float, float, float]] = []
    meaning: list[int | str] = []
    way = discharging(step)
    for number, end in enumerate(step.ends):
        level = end.value
        if end.quantity == "voltage":
            falling = way > 0 or (way == 0 and volts > level)
            rows.append((WATCH_VOLTAGE, level, -1.0 if falling else 1.0))
        elif end.quantity in ("current", "c-rate"):
            amps = level * (cell.nominal_capacity if end.quantity == "c-rate" else 1.0)
            rows.append((WATCH_CURRENT, abs(amps), -1.0))
        elif end.quantity == "time":
            rows.append((WATCH_TIME, level, 1.0))
        elif end.quantity == "capacity":
            rows.append((WATCH_CAPACITY, abs(level), 1.0))
        else:
            raise InputError(f"an end by {end.quantity!r}", rule="voltage, current, c-rate, time or capacity")
        meaning.append(number)
    return rows, meaning
