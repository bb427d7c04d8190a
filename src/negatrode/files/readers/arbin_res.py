"""Arbin .res: a Jet database with the records in Channel_Normal_Table and the test in Global_Table.

Records may stand in any order and are sorted by Data_Point; a missing or repeated one is refused. Charge and
discharge capacity count over the whole test (Arbin's convention); a positive current charges the cell. No
real .res file was at hand: the layout of the tables is that of published readers (cellpy, galvani).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.jet_database import SIGNATURE, JetDatabase, JetTable

NAME = "arbin-res"
TITLE = "Arbin database (.res)"
KIND = "cycling"

_RECORDS, _TEST = "Channel_Normal_Table", "Global_Table"
_COLUMNS = {
    "Test_Time": ("time", "s"),
    "Voltage": ("voltage", "V"),
    "Current": ("current", "A"),
    "Charge_Capacity": ("charge_capacity", "A*h"),
    "Discharge_Capacity": ("discharge_capacity", "A*h"),
    "Cycle_Index": ("cycle", "1"),
    "Step_Index": ("step", "1"),
    "Step_Time": ("step_time", "s"),
    "Charge_Energy": ("charge_energy", "W*h"),
    "Discharge_Energy": ("discharge_energy", "W*h"),
    "Internal_Resistance": ("resistance", "ohm"),
}
_NEEDED = ("Test_Time", "Voltage", "Current", "Data_Point")
_LIMITS = {"voltage": 1000.0, "current": 1e5, "time": 3e9}
_REMEDY = "The file is cut off or damaged; export it again"

Array = NDArray[np.float64]


def sniff(blob: Blob) -> int:
    """A Jet database that names Arbin's table of records (in either encoding of names)."""
    if not blob.data.startswith(SIGNATURE):
        return 0
    plain, wide = _RECORDS.encode("latin-1"), _RECORDS.encode("utf-16-le")
    return 95 if plain in blob.data or wide in blob.data else 40


def read(blob: Blob) -> Recording:
    """The records of the one test of the file; ReadError where records lack, repeat, or leave all range."""
    database = JetDatabase(blob.data)
    table = database.table(_RECORDS)
    missing = [c for c in _NEEDED if table.column(c) is None]
    if missing:
        raise ReadError(f"table '{_RECORDS}' has no column {', '.join(missing)}", remedy=_REMEDY)
    unread: list[Unread] = []
    point = database.numbers(table, "Data_Point")
    _check_number(table, point.size, unread)
    _one_test(database, table)
    order = _in_order(point)
    columns = [
        Column(name, unit, database.numbers(table, theirs)[order])
        for theirs, (name, unit) in _COLUMNS.items()
        if table.column(theirs) is not None
    ]
    kept = [c for c in columns if not _is_empty(c, unread)]
    for column in kept:
        _check(column)
    back = np.flatnonzero(np.diff(kept[0].values) < 0.0)
    if back.size:
        raise ReadError(
            f"time runs back from {kept[0].values[back[0]]:g} s",
            where=f"Data_Point {order.size and int(back[0]) + 1}",
            rule="a later record has a later time",
            remedy=_REMEDY,
        )
    others = [c.name for c in table.columns if c.name not in _COLUMNS and c.name != "Data_Point"]
    if others:
        unread.append(Unread(f"table {_RECORDS}", f"columns not kept: {', '.join(others)}"))
    facts = {"current_sign": Stated("charge-positive", "", "Arbin: a positive current charges the cell")}
    metadata, settings = _test(database)
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(Block("data", tuple(kept), facts),),
        settings=settings,
        metadata=metadata,
        unread=tuple(unread),
    )


def _check_number(table: JetTable, found: int, unread: list[Unread]) -> None:
    """The definition declares how many rows the table has."""
    if found == 0 or found < table.declared:
        raise ReadError(
            f"{found} records where the table declares {table.declared}",
            where=f"table {table.name}",
            remedy=_REMEDY,
        )
    if found > table.declared:
        unread.append(Unread(f"table {table.name}", f"{found} records where {table.declared} are declared"))


def _one_test(database: JetDatabase, table: JetTable) -> None:
    if table.column("Test_ID") is None:
        return
    tests = np.unique(database.numbers(table, "Test_ID"))
    if tests.size > 1:
        raise ReadError(
            f"{tests.size} tests ({', '.join(f'{t:g}' for t in tests[:6])})",
            where=f"table {table.name}",
            rule="a recording is one test",
            remedy="Export each test to a file of its own",
        )


def _in_order(point: Array) -> NDArray[np.intp]:
    """The order of the records; each Data_Point once and none left out."""
    order = np.argsort(point, kind="stable")
    steps = np.diff(point[order])
    wrong = np.flatnonzero(steps != 1.0)
    if not np.isfinite(point).all() or wrong.size:
        i = int(wrong[0]) if wrong.size else 0
        raise ReadError(
            f"Data_Point {point[order[i + 1]]:g} follows {point[order[i]]:g}",
            where=f"table {_RECORDS}",
            rule="records are numbered without gaps, each once",
            remedy=_REMEDY,
        )
    return order


def _is_empty(column: Column, unread: list[Unread]) -> bool:
    """Whether a column that no measurement rests on has empty cells; it is then left out and named."""
    if column.name in ("time", "voltage", "current") or np.isfinite(column.values).all():
        return False
    unread.append(Unread(f"column {column.name}", "has empty cells, not kept"))
    return True


def _check(column: Column) -> None:
    bad = ~np.isfinite(column.values) | (np.abs(column.values) > _LIMITS.get(column.name, np.inf))
    if bad.any():
        i = int(np.argmax(bad))
        raise ReadError(
            f"{column.name} {column.values[i]:g} {column.unit}",
            where=f"record {i + 1}",
            rule="a finite number that a cycler can measure",
            remedy=_REMEDY,
        )


def _test(database: JetDatabase) -> tuple[dict[str, str], dict[str, Stated]]:
    """Name and comment of the test, and its mass where somebody entered one (0 and 1 are presets)."""
    if _TEST.lower() not in database.catalogue:
        return {}, {}
    table = database.table(_TEST)
    metadata = {}
    for name in ("Test_Name", "Channel_Number", "Creator", "Comments", "Schedule_File_Name"):
        column = table.column(name)
        if column is not None and column.kind == 10:
            text = next((t for t in database.texts(table, name) if t.strip()), "")
            if text:
                metadata[name] = text.strip()
    settings = {}
    column = table.column("Mass")
    if column is not None and column.fixed and column.kind in (6, 7):
        grams = [m for m in database.numbers(table, "Mass") if np.isfinite(m) and m > 0.0 and m != 1.0]
        if len(grams) == 1:
            settings["mass"] = Stated(1000.0 * float(grams[0]), "mg", f"{_TEST}: Mass in g")
    return metadata, settings
