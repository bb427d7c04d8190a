"""BELSORP report workbooks (.xls, .xlsx): the isotherm sheet and, where there is one, the BET sheet.

Sheets are found by what they hold, not by their order: the first may be a chart.
"""

from __future__ import annotations

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Recording, Sheet, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.belsorp_report import Preamble, finish, is_heading, points
from negatrode.files.readers.isotherm_terms import loading_unit
from negatrode.files.readers.text_rows import Row, plain, rows_of_sheet
from negatrode.files.readers.workbook import is_workbook, sheets

NAME = "belsorp-xls"
TITLE = "BELSORP report workbook (.xls)"
KIND = "isotherm"

_BET = {
    "starting point": "first", "end point": "last", "vm": "printed_monolayer", "as,bet": "printed_area",
    "as, bet": "printed_area", "c": "printed_c", "始点": "first", "終点": "last",
}  # fmt: skip


def sniff(blob: Blob) -> int:
    """95 where a sheet holds BELSORP's numbered points."""
    if not is_workbook(blob.data):
        return 0
    return 95 if any(_isotherm(rows_of_sheet(s)) is not None for s in sheets(blob.data)) else 0


def read(blob: Blob) -> Recording:
    """The branches, the labelled values, and the printed BET results (block "bet")."""
    unread: list[Unread] = []
    preamble = Preamble()
    blocks: tuple[Block, ...] = ()
    bet: Block | None = None
    for sheet in sheets(blob.data):
        rows = rows_of_sheet(sheet)
        start = _isotherm(rows)
        if start is not None and not blocks:
            preamble, blocks = _branches(sheet, rows, start)
        elif _is_bet(rows) and bet is None:
            bet = _bet(sheet, rows)
        elif any(r.filled for r in rows):
            unread.append(Unread(f"sheet '{sheet.name}'", "not an isotherm and not a BET sheet"))
    if not blocks:
        raise ReadError(
            "no sheet with numbered points (No, pe/kPa, p/p0, Va)", remedy="Export the isotherm sheet"
        )
    return Recording(
        kind=KIND,
        format=NAME,
        source=blob.source,
        blocks=(*blocks, bet) if bet else blocks,
        settings=preamble.settings,
        metadata=preamble.metadata,
        unread=tuple(unread),
    )


def _isotherm(rows: list[Row]) -> int | None:
    return next((i for i, r in enumerate(rows[:200]) if is_heading(r)), None)


def _is_bet(rows: list[Row]) -> bool:
    return any(plain(r.text(0)).replace(" ", "") == "as,bet" for r in rows[:60])


def _branches(sheet: Sheet, rows: list[Row], start: int) -> tuple[Preamble, tuple[Block, ...]]:
    preamble = Preamble()
    for row in rows[:start]:
        _labels(row, preamble)
    parts: dict[str, list[Row]] = {"adsorption": [], "desorption": []}
    current = ""
    for row in rows[start + 1 :]:
        word = plain(row.text(0))
        if word in ("ads", "des") and not row.text(1):
            current = "adsorption" if word == "ads" else "desorption"
        elif row.text(0) and current:
            parts[current].append(row)
        elif row.text(0):
            raise ReadError(f"'{word}' before ADS", where=row.where, rule="points follow a row ADS or DES")
        elif any(row.text(i) for i in range(1, len(rows[start].cells)) if rows[start].text(i)):
            raise ReadError("a point without its number", where=row.where, rule="points are numbered")
    where = f"sheet '{sheet.name}'"
    blocks = [
        points(n, rows[start], p, where=where, declared=preamble.counts.get(n)) for n, p in parts.items()
    ]
    return preamble, finish(preamble, blocks, where=where)


def _labels(row: Row, preamble: Preamble) -> None:
    """Label, value and [unit] stand in the same row, twice side by side, with gaps between them."""
    filled = row.filled
    at = 0
    while at < len(filled):
        label = row.text(filled[at])
        value, unit = "", ""
        follows = filled[at + 1] if at + 1 < len(filled) else None
        if follows is not None and follows - filled[at] <= 2 and filled[at] in (0, 5):
            value = row.text(follows)
            at += 1
            if at + 1 < len(filled) and row.text(filled[at + 1]).startswith("["):
                unit = row.text(filled[at + 1])
                at += 1
        if not label.startswith("["):
            preamble.enter(label, value, unit, row.where)
        at += 1


def _bet(sheet: Sheet, rows: list[Row]) -> Block:
    facts: dict[str, Stated] = {}
    span: dict[str, float] = {}
    columns: list[list[float]] = [[], []]
    listed = False
    for row in rows:
        word = plain(row.text(0))
        key = _BET.get(word)
        value = next((row.number(i) for i in (1, 2, 3) if row.number(i) is not None), None)
        if word == "no":
            listed = True
        elif listed and row.text(0):
            for column, index in zip(columns, (1, 2), strict=True):
                column.append(row.require(index))
        elif key in ("first", "last") and value is not None:
            span[key] = value
        elif key is not None and value is not None:
            facts[key] = Stated(value, _printed_unit(key, row), row.where)
    if len(span) == 2:
        facts["printed_points"] = Stated(f"{span['first']:g}-{span['last']:g}", "", f"sheet '{sheet.name}'")
    # point 0 is the origin of the plot, not a measurement
    kept = [i for i, x in enumerate(columns[0]) if x > 0.0]
    x = np.array([columns[0][i] for i in kept], dtype=np.float64)
    y = np.array([columns[1][i] for i in kept], dtype=np.float64)
    made = (Column("relative_pressure", "1", x), Column("bet_function", "g/cm3(STP)", y)) if kept else ()
    return Block("bet", made, facts)


def _printed_unit(key: str, row: Row) -> str:
    if key == "printed_c":
        return "1"
    stated = next((row.text(i) for i in range(2, 7) if row.text(i).startswith("[")), "")
    if key == "printed_monolayer":
        return loading_unit(stated)
    return "m2/g" if plain(stated).replace("^", "").strip("[]") in ("m2 g-1", "m2/g") else stated.strip("[]")
