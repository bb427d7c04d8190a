"""Arbin .res: a Jet database with the records in Channel_Normal_Table and the test in Global_Table.

Records may stand in any order and are sorted by Data_Point; a missing or repeated one is refused, and so is
a file of several tests. Positive currents charge the cell. When the capacity counters start anew is up to
the schedule, so nothing is stated of it. There are no checksums: wrong bits show only where columns
contradict each other (see cycler_checks). The names of tables and columns are those that the published
readers of these files, cellpy and galvani, list. No real .res file was at hand when this was written.
"""

from __future__ import annotations

import datetime
import math

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.jet_database import JetDatabase
from negatrode.files.jet_pages import SIGNATURE, JetTable
from negatrode.files.jet_rows import NUMBERS, TEXTS, JetRows
from negatrode.files.readers.arbin_csv import CONVENTION
from negatrode.files.readers.cycler_block import build_block, stated
from negatrode.files.readers.cycler_cells import Table
from negatrode.files.readers.cycler_checks import contradictions
from negatrode.files.readers.cycler_columns import CANONICAL, Channel

NAME = "arbin-res"
TITLE = "Arbin database (.res)"
KIND = "cycling"

_RECORDS, _TEST = "Channel_Normal_Table", "Global_Table"
# Arbin's column in lower case -> name and unit
_COLUMNS = {
    "test_time": ("time", "s"),
    "step_time": ("step_time", "s"),
    "voltage": ("voltage", "V"),
    "current": ("current", "A"),
    "charge_capacity": ("charge_capacity", "A*h"),
    "discharge_capacity": ("discharge_capacity", "A*h"),
    "charge_energy": ("charge_energy", "W*h"),
    "discharge_energy": ("discharge_energy", "W*h"),
    "cycle_index": ("cycle", "1"),
    "step_index": ("step", "1"),
    "internal_resistance": ("resistance", "ohm"),
    "dv/dt": ("dV/dt", "V/s"),
    "ac_impedance": ("AC_Impedance", "ohm"),
    "aci_phase_angle": ("ACI_Phase_Angle", "deg"),
    "datetime": ("DateTime", "d"),
    "is_fc_data": ("Is_FC_Data", "1"),
}
_INDEXES = ("test_id", "data_point")
# All versions of the table have these (1.14 to 5.26 in galvani's list); without one its name is damaged
_NEEDED = (
    "data_point", "test_time", "step_index", "cycle_index", "current", "voltage", "charge_capacity",
    "discharge_capacity",
)  # fmt: skip
# What a technique rests on: an empty or non-finite cell there is refused, elsewhere the column is left out
_VITAL = ("time", "voltage", "current", "charge_capacity", "discharge_capacity", "cycle", "step")
# Nothing that a cycler records is larger (assumed)
_LARGEST = 1e12
# What MITS writes where nobody entered a mass or a capacity
_PRESETS = (0.0, 1.0)
_EPOCH = datetime.datetime(1899, 12, 30)
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
    definition = database.table(_RECORDS)
    missing = [c for c in _NEEDED if definition.column(c) is None]
    if missing:
        raise ReadError(
            f"table '{_RECORDS}' has no column '{missing[0]}'",
            rule=f"it holds {', '.join(_NEEDED)}",
            remedy=_REMEDY,
        )
    rows = database.rows(definition)
    test = _one_test(rows)
    point = rows.numbers("Data_Point")
    order = _in_order(point)
    table = _columns(rows, order, point[order].astype(np.int64))
    try:
        block, unread = build_block(table, convention=CONVENTION)
    except ReadError as error:  # its places are lines of a text
        where = error.where.replace("line", "Data_Point", 1)
        raise ReadError(error.found, where=where, rule=error.rule, remedy=error.remedy) from None
    metadata, settings, notes = _test(database, test)
    left = (
        *unread,
        *contradictions({c.name: c for c in block.columns}),
        *_counted(database, definition, rows, point),
        *notes,
        *_others(database),
    )
    return Recording(
        KIND, NAME, blob.source, blocks=(block,), settings=settings, metadata=metadata, unread=left
    )


def _one_test(rows: JetRows) -> float | None:
    """The number of the test that all records name; None where the table has no such column."""
    if not len(rows):
        raise ReadError("no records", where=f"table {_RECORDS}", remedy="Export a test that was run")
    if rows.table.column("Test_ID") is None:
        return None
    tests = np.unique(rows.numbers("Test_ID"))
    if tests.size > 1:
        raise ReadError(
            f"{tests.size} tests (Test_ID {', '.join(f'{t:g}' for t in tests[:6])})",
            where=f"table {_RECORDS}",
            rule="a recording is one test",
            remedy="Export each test to a file of its own",
        )
    return float(tests[0])


def _in_order(point: Array) -> NDArray[np.intp]:
    """The order of the records; each Data_Point once and none left out."""
    if not np.isfinite(point).all():
        raise ReadError("a record without Data_Point", where=f"table {_RECORDS}", remedy=_REMEDY)
    order = np.argsort(point, kind="stable")
    steps = np.diff(point[order])
    wrong = np.flatnonzero(steps != 1.0)
    if wrong.size:
        before, after = point[order[wrong[0]]], point[order[wrong[0] + 1]]
        twice = f"Data_Point {after:.0f} stands twice"
        raise ReadError(
            twice if before == after else f"Data_Point {after:.0f} follows {before:.0f}",
            where=f"table {_RECORDS}",
            rule="records are numbered without gaps, each once",
            remedy=_REMEDY,
        )
    return order


def _columns(rows: JetRows, order: NDArray[np.intp], points: NDArray[np.int64]) -> Table:
    """All columns of numbers by Data_Point; what was left out stands in the table's list."""
    table = Table([], points)
    for column in rows.table.columns:
        if column.name.lower() in _INDEXES:
            continue
        name, unit = _COLUMNS.get(column.name.lower(), (_own(column.name), ""))
        if column.kind not in NUMBERS:
            table.unread.append(Unread(f"column {column.name}", "holds no numbers"))
            continue
        values = rows.numbers(column.name)[order]
        bad = ~(np.abs(values) <= _LARGEST)  # also where empty or not a number
        if bad.any() and not (name not in _VITAL and np.isnan(values[bad]).all()):
            i = int(np.argmax(bad))
            raise ReadError(
                f"{column.name} {values[i]:g} {unit}".rstrip(),
                where=f"Data_Point {points[i]}",
                rule="each record holds a finite number that a cycler can measure",
                remedy=_REMEDY,
            )
        if name in ("cycle", "step") and values.min() < 0.0:
            i = int(np.argmin(values))
            raise ReadError(
                f"{column.name} {values[i]:g}",
                where=f"Data_Point {points[i]}",
                rule="cycles and steps are counted from 0 on",
                remedy=_REMEDY,
            )
        if bad.any():
            table.unread.append(Unread(f"column {column.name}", f"is empty in {bad.sum()} records, not kept"))
            continue
        table.numbers[len(table.channels)] = values
        table.channels.append(Channel(name, unit, head=column.name))
    return table


def _own(name: str) -> str:
    """The name of a column outside the list, never one that means something here."""
    return f"recorded {name}" if name in CANONICAL or not name else name


def _counted(database: JetDatabase, table: JetTable, rows: JetRows, point: Array) -> list[Unread]:
    """What the numbers of records and pages tell beside the records themselves."""
    where = f"table {table.name}"
    found = []
    if len(rows) > table.declared:
        found.append(Unread(where, f"{len(rows)} records where {table.declared} are declared"))
    if point.min() != 1.0:
        found.append(Unread(where, f"begins with Data_Point {point.min():.0f}: part of a longer test"))
    stale = database.given_up(table)
    if stale:
        found.append(Unread(where, f"{stale} pages that it has given up are not read"))
    return found


def _others(database: JetDatabase) -> list[Unread]:
    """The other tables that hold records (auxiliary inputs, statistics, events)."""
    found = []
    for name in database.names:
        if name.lower() in (_RECORDS.lower(), _TEST.lower()):
            continue
        try:
            declared = database.table(name).declared
        except ReadError as error:
            found.append(Unread(f"table {name}", error.found))
            continue
        if declared:
            found.append(Unread(f"table {name}", f"{declared} records, not read"))
    return found


def _test(
    database: JetDatabase, test: float | None
) -> tuple[dict[str, str], dict[str, Stated], list[Unread]]:
    """What Global_Table says of the test: all its filled cells, and mass and capacity where entered."""
    nothing = f"says nothing of test {test:g}" if test is not None else "is not read"
    if not database.holds(_TEST):
        return {}, {}, [Unread(f"table {_TEST}", "is not in the file")]
    rows = database.rows(database.table(_TEST))
    here = np.arange(len(rows))
    if test is not None and rows.table.column("Test_ID") is not None:
        here = np.flatnonzero(rows.numbers("Test_ID") == test)
    if len(here) != 1:
        return {}, {}, [Unread(f"table {_TEST}", f"{nothing} ({len(here)} of {len(rows)} records)")]
    numbers: dict[str, float] = {}
    metadata: dict[str, str] = {}
    for column in rows.table.columns:
        if column.kind in TEXTS:
            text = rows.texts(column.name)[here[0]].strip()
            metadata |= {column.name: text} if text else {}
        elif column.kind in NUMBERS:
            value = float(rows.numbers(column.name)[here[0]])
            if math.isfinite(value):
                numbers[column.name.lower()] = value
                metadata[column.name] = _date(value) if "datetime" in column.name.lower() else f"{value:.10g}"
    return metadata, _settings(numbers), []


def _date(days: float) -> str:
    """A date that Jet counts in days since 1899-12-30; the bare number where it is out of all range.

    >>> _date(42000.5), _date(-1e12)
    ('2014-12-27 12:00:00', '-1e+12')
    """
    try:
        return (_EPOCH + datetime.timedelta(seconds=round(86400.0 * days))).isoformat(" ")
    except (OverflowError, ValueError):
        return f"{days:.10g}"


def _settings(numbers: dict[str, float]) -> dict[str, Stated]:
    """Mass (g) and capacity (Ah) of the test; Arbin's presets 0 and 1 say that nobody entered one."""
    entered = {name: value for name, value in numbers.items() if value not in _PRESETS}
    mass, capacity = entered.get("mass"), entered.get("capacity")
    grams = None if mass is None else 1000.0 * mass
    return stated("mass", grams, "mg", f"{_TEST}: Mass in g") | stated(
        "nominal_capacity", capacity, "A*h", f"{_TEST}: Capacity in Ah"
    )
