"""Spreadsheets (.xls, .xlsx) as sheets of cells, through python-calamine, without trust.

The library is compiled; on damaged files it may panic, which arrives as an exception outside
``Exception``. Here that, too, is a ReadError.
"""

from __future__ import annotations

import datetime
import io
import math
import re
from collections.abc import Sequence
from functools import lru_cache

from negatrode.core.errors import ReadError
from negatrode.core.recording import Cell, Sheet
from negatrode.files.archive import Archive
from negatrode.files.readers import compound

_REMEDY = "The file is cut off or damaged; copy or export it again"
_ADDRESS = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']([A-Z]{1,4})(\d{1,9})["']""")


def is_workbook(data: bytes) -> bool:
    """Whether the first bytes are those of an .xls or of a zip container (.xlsx)."""
    return data.startswith((compound.MAGIC, b"PK\x03\x04"))


@lru_cache(maxsize=2)
def sheets(data: bytes) -> tuple[Sheet, ...]:
    """All worksheets; charts are left out. Empty cells are None, text is stripped, dates are ISO text.

    Raises ReadError where the container or a sheet is damaged, spans too many cells, or a number is
    not finite.
    """
    if data.startswith(b"PK"):
        _check_container(data)
    else:
        compound.check_workbook(data)
    return tuple(_open(data))


def _check_container(data: bytes) -> None:
    archive = Archive(data)
    for name in archive.names:
        if name.endswith("/"):
            continue
        body = archive.read(name)
        if "worksheets/" in name:
            _check_span(name, body)


def _check_span(name: str, body: bytes) -> None:
    rows = columns = 0
    for letters, digits in _ADDRESS.findall(body):
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        rows, columns = max(rows, int(digits)), max(columns, column)
        if rows * columns > compound.MAX_CELLS:
            raise ReadError(
                f"a cell at row {rows}, column {columns}",
                where=name,
                rule=f"a sheet is read up to {compound.MAX_CELLS} cells",
                remedy=_REMEDY,
            )


def left_out(data: bytes) -> tuple[tuple[str, str], ...]:
    """Name and kind ("chart sheet", ...) of the sheets that ``sheets`` leaves out."""
    return tuple(_others(data))


def _others(data: bytes) -> list[tuple[str, str]]:
    import python_calamine as calamine

    # a list, since the enumeration cannot be hashed
    names = [
        (calamine.SheetTypeEnum.ChartSheet, "chart sheet"),
        (calamine.SheetTypeEnum.DialogSheet, "dialog sheet"),
    ]
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        entries = [(e.name, e.typ) for e in book.sheets_metadata]
    except BaseException as error:
        _refuse(error, "")
        raise
    return [
        (name, next((word for known, word in names if known == kind), "macro sheet"))
        for name, kind in entries
        if kind != calamine.SheetTypeEnum.WorkSheet
    ]


def _open(data: bytes) -> list[Sheet]:
    import python_calamine as calamine

    found: list[Sheet] = []
    where = ""
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for entry in book.sheets_metadata:
            if entry.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            where = f"sheet '{entry.name}'"
            rows = book.get_sheet_by_name(entry.name).to_python(skip_empty_area=False)
            found.append(Sheet(entry.name, tuple(_row(r, i, where) for i, r in enumerate(rows, start=1))))
    except ReadError:
        raise
    except BaseException as error:
        _refuse(error, where)
        raise
    return found


def _refuse(error: BaseException, where: str) -> None:
    """ReadError for a failure of the library, panics included; an interrupt or a timer passes."""
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        return
    reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
    raise ReadError(f"no readable spreadsheet ({reason})", where=where, remedy=_REMEDY) from None


def _row(row: Sequence[object], number: int, where: str) -> tuple[Cell, ...]:
    return tuple(_cell(value, f"{where} row {number} column {i}") for i, value in enumerate(row, start=1))


def _cell(value: object, where: str) -> Cell:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise ReadError(f"{value}", where=where, rule="data cells are finite numbers", remedy=_REMEDY)
        return float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    text = str(value).strip()
    return text or None
