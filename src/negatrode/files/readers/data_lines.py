"""Lines of data of a text export: the cells under a header, and what a last line without an end says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from negatrode.core.errors import ReadError
from negatrode.core.recording import Unread
from negatrode.files.text import split_cells

REMEDY = "The file is cut off or damaged; export it again"


def row_cells(line: str, separator: str, width: int, place: int) -> list[str]:
    """The cells of line number ``place``, empty ones at its end left out.

    Raises ReadError where their number is not that of the header's columns.
    """
    cells = split_cells(line, separator)
    while len(cells) > width and not cells[-1]:
        cells.pop()
    if len(cells) != width:
        raise ReadError(
            f"{len(cells)} cells where the header names {width} columns",
            where=f"line {place}",
            rule="every line of data has a cell for each column",
            remedy=REMEDY,
        )
    return cells


def last_line_doubt(rows: Sequence[Sequence[str]], line: int) -> Unread:
    """A file whose last line does not end may be cut within a number: certain where decimals are fixed."""
    decimals = {len(re.split(r"[.,]", row[-1])[-1]) for row in rows[-21:-1]}
    if len(rows) > 5 and len(decimals) == 1 and len(re.split(r"[.,]", rows[-1][-1])[-1]) not in decimals:
        raise ReadError(
            f"the last number is '{rows[-1][-1]}', shorter than those above, and its line does not end",
            where=f"line {line}",
            remedy="The file is cut off; export it again",
        )
    return Unread(f"line {line}", "the last line does not end; whether the file is whole cannot be told")
