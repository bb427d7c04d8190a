"""One plane as text: a grid of numbers by any separator, decimal point or comma, with a header or none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.files.readers.map_planes import check_total
from negatrode.files.text import decode, number, require_number, separator_of, split_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAX_HEADER = 60
_PLAIN = re.compile(r"[0-9eE+\-. \t]*\Z")
_SAMPLE = 20


def number_grid(data: bytes, *, where: str) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The grid, shape (rows, columns), and the header lines above it.

    Raises ReadError with the line where a cell is no finite number, or a row has another number of cells.
    """
    lines = [line.strip(" \ufeff") for line in decode(data).split("\n")]
    while lines and not lines[-1].strip():
        lines.pop()
    start = _first_row(lines, where)
    body = lines[start:]
    separator = separator_of([body[i] for i in range(0, len(body), max(1, len(body) // _SAMPLE))])
    rows = [_cells(line, separator) for line in body]
    width = len(rows[0])
    for i, row in enumerate(rows):
        if len(row) != width:
            raise ReadError(
                f"{len(row)} cells where the first row has {width}",
                where=f"{where} line {start + i + 1}",
                rule="all rows of a map have the same number of columns",
                remedy="The file is cut off or damaged; export it again",
            )
    check_total((len(rows), width), where=where)
    values = np.empty((len(rows), width))
    for i, row in enumerate(rows):
        values[i] = _numbers(row, f"{where} line {start + i + 1}")
    return values, tuple(line for line in lines[:start] if line.strip())


def _cells(line: str, separator: str) -> list[str]:
    if separator == " " or '"' in line:
        return split_cells(line, separator)
    cells = line.split(separator)
    return cells[:-1] if not cells[-1].strip() else cells  # many programs end each row with a separator


def _first_row(lines: list[str], where: str) -> int:
    """The first line that starts with a number and holds nothing but numbers."""
    for i, line in enumerate(lines[: _MAX_HEADER + 1]):
        cells = [c for c in re.split(r"[;\t ]+|,(?!\d)|(?<!\d),", line.strip()) if c]
        if cells and all(number(part) is not None for c in cells for part in _parts(c)):
            return i
    raise ReadError(
        f"no row of numbers within the first {min(len(lines), _MAX_HEADER + 1)} lines",
        where=where,
        rule="a plane is a grid of numbers",
        remedy="Export the map as a table of numbers",
    )


def _parts(cell: str) -> list[str]:
    """Cells that commas join ("1,2,3", "1.5,2.5"); one decimal comma is left alone."""
    return [p for p in cell.split(",") if p] if cell.count(",") != 1 or "." in cell else [cell]


def _numbers(cells: list[str], where: str) -> NDArray[np.float64] | list[float]:
    if _PLAIN.match("".join(cells)):
        try:
            found = np.array(cells, dtype=np.float64)
        except ValueError:
            found = np.array([np.nan])
        if np.isfinite(found).all():
            return found
    return [require_number(c, where=f"{where} column {j}") for j, c in enumerate(cells, start=1)]
