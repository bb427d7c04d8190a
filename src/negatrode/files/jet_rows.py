"""Cells of a Jet table: numbers of fixed width, yes/no, dates, short and long texts."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.files.jet_pages import REMEDY, JetColumn, JetPages, JetTable

_YES_NO, _TEXT, _MEMO = 1, 10, 12
# type code -> little-endian dtype: byte, int16, int32, float32, float64, date in days
_FIXED = {2: "<u1", 3: "<i2", 4: "<i4", 6: "<f4", 7: "<f8", 8: "<f8"}
NUMBERS = frozenset(_FIXED) | {_YES_NO}
TEXTS = frozenset((_TEXT, _MEMO))
_MOST_LINKS = 64


class JetRows:
    """The rows of a table, in the order of the file; raises ReadError where a row is too short for its cells.

    Jet writes the number of columns, the cells of fixed width, the texts, the table of their ends backwards,
    and a mask with a bit for each column that is filled.
    """

    def __init__(self, pages: JetPages, table: JetTable) -> None:
        self.table = table
        self._pages = pages
        self._starts, self._ends = pages.live_rows(table)
        head = pages.version.head
        if (self._ends - self._starts < head).any():
            raise ReadError(f"a row of table '{table.name}' is too short", remedy=REMEDY)
        self._counts = pages.bytes[self._starts].astype(np.int64)
        if head == 2:
            self._counts += 256 * pages.bytes[self._starts + 1].astype(np.int64)
        self._masks = self._ends - (self._counts + 7) // 8
        short = self._masks < self._starts + head
        if short.any():
            i = int(np.argmax(short))
            raise ReadError(
                f"a row of {self._ends[i] - self._starts[i]} bytes with {self._counts[i]} columns",
                where=f"byte {self._starts[i]}",
                rule="a row holds a bit for each of its columns",
                remedy=REMEDY,
            )

    def __len__(self) -> int:
        return len(self._starts)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of numbers, NaN where empty; yes/no as 1 and 0; dates in days since 1899-12-30."""
        column = self._column(name, NUMBERS, "numbers")
        filled = self._filled(column)
        if column.kind == _YES_NO:
            return filled.astype(np.float64)
        dtype = np.dtype(_FIXED[column.kind])
        values = np.full(len(self), np.nan)
        place = self._starts[filled] + self._pages.version.head + column.offset
        if not column.fixed or (place + dtype.itemsize > self._masks[filled]).any():
            raise ReadError(f"a row of table '{self.table.name}' is too short for '{name}'", remedy=REMEDY)
        cells = self._pages.bytes[place[:, None] + np.arange(dtype.itemsize)]
        # a damaged cell may be a signalling NaN, whose conversion is none of the caller's concern
        with np.errstate(invalid="ignore"):
            values[filled] = np.ascontiguousarray(cells).view(dtype).ravel().astype(np.float64)
        return values

    def texts(self, name: str) -> list[str]:
        """A column of texts, "" where empty or where its place leads out of the row."""
        column = self._column(name, TEXTS, "text")
        spans = zip(self._starts.tolist(), self._masks.tolist(), self._ends.tolist(), strict=True)
        filled = self._filled(column).tolist()
        return [self._text(*span, column) if full else "" for span, full in zip(spans, filled, strict=True)]

    def _column(self, name: str, kinds: frozenset[int], what: str) -> JetColumn:
        column = self.table.column(name)
        if column is None or column.kind not in kinds:
            raise ReadError(f"no column of {what} '{name}' in table '{self.table.name}'", remedy=REMEDY)
        return column

    def _filled(self, column: JetColumn) -> NDArray[np.bool_]:
        """Whether the mask has the column's bit; rows older than a column have none for it."""
        known = column.number < self._counts
        place = np.where(known, self._masks + column.number // 8, 0)
        bit = (self._pages.bytes[place] >> (column.number % 8)) & 1
        return np.asarray(known & bit.astype(bool))

    def _text(self, start: int, mask: int, end: int, column: JetColumn) -> str:
        row = self._pages.data[start:mask]
        jumps = (end - start - 1) // 256
        wide = self._pages.version.head == 2
        try:
            begin, stop = _span_wide(row, column.variable) if wide else _span(row, column.variable, jumps)
            raw = row[begin:stop]
            return decode(self._long(raw) if column.kind == _MEMO else raw, wide=wide)
        except (struct.error, IndexError, ReadError):
            return ""

    def _long(self, raw: bytes) -> bytes:
        """The bytes of a long text: behind its head of 12 bytes, in a row of its own, or in a chain."""
        length, pointer = struct.unpack_from("<II", raw)
        if length & 0x80000000:
            return raw[12 : 12 + (length & 0x3FFFFFFF)]
        start, end, _ = self._pages.row_at(pointer)
        if length & 0x40000000:
            return self._pages.data[start:end]
        parts = [self._pages.data[start + 4 : end]]
        for _ in range(_MOST_LINKS):
            pointer = struct.unpack_from("<I", self._pages.data, start)[0]
            if not pointer:
                break
            start, end, _ = self._pages.row_at(pointer)
            parts.append(self._pages.data[start + 4 : end])
        return b"".join(parts)


def _span_wide(row: bytes, variable: int) -> tuple[int, int]:
    """Begin and end of a text within a Jet 4 row (without its mask): two bytes an offset, last first."""
    tail = len(row) - 2
    if variable >= struct.unpack_from("<H", row, tail)[0]:
        return 0, 0
    begin, stop = (struct.unpack_from("<H", row, tail - 2 * (variable + k))[0] for k in (1, 2))
    return begin, stop


def _span(row: bytes, variable: int, jumps: int) -> tuple[int, int]:
    """The same of a Jet 3 row: one byte an offset; a list of ``jumps`` columns says from which on 256 more
    are added (one for each 256 bytes of the whole row, 255 where there is no such column).
    """
    tail = len(row) - 1
    if tail < jumps + variable + 2 or variable >= row[tail]:
        return 0, 0
    # the last jump has no meaning where the offsets themselves do not reach that far
    meant = jumps - ((tail - jumps - 1 - row[tail]) // 256 < jumps)
    marks = [row[tail - 1 - k] for k in range(meant)]
    begin, stop = (
        row[tail - 1 - jumps - i] + 256 * sum(i >= mark for mark in marks) for i in (variable, variable + 1)
    )
    return begin, stop


def decode(raw: bytes, *, wide: bool) -> str:
    r"""A text of a Jet 4 (``wide``) or Jet 3 database.

    Jet 4 may "compress" UTF-16: after FF FE stands one byte a letter, and a zero byte turns to two bytes a
    letter and back.

    >>> decode(b"\xff\xfeNa\x00\x0d\x26\x00x", wide=True), decode(b"c\xe9ll", wide=False)
    ('Na☍x', 'céll')
    """
    if not wide:
        return raw.decode("cp1252", "replace")
    if not raw.startswith(b"\xff\xfe"):
        return raw.decode("utf-16-le", "replace")
    letters, place, narrow = [], 2, True
    while place < len(raw):
        if raw[place] == 0:
            narrow, place = not narrow, place + 1
            continue
        width = 1 if narrow else 2
        letters.append(raw[place : place + width].decode("latin-1" if narrow else "utf-16-le", "replace"))
        place += width
    return "".join(letters)
