"""Any delimited text as a plain table: the last resort among text readers."""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.recording import Cell, Recording, Sheet
from negatrode.files.blob import Blob
from negatrode.files.text import MAX_LINE, decode, is_text, number, separator_of, split_cells

NAME = "delimited"
TITLE = "delimited text (csv, tsv, blanks)"
KIND = "table"

_REFUSED = ("nan", "inf", "-inf", "+inf", "infinity", "-infinity")


def sniff(blob: Blob) -> int:
    """Any text, with the least certainty of all."""
    return 5 if is_text(blob.data) else 0


def read(blob: Blob) -> Recording:
    """All rows; cells that are finite numbers become numbers, the rest stays text.

    Raises ReadError for cells that spell "nan", "inf" or a number that overflows, with their line.
    """
    lines = decode(blob.data).split("\n")
    if any(len(line) > MAX_LINE for line in lines):
        raise ReadError(f"a line of more than {MAX_LINE} characters", rule="no instrument writes such a line")
    body = [(i, line) for i, line in enumerate(lines, start=1) if line.strip()]
    if not body:
        raise ReadError("no rows", remedy="The file is blank; export it again")
    separator = separator_of([line for _, line in body[:400]])
    rows = tuple(tuple(_cell(c, i) for c in split_cells(line, separator)) for i, line in body)
    if max(len(r) for r in rows) < 2:
        raise ReadError(
            "no column separator (semicolon, tab, comma or blank) splits the lines",
            rule="a table has at least two columns",
            remedy="Export as csv",
        )
    return Recording(KIND, NAME, blob.source, sheets=(Sheet("table", rows),))


def _cell(text: str, line: int) -> Cell:
    plain = text.strip().strip('"').strip()
    value = number(plain)
    if value is not None:
        return value
    if plain.lower() in _REFUSED or _overflows(plain):
        raise ReadError(
            f"'{plain[:30]}' stands in a data cell",
            where=f"line {line}",
            rule="numbers are finite",
            remedy="Correct the cell or leave it empty",
        )
    return plain or None


def _overflows(text: str) -> bool:
    try:
        return abs(float(text)) == float("inf")
    except ValueError:
        return False
