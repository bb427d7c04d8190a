"""A cycler file as the analysis needs it: voltage, signed current or capacity counters, in SI-like units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, MissingInput, ReadError
from negatrode.core.recording import Block, Recording
from negatrode.core.settings import Key, Settings
from negatrode.core.units import convert
from negatrode.files.tables import named_block

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
    time, cycle:
        s; the file's own cycle counter; None where absent.
    """

    path: str
    key: str
    voltage: Array
    current: Array | None
    counters: dict[str, Array]
    reset: str = ""
    time: Array | None = None
    cycle: Array | None = None

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
    columns = {n: _values(block, n, u) for n, u in _UNITS.items() if block.has(n)}
    _require(columns, recording.source.path)
    reset = block.facts["capacity_reset"].value if "capacity_reset" in block.facts else ""
    return CyclerRecord(
        path=recording.source.path,
        key=recording.source.sha256[:12],
        voltage=columns["voltage"],
        current=_signed(columns, block, mine),
        counters={n: columns[n] for n in columns if n.endswith("capacity")},
        reset=str(reset),
        time=columns.get("time"),
        cycle=columns.get("cycle"),
    )


def _block(recording: Recording, settings: Settings) -> Block:
    if recording.kind == "cycling":
        return recording.blocks[0]
    named = settings.word("columns", why="the table's header does not name columns that are understood")
    return named_block(recording, named, where=f"{settings.origin} {settings.section}.columns")


def _values(block: Block, name: str, unit: str) -> Array:
    column = block.column(name)
    if not column.unit and unit != "1":
        raise MissingInput(
            f"column '{name}' has no unit",
            key="cycling.columns",
            rule=f"it is needed to turn it into {unit}",
            remedy=f'Name it with its unit, as in columns = "..., {name} [{unit}]"',
        )
    return np.asarray(convert(column.values, column.unit or "1", unit), dtype=float)


def _require(columns: dict[str, Array], path: str) -> None:
    if "voltage" not in columns:
        raise ReadError("no column of voltages", where=path, rule="half-cycles need the cell's voltage")
    if "current" not in columns and not any(n.endswith("capacity") for n in columns):
        raise ReadError(
            "neither a current nor a capacity",
            where=path,
            rule="charge is the integral of the current, or counted by the instrument",
        )
    if columns["voltage"].size < 8:
        raise ReadError(
            f"{columns['voltage'].size} points", where=path, rule="a half-cycle needs more points than that"
        )


def _signed(columns: dict[str, Array], block: Block, settings: Settings) -> Array | None:
    """The current, positive for charge; None where there is none or its sign is lost."""
    current = columns.get("current")
    if current is None:
        return None
    told = settings.optional_word("current_sign")
    if told is None and "current_sign" in block.facts:
        told = str(block.facts["current_sign"].value)
    if told == "unsigned":
        return None
    if told is None and float(current.min()) >= 0.0:
        return None
    if told is None:
        settings.word(
            "current_sign", why="a half-cycle is a charge or a discharge by the sign of its current"
        )
    return -current if told == "discharge-positive" else current
