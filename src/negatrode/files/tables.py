"""Plain tables of numbers whose columns the file does not name, named by the user's ``columns`` key."""

from __future__ import annotations

import re

import numpy as np

from negatrode.core.errors import InputError, ReadError
from negatrode.core.recording import Block, Cell, Column, Recording, Sheet
from negatrode.core.units import spell
from negatrode.files.text import number

_NAMED = re.compile(r"^\s*([\w-]+)\s*(?:[\[(](.*)[\])])?\s*$")


def column_map(text: str, *, where: str) -> list[tuple[str, str]]:
    """Names and units of "relative_pressure [1], loading [mmol/g]"; "-" skips a column.

    >>> column_map("two_theta [deg], intensity", where="")
    [('two_theta', 'deg'), ('intensity', '')]
    """
    found = []
    for part in text.split(","):
        match = _NAMED.match(part)
        if not match:
            raise InputError(
                f"'{part.strip()}'", where=where, rule="columns are written as in 'time [s], -, mass [mg]'"
            )
        found.append((match[1], spell(match[2]) if match[2] else ""))
    return found


def named_block(recording: Recording, columns: str, *, where: str, name: str = "table") -> Block:
    """The first sheet's rows of numbers under the user's column names.

    Leading rows without numbers are a header and skipped; a later row that is no row of numbers is a
    ReadError with its line.
    """
    names = column_map(columns, where=where)
    if not recording.sheets:
        raise ReadError("the file holds no table", where=recording.source.path)
    rows = _numeric_rows(recording.sheets[0], len(names), recording.source.path)
    values = np.array(rows, dtype=float)
    kept = [(i, n, u) for i, (n, u) in enumerate(names) if n != "-"]
    return Block(name, tuple(Column(n, u, np.ascontiguousarray(values[:, i])) for i, n, u in kept))


def _numeric_rows(sheet: Sheet, width: int, path: str) -> list[list[float]]:
    rows: list[list[float]] = []
    for line, row in enumerate(sheet.rows, start=1):
        cells = [_as_number(c) for c in row[:width]]
        full = [c for c in cells if c is not None]
        if len(full) == width:
            rows.append(full)
        elif rows and any(c not in (None, "") for c in row):
            raise ReadError(
                f"{len(full)} numbers where {width} columns are named",
                where=f"{path} row {line}",
                rule="every row holds a number for each named column",
                remedy="Correct the row, or name the columns as they are",
            )
    if not rows:
        raise ReadError(f"no row of {width} numbers", where=path, remedy="Check the 'columns' setting")
    return rows


def _as_number(cell: Cell) -> float | None:
    if isinstance(cell, str):
        return number(cell)
    return cell
