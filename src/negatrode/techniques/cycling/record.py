"""A cycler file as the analysis needs it: voltage, signed current or capacity counters, in SI-like units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, MissingInput, ReadError
from negatrode.core.recording import Block, Recording
from negatrode.core.settings import Key, Settings
from negatrode.core.units import convert, same_dimension
from negatrode.files.tables import named_block
from negatrode.techniques.cycling.mass import mass_of

Array = NDArray[np.float64]

_UNITS = {
    "time": "s",
    "voltage": "V",
    "current": "A",
    "capacity": "A*h",
    "net_capacity": "A*h",
    "charge_capacity": "A*h",
    "discharge_capacity": "A*h",
    "cycle": "1",
    "step": "1",
    "direction": "1",
}
KEYS = (
    Key(
        "current_sign",
        "",
        "what a positive current does to the cell, where the file does not say",
        choices=("charge-positive", "discharge-positive"),
    ),
    Key(
        "columns",
        "",
        "names and units of a plain table's columns, in order",
        example="time [s], voltage [V], current [mA]",
    ),
)
# "A" by itself is spelled angstrom elsewhere; a current is none of those
_AMPERES = {"angstrom": "ampere", "A": "ampere"}


@dataclass(frozen=True, eq=False)
class CyclerRecord:
    """One cell's record in time order.

    Attributes
    ----------
    voltage:
        V, shape (n,).
    current:
        A, positive where the cell is charged; None where the file holds none.
    counters:
        Capacity columns of the file by name ("capacity", "net_capacity", "charge_capacity",
        "discharge_capacity"), A h.
    reset:
        When the file says that "capacity" starts anew ("half-cycle", "cycle", "step"), else "".
    time, cycle, step:
        s; the file's own counters of cycles and steps; None where absent.
    direction:
        +1 charge, -1 discharge, 0 rest or unknown, by the file's column of states; None where absent.
    turned:
        Whether counters with a sign count a discharge of the cell as positive (declared; no current).
    """

    path: str
    key: str
    voltage: Array
    current: Array | None
    counters: dict[str, Array]
    reset: str = ""
    time: Array | None = None
    cycle: Array | None = None
    step: Array | None = None
    direction: Array | None = None
    turned: bool = False

    def __len__(self) -> int:
        return int(self.voltage.size)


def cycler_record(recordings: Sequence[Recording], settings: Settings) -> CyclerRecord:
    """The record of the one cell of a section.

    Raises InputError for several files (which cell is meant is not guessed), MissingInput for a plain table
    without named columns, ReadError where voltage, or both current and capacity, are missing.
    """
    if len(recordings) != 1:
        raise InputError(
            f"{len(recordings)} cycler files: {', '.join(r.source.path for r in recordings)}",
            where=settings.origin,
            rule="one section is one cell",
            remedy="Write one [[cycling]] table for each cell",
        )
    recording = recordings[0]
    mine = settings.with_stated(recording.settings)
    block = _block(recording, mine)
    columns = {n: _values(block, n, u, mine) for n, u in _UNITS.items() if block.has(n)}
    _require(columns, recording.source.path)
    told = _sign_told(block, mine)
    reset = block.facts["capacity_reset"].value if "capacity_reset" in block.facts else ""
    return CyclerRecord(
        path=recording.source.path,
        key=recording.source.sha256[:12],
        voltage=columns["voltage"],
        current=_signed(columns, told, mine),
        counters={n: columns[n] for n in columns if n.endswith("capacity")},
        reset=str(reset),
        time=columns.get("time"),
        cycle=columns.get("cycle"),
        step=columns.get("step"),
        direction=columns.get("direction"),
        turned="current" not in columns and told == "discharge-positive",
    )


def _block(recording: Recording, settings: Settings) -> Block:
    if recording.kind == "cycling":
        return recording.blocks[0]
    named = settings.word("columns", why="the table's header does not name columns that are understood")
    return named_block(recording, named, where=f"{settings.origin} {settings.section}.columns")


def _values(block: Block, name: str, unit: str, settings: Settings) -> Array:
    column = block.column(name)
    if not column.unit and unit != "1":
        raise MissingInput(
            f"column '{name}' has no unit",
            key="cycling.columns",
            rule=f"it is needed to turn it into {unit}",
            remedy=f'Name it with its unit, as in columns = "..., {name} [{unit}]"',
        )
    source = _AMPERES.get(column.unit, column.unit) or "1"
    if unit in ("A", "A*h"):
        unit = _AMPERES.get(unit, unit)
        if not same_dimension(source, unit) and same_dimension(source, f"{unit}/g"):
            return np.asarray(convert(column.values, source, f"{unit}/g"), dtype=float) * _grams(settings)
    return np.asarray(convert(column.values, source, unit), dtype=float)


def _grams(settings: Settings) -> float:
    """The mass that a column per gram is multiplied with, to be divided by again."""
    mass = mass_of(settings)
    if isinstance(mass, MissingInput):
        raise mass
    return mass.grams


def _require(columns: dict[str, Array], path: str) -> None:
    if "voltage" not in columns:
        raise ReadError("no column of voltages", where=path, rule="half-cycles need the cell's voltage")
    if "current" not in columns and not any(n.endswith("capacity") for n in columns):
        raise ReadError(
            "neither a current nor a capacity",
            where=path,
            rule="charge is the integral of the current, or counted by the instrument",
        )
    if "time" in columns and (back := np.flatnonzero(np.diff(columns["time"]) < 0.0)).size:
        i = int(back[0])
        raise ReadError(
            f"time runs back from {columns['time'][i]:g} to {columns['time'][i + 1]:g} s",
            where=f"{path} point {i + 2}",
            rule="charge is the integral of the current over time",
            remedy="Export the time from the start of the test, and each test alone",
        )
    if columns["voltage"].size < 8:
        raise ReadError(
            f"{columns['voltage'].size} points", where=path, rule="a half-cycle needs more points than that"
        )


def _sign_told(block: Block, settings: Settings) -> str | None:
    """What a positive current does, by the user or by the file."""
    told = settings.optional_word("current_sign")
    if told is None and "current_sign" in block.facts:
        return str(block.facts["current_sign"].value)
    return told


def _signed(columns: dict[str, Array], told: str | None, settings: Settings) -> Array | None:
    """The current, positive for charge; None where there is none or its sign is lost."""
    current = columns.get("current")
    if current is None:
        return None
    if told == "unsigned":
        return None
    if told is None and float(current.min()) >= 0.0:
        return None
    if told is None:
        settings.word(
            "current_sign", why="a half-cycle is a charge or a discharge by the sign of its current"
        )
    return -current if told == "discharge-positive" else current
