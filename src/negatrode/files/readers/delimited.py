"""Any delimited text as a plain table: the last resort among text readers."""

from __future__ import annotations

import codecs
import re

from negatrode.core.errors import ReadError
from negatrode.core.recording import Cell, Recording, Sheet
from negatrode.files.blob import Blob
from negatrode.files.readers.text_rows import lines_of
from negatrode.files.text import decode, is_text, number, separator_of, split_cells

NAME = "delimited"
TITLE = "delimited text (csv, tsv, blanks)"
KIND = "table"

_REFUSED = (
    "nan",
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "-infinity",
    "+infinity",
    "-nan",
    "#num!",
    "#value!",
    "#div/0!",
)
_SAMPLE = 200
# characters looked at in the head and in the middle; the share of them that may be odd (damaged text)
_LOOK, _ODD = 16_384, 0.02
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


def sniff(blob: Blob) -> int:
    """Any text, with the least certainty of all; binary files that merely begin like text are not claimed."""
    if not is_text(blob.data):
        return 0
    middle = len(blob.data) // 4 * 2
    parts = (blob.data[:_LOOK], blob.data[middle : middle + _LOOK])
    return 5 if all(_odd_share(part, blob.data[:2]) <= _ODD for part in parts) else 0


def _odd_share(part: bytes, mark: bytes) -> float:
    """The share of characters that no text holds: control characters, zeros, what cannot be decoded."""
    encoding = _wide(part, mark)
    if not encoding:
        return len(_CONTROL.findall(part)) / max(1, len(part))
    text = part[: len(part) // 2 * 2].decode(encoding, errors="replace")
    odd = sum(not (c.isprintable() or c in "\t\r\n\f\ufeff") or c == "\ufffd" for c in text)
    return odd / max(1, len(text))


def _wide(part: bytes, mark: bytes) -> str:
    """UTF-16 by its mark, or by zeros in every second place and hardly any in the others; else ""."""
    if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    half = max(1, len(part) // 2)
    even, odd = part[::2].count(0) / half, part[1::2].count(0) / half
    if even < 0.05 and odd > 0.7:
        return "utf-16-le"
    return "utf-16-be" if odd < 0.05 and even > 0.7 else ""


def read(blob: Blob) -> Recording:
    """All rows; cells that are finite numbers become numbers, the rest stays text.

    Rows keep their number of cells (ragged rows are kept as they are) and blank lines stay empty rows, so
    that row n is line n. Raises ReadError for cells that spell "nan", "inf" or a number that overflows.
    """
    lines = lines_of(decode(blob.data))
    while lines and not lines[-1].strip():
        lines.pop()
    body = [line for line in lines if line.strip()]
    if not body:
        raise ReadError(
            "no rows", rule="a table holds at least one row", remedy="The file is blank; export it again"
        )
    separator = _separator(body[:_SAMPLE] + body[_SAMPLE:][-_SAMPLE:])
    rows = tuple(
        tuple(_cell(c, i) for c in split_cells(line, separator)) if line.strip() else ()
        for i, line in enumerate(lines, start=1)
    )
    if max(len(r) for r in rows) < 2:
        raise ReadError(
            "no column separator (semicolon, tab, comma or blank) splits the lines",
            rule="a table has at least two columns",
            remedy="Export as csv",
        )
    return Recording(KIND, NAME, blob.source, sheets=(Sheet("table", rows),))


def _separator(lines: list[str]) -> str:
    """A tab or semicolon that most lines hold; else the one under which most cells are numbers."""
    for candidate in ("\t", ";"):
        if sum(candidate in line for line in lines) >= 0.6 * len(lines):
            return candidate
    return separator_of(lines)


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
    """Whether the text is a number too large for a float ("1e999", four hundred digits)."""
    if len(text) > 2000 or not text[-1:].isdigit():
        return False
    try:
        return abs(float(text)) == float("inf")
    except ValueError:
        return False
