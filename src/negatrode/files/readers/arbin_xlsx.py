"""Arbin MITS export as workbook (.xlsx, .xls): sheets "Channel_1-1", continued over sheets, and "Info".

A sheet that is full goes on in the next, its data points counted on. A workbook whose data points start
anew holds several channels or tests and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Cell, Recording, Sheet, Unread
from negatrode.files.archive import Archive
from negatrode.files.blob import Blob
from negatrode.files.readers import compound
from negatrode.files.readers.arbin_csv import CONVENTION, is_arbin
from negatrode.files.readers.cycler_block import build_block, stated
from negatrode.files.readers.cycler_columns import channel_of, is_cycling
from negatrode.files.readers.cycler_rows import read_cells
from negatrode.files.readers.workbook import is_workbook, sheets
from negatrode.files.text import number

NAME = "arbin-xlsx"
TITLE = "Arbin export (.xlsx, .xls)"
KIND = "cycling"

_CHANNEL = re.compile(r"Channel[ _-]?\d", re.IGNORECASE)
_INFO = re.compile(r"(?:Global[ _]?)?Info", re.IGNORECASE)
_MASS = re.compile(r"(?:active )?mass\s*[(\[](mg|g|kg)[)\]]\Z", re.IGNORECASE)
_NOMINAL = re.compile(r"nominal[_ ]capacity\s*[(\[](m?Ah)[)\]]\Z", re.IGNORECASE)
_MILLIGRAMS = {"mg": 1.0, "g": 1e3, "kg": 1e6}


def sniff(blob: Blob) -> int:
    """By a sheet named after a channel whose first rows hold Arbin's heads."""
    if not is_workbook(blob.data) or not _names_channel(blob.data):
        return 0
    return 97 if any(_head_row(s) is not None for s in sheets(blob.data)) else 0


def _names_channel(data: bytes) -> bool:
    """Whether a sheet is named after a channel, without unpacking the sheets."""
    if data.startswith(compound.MAGIC):
        return b"Channel" in data or "Channel".encode("utf-16-le") in data
    archive = Archive(data)
    if "xl/workbook.xml" not in archive.names:
        return False
    return bool(re.search(rb'name="Channel[ _-]?\d', archive.read("xl/workbook.xml"), re.IGNORECASE))


def read(blob: Blob) -> Recording:
    """The recording of all channel sheets in order, with the mass that the info sheet states.

    Raises ReadError where sheets have different heads, the data points start anew or skip, or a cell is
    no number.
    """
    tables = [(s, row) for s in sheets(blob.data) if (row := _head_row(s)) is not None]
    if not tables:
        raise ReadError(
            "no sheet with Arbin's heads",
            rule="a sheet 'Channel_...' names Test_Time, Step_Index and Cycle_Index",
            remedy="Export the channel data with the workbook",
        )
    heads = _heads(tables[0])
    rows: list[tuple[Cell, ...]] = []
    places: list[int] = []
    point = next((i for i, h in enumerate(heads) if re.match(r"data[_ ]point", h, re.IGNORECASE)), None)
    for sheet, row in tables:
        if _heads((sheet, row)) != heads:
            raise ReadError("other heads than the first sheet", where=f"sheet '{sheet.name}'")
        found = [(i, r) for i, r in enumerate(sheet.rows[row + 1 :], start=row + 2) if any(_filled(r))]
        _check_continued(rows, [r for _, r in found], point, sheet.name)
        for i, cells in found:
            rows.append(_fitted(cells, len(heads), f"sheet '{sheet.name}' row {i}"))
            places.append(i)
    channels = [channel_of(h) for h in heads]
    if len(rows) < 2 or not is_cycling(channels):
        raise ReadError(f"{len(rows)} rows of data", rule="a recording has at least two with a voltage")
    table = read_cells(rows, places, channels, place="row")
    block, unread = build_block(table, convention=CONVENTION)
    used = {s.name for s, _ in tables}
    others = [s for s in sheets(blob.data) if s.name not in used]
    left = tuple(
        Unread(f"sheet '{s.name}'", "not a table of the recording")
        for s in others
        if not _INFO.match(s.name) and any(any(_filled(r)) for r in s.rows)
    )
    info = [s for s in others if _INFO.match(s.name)]
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings=_settings(info),
        metadata=_metadata(info),
        unread=(*unread, *left),
    )


def _filled(row: Sequence[Cell]) -> list[bool]:
    return [c is not None for c in row]


def _head_row(sheet: Sheet) -> int | None:
    """The row of Arbin's heads among the first of a channel's sheet."""
    if not _CHANNEL.match(sheet.name):
        return None
    for i, row in enumerate(sheet.rows[:20]):
        if is_arbin([c for c in row if isinstance(c, str)]):
            return i
    return None


def _heads(table: tuple[Sheet, int]) -> list[str]:
    cells = ["" if c is None else str(c) for c in table[0].rows[table[1]]]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _fitted(cells: Sequence[Cell], width: int, where: str) -> tuple[Cell, ...]:
    if any(_filled(cells[width:])):
        raise ReadError(f"{len(cells)} cells under {width} heads", where=where)
    return (*cells[:width], *[None] * (width - len(cells)))


def _check_continued(
    before: Sequence[Sequence[Cell]], rows: Sequence[Sequence[Cell]], point: int | None, name: str
) -> None:
    """A further sheet goes on counting the data points of the one before."""
    if not before or not rows or point is None:
        return
    last, first = before[-1][point], rows[0][point] if point < len(rows[0]) else None
    if not isinstance(last, float) or not isinstance(first, float) or first != last + 1.0:
        raise ReadError(
            f"data point {first} follows {last}",
            where=f"sheet '{name}'",
            rule="the sheets of one channel count their data points on",
            remedy="Export each channel into a workbook of its own",
        )


def _beside(info: Sequence[Sheet], pattern: re.Pattern[str]) -> tuple[str, float] | None:
    """The unit in a label of the info sheet and the number to its right or below it."""
    for sheet in info:
        for i, row in enumerate(sheet.rows):
            for j, cell in enumerate(row):
                found = pattern.match(cell) if isinstance(cell, str) else None
                if not found:
                    continue
                below = (
                    sheet.rows[i + 1][j] if i + 1 < len(sheet.rows) and j < len(sheet.rows[i + 1]) else None
                )
                right = row[j + 1] if j + 1 < len(row) else None
                for value in (right, below):
                    plain = number(value) if isinstance(value, str) else value
                    if plain is not None:
                        return found[1], plain
    return None


def _settings(info: Sequence[Sheet]) -> dict[str, Stated]:
    settings: dict[str, Stated] = {}
    mass = _beside(info, _MASS)
    if mass is not None:
        settings |= stated("mass", mass[1] * _MILLIGRAMS[mass[0].lower()], "mg", "info sheet: Mass")
    nominal = _beside(info, _NOMINAL)
    if nominal is not None:
        factor = 1e-3 if nominal[0].lower() == "mah" else 1.0
        settings |= stated("nominal_capacity", nominal[1] * factor, "A*h", "info sheet: Nominal_Capacity")
    return settings


def _metadata(info: Sequence[Sheet]) -> dict[str, str]:
    """Label and value of the info sheets' rows that hold just these two."""
    found: dict[str, str] = {}
    for sheet in info:
        for row in sheet.rows:
            full = [c for c in row if c is not None]
            if len(full) == 2 and isinstance(full[0], str) and len(full[0]) < 80:
                found.setdefault(full[0].rstrip(": "), str(full[1]))
    return found
