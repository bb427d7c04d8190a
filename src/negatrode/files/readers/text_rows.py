"""Rows of cells with their places, whether they came from a text or from a spreadsheet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from negatrode.core.errors import ReadError
from negatrode.core.recording import Cell, Sheet
from negatrode.files.text import MAX_LINE, decode, is_text, number, require_number, split_cells

_HEAD = 60_000


@dataclass(frozen=True)
class Row:
    """The cells of one line, and where it stands ("line 23", "sheet 'AdsDes' row 23")."""

    where: str
    cells: tuple[Cell, ...]

    def cell(self, index: int) -> Cell:
        """The cell, or None beyond the end of the row."""
        return self.cells[index] if 0 <= index < len(self.cells) else None

    def text(self, index: int) -> str:
        """The cell as stripped text; "" where it is empty."""
        value = self.cell(index)
        if value is None:
            return ""
        return value.strip() if isinstance(value, str) else f"{value:.15g}"

    def number(self, index: int) -> float | None:
        """The finite number in the cell, or None."""
        value = self.cell(index)
        return number(value) if isinstance(value, str) else value

    def require(self, index: int) -> float:
        """The finite number in the cell; ReadError with its place where there is none."""
        value = self.cell(index)
        if isinstance(value, float):
            return value
        return require_number(value or "", where=f"{self.where} column {index + 1}")

    def check_under(self, head: Row) -> None:
        """ReadError where a number stands under no heading (a number torn apart by its comma)."""
        for i in self.filled:
            if not head.text(i) and (i >= len(head.cells) or self.number(i) is not None):
                raise ReadError(
                    f"'{self.text(i)[:40]}' under no heading",
                    where=f"{self.where} column {i + 1}",
                    rule="a row has no more numbers than there are headings",
                    remedy="Correct the row or export the file again",
                )

    @property
    def filled(self) -> list[int]:
        """The indices of the cells that are not empty."""
        return [i for i in range(len(self.cells)) if self.text(i)]


def plain(text: str) -> str:
    """Lower case, one width, single blanks: how labels are compared ("Ｐ／Ｐ０ " and "p/p0" agree).

    >>> plain(" Volume  Density (％) "), plain("cm³/g"), plain("p/p°")
    ('volume density (%)', 'cm3/g', 'p/p°')
    """
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def decode_japanese(data: bytes) -> str:
    """Text as ``decode`` gives it, or from Shift-JIS where the bytes are that and not UTF-8.

    Western text with accents is also valid Shift-JIS now and then; it counts as Japanese only with two
    or more kana or ideographs in a row.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp932")
        except UnicodeDecodeError:
            return decode(data)
        pairs = pairwise(text)
        if any("\u3040" <= a <= "\u9fff" and "\u3040" <= b <= "\u9fff" for a, b in pairs):
            return decode(text.encode())
    return decode(data)


def head_text(data: bytes, *, japanese: bool = False) -> str:
    """The first lines of a text file, for choosing a reader; "" where the bytes are no text."""
    if not is_text(data):
        return ""
    head = data[:_HEAD]
    if len(data) > _HEAD:
        cut = head.rfind(b"\n")
        head = head[: (cut + 2) // 2 * 2] if b"\0" in head[:64] else head[: cut + 1]
    try:
        return decode_japanese(head) if japanese else decode(head)
    except ReadError:
        return ""


def lines_of(text: str) -> list[str]:
    """The lines; ReadError where one is too long to be a line."""
    lines = text.split("\n")
    for i, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE:
            raise ReadError(f"{len(line)} characters in a line", where=f"line {i}", rule="lines end")
    return lines


def rows_of_text(text: str, separator: str) -> list[Row]:
    """The lines split at a separator; quoted cells keep separators."""
    found = []
    for i, line in enumerate(lines_of(text), start=1):
        cells = split_cells(line, separator) if line.strip() else []
        found.append(Row(f"line {i}", tuple(c or None for c in cells)))
    return found


def rows_of_sheet(sheet: Sheet) -> list[Row]:
    """The rows of a sheet."""
    return [Row(f"sheet '{sheet.name}' row {i}", cells) for i, cells in enumerate(sheet.rows, start=1)]


def widest_separator(lines: Iterable[str], candidates: Sequence[str] = ("\t", ";", ",")) -> str:
    """The separator that a line of headings is split by into the most cells (the first on a tie)."""
    counts = {c: max((line.count(c) for line in lines), default=0) for c in candidates}
    return max(candidates, key=lambda c: counts[c])
