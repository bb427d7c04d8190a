"""Tables of a Microsoft Jet database (Access 97 to 2003: .mdb, .res), read only.

Pages of 2048 (Jet 3) or 4096 bytes (Jet 4): page 0 is the header, page 2 defines the catalogue MSysObjects,
other pages define tables (02 01) or hold rows (01 01) with the number of the page that defines their table.
Layout after the description that mdbtools keeps (HACKING.md) and the library access_parser. Only columns of
fixed width and short texts are decoded. Everything is bounded by the file: no offset is followed outside it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError

SIGNATURE = b"\x00\x01\x00\x00Standard Jet DB\x00"
_REMEDY = "The file is cut off or damaged; copy it again"
_CATALOGUE_PAGE = 2
_DELETED, _ELSEWHERE, _OFFSET = 0x8000, 0x4000, 0x1FFF
_TEXT = 10
# type code -> little-endian dtype
_FIXED = {2: "<u1", 3: "<i2", 4: "<i4", 6: "<f4", 7: "<f8", 8: "<f8"}
_MOST_COLUMNS = 400
_MOST_DEFINITION_PAGES = 64


@dataclass(frozen=True)
class _Version:
    """Where the fields of a page stand, by Jet version (all offsets in bytes)."""

    page: int
    rows: int
    counts: int
    indexes: int
    index_size: int
    column_size: int
    column: str
    name_size: int
    row_count: int
    head: int


_JET3 = _Version(2048, 12, 23, 43, 8, 18, "<BHHH6xBHH", 1, 8, 1)
_JET4 = _Version(4096, 16, 43, 63, 12, 25, "<B4xHHH4xH4xHH", 2, 12, 2)


@dataclass(frozen=True)
class JetColumn:
    """A column of a table: type code, number (its bit of the null mask), place among the fixed ones."""

    name: str
    kind: int
    number: int
    variable: int
    fixed: bool
    offset: int


@dataclass(frozen=True, eq=False)
class JetTable:
    """A table's definition: the page that holds it, the number of rows that it declares, its columns."""

    name: str
    page: int
    declared: int
    columns: tuple[JetColumn, ...]

    def column(self, name: str) -> JetColumn | None:
        """The column of that name, whatever its case; None where there is none."""
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)


class JetDatabase:
    """A Jet database in memory.

    Raises ReadError where the signature, version or length is none of Jet's, or a definition leads out of
    the file.
    """

    def __init__(self, data: bytes) -> None:
        if not data.startswith(SIGNATURE) or len(data) < 0x18:
            raise ReadError("no Jet database", where="byte 0", rule="it starts with 'Standard Jet DB'")
        code = data[0x14]
        if code not in (0, 1):
            raise ReadError(
                f"version code {code}",
                where="byte 20",
                rule="Jet 3 (code 0) and Jet 4 (code 1) are read",
                remedy="Export the table as csv or xlsx",
            )
        self.version = _JET4 if code else _JET3
        size = self.version.page
        if len(data) % size or len(data) < 3 * size:
            raise ReadError(
                f"{len(data)} bytes",
                rule=f"a whole number of pages of {size} bytes, at least 3",
                remedy=_REMEDY,
            )
        self.data = data
        self.bytes = np.frombuffer(data, dtype=np.uint8)
        pages = self.bytes.reshape(-1, size)
        holds_rows = (pages[:, 0] == 1) & (pages[:, 1] == 1)
        owners = pages[:, 4:8].copy().view("<u4").ravel()
        self._pages_of = {
            int(o): np.flatnonzero(holds_rows & (owners == o)) for o in np.unique(owners[holds_rows])
        }
        self.catalogue = self._catalogue()

    def table(self, name: str) -> JetTable:
        """The definition of a table by its name; ReadError where the catalogue has none such."""
        page = self.catalogue.get(name.lower())
        if page is None:
            known = ", ".join(sorted(self.catalogue)[:12])
            raise ReadError(f"no table '{name}'", rule=f"the database holds {known or 'none'}")
        return self._definition(name, page)

    def _catalogue(self) -> dict[str, int]:
        table = self._definition("MSysObjects", _CATALOGUE_PAGE)
        names = self.texts(table, "Name")
        numbers = self.numbers(table, "Id")
        # the upper byte of Id tells kinds of objects apart; only pages of definitions count
        return {
            n.lower(): int(i) & 0xFFFFFF
            for n, i in zip(names, numbers, strict=True)
            if np.isfinite(i) and self._is_definition(int(i) & 0xFFFFFF)
        }

    def _is_definition(self, page: int) -> bool:
        start = page * self.version.page
        return 0 < start < len(self.data) and self.data[start : start + 2] == b"\x02\x01"

    def _definition(self, name: str, page: int) -> JetTable:
        v = self.version
        if not self._is_definition(page):
            raise ReadError(f"page {page} defines no table ('{name}')", remedy=_REMEDY)
        body = self._definition_bytes(page)
        try:
            declared = struct.unpack_from("<I", body, v.rows)[0]
            count = struct.unpack_from("<H", body, v.counts + 2)[0]
            indexes = struct.unpack_from("<I", body, v.counts + 8)[0]
            if count > _MOST_COLUMNS or indexes > _MOST_COLUMNS:
                raise ReadError(f"{count} columns and {indexes} indexes in table '{name}'", remedy=_REMEDY)
            place = v.indexes + indexes * v.index_size
            raw = [struct.unpack_from(v.column, body, place + k * v.column_size) for k in range(count)]
            names = list(self._names(body, place + count * v.column_size, count))
        except struct.error:
            raise ReadError(f"the definition of table '{name}' is cut off", remedy=_REMEDY) from None
        columns = tuple(
            JetColumn(n, kind, number, variable, bool(flags & 1), offset)
            for n, (kind, number, variable, _, flags, offset, _) in zip(names, raw, strict=True)
        )
        return JetTable(name, page, declared, columns)

    def _definition_bytes(self, page: int) -> bytes:
        size = self.version.page
        parts, seen = [self.data[page * size : (page + 1) * size]], {page}
        following = struct.unpack_from("<I", parts[0], 4)[0]
        while following and following not in seen and len(parts) < _MOST_DEFINITION_PAGES:
            if not self._is_definition(following):
                break
            seen.add(following)
            more = self.data[following * size : (following + 1) * size]
            parts.append(more[8:])
            following = struct.unpack_from("<I", more, 4)[0]
        return b"".join(parts)

    def _names(self, body: bytes, place: int, count: int) -> Iterator[str]:
        for _ in range(count):
            if self.version.name_size == 1:
                length = struct.unpack_from("<B", body, place)[0]
                yield body[place + 1 : place + 1 + length].decode("latin-1")
            else:
                length = struct.unpack_from("<H", body, place)[0]
                yield body[place + 2 : place + 2 + length].decode("utf-16-le", "replace")
            place += self.version.name_size + length

    def rows(self, table: JetTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Start and end of every live row of a table, bytes from the start of the file, in file order.

        Raises ReadError where an offset leads out of its page, or a row lies in another page.
        """
        starts: list[NDArray[np.int64]] = []
        ends: list[NDArray[np.int64]] = []
        v = self.version
        for page in self._pages_of.get(table.page, ()):
            base = int(page) * v.page
            count = struct.unpack_from("<H", self.data, base + v.row_count)[0]
            head = v.row_count + 2
            if head + 2 * count > v.page:
                raise ReadError(f"{count} rows", where=f"page {page}", remedy=_REMEDY)
            offsets = np.frombuffer(self.data, "<u2", count, base + head).astype(np.int64)
            where = offsets & _OFFSET
            until = np.concatenate(([v.page], where[:-1])) if count else where
            if ((where < head + 2 * count) | (where > until)).any():
                raise ReadError("a row starts outside its page", where=f"page {page}", remedy=_REMEDY)
            live = (offsets & _DELETED) == 0
            if (live & ((offsets & _ELSEWHERE) != 0)).any():
                raise ReadError(
                    "a row continued in another page",
                    where=f"page {page}",
                    rule="rows within one page are read",
                    remedy="Export the table as csv or xlsx",
                )
            live &= until > where
            starts.append(base + where[live])
            ends.append(base + until[live])
        none = np.zeros(0, dtype=np.int64)
        return np.concatenate([none, *starts]), np.concatenate([none, *ends])

    def numbers(self, table: JetTable, name: str) -> NDArray[np.float64]:
        """A column of numbers by row, NaN where empty; dates in days since 1899-12-30.

        Raises ReadError where the column is missing or of another type, or a row is too short for it.
        """
        column = table.column(name)
        if column is None or column.kind not in _FIXED or not column.fixed:
            raise ReadError(f"no column of numbers '{name}' in table '{table.name}'", remedy=_REMEDY)
        starts, ends = self.rows(table)
        dtype = np.dtype(_FIXED[column.kind])
        place = starts + self.version.head + column.offset
        if (place + dtype.itemsize > ends).any():
            raise ReadError(f"a row of table '{table.name}' is too short for '{name}'", remedy=_REMEDY)
        cells = self.bytes[place[:, None] + np.arange(dtype.itemsize)]
        values = np.ascontiguousarray(cells).view(dtype).ravel().astype(np.float64)
        return np.where(self._filled(starts, ends, column.number), values, np.nan)

    def _filled(self, starts: NDArray[np.int64], ends: NDArray[np.int64], number: int) -> NDArray[np.bool_]:
        """Whether the null mask at the end of each row has the column's bit."""
        counts = self.bytes[starts].astype(np.int64)
        if self.version.head == 2:
            counts += 256 * self.bytes[np.minimum(starts + 1, self.bytes.size - 1)].astype(np.int64)
        place = ends - (counts + 7) // 8 + number // 8
        known = (number < counts) & (place >= starts) & (place < ends)
        found = self.bytes[np.where(known, place, 0)]
        return np.asarray(known & ((found >> (number % 8)) & 1).astype(bool))

    def texts(self, table: JetTable, name: str) -> list[str]:
        """A column of short texts by row, "" where empty or not decodable."""
        column = table.column(name)
        if column is None or column.kind != _TEXT:
            raise ReadError(f"no column of text '{name}' in table '{table.name}'", remedy=_REMEDY)
        starts, ends = self.rows(table)
        filled = self._filled(starts, ends, column.number)
        return [
            self._text(int(a), int(b), column) if ok else ""
            for a, b, ok in zip(starts, ends, filled, strict=True)
        ]

    def _text(self, start: int, end: int, column: JetColumn) -> str:
        row = self.data[start:end]
        try:
            begin, stop = self._place(row, column.variable)
        except (struct.error, IndexError):
            return ""
        raw = row[begin:stop]
        if self.version.head == 1:
            return raw.decode("latin-1")
        if raw[:2] == b"\xff\xfe":  # "compressed": one byte a letter
            return raw[2:].decode("latin-1")
        return raw.decode("utf-16-le", "replace")

    def _place(self, row: bytes, variable: int) -> tuple[int, int]:
        """Begin and end of a variable column within its row, from the table behind the data.

        Jet 4 keeps two bytes an offset; Jet 3 one, with a list of columns at which 256 more are added.
        """
        if self.version.head == 2:
            tail = len(row) - (struct.unpack_from("<H", row)[0] + 7) // 8 - 2
            if variable >= struct.unpack_from("<H", row, tail)[0]:
                return 0, 0
            begin, stop = (struct.unpack_from("<H", row, tail - 2 * (variable + k))[0] for k in (1, 2))
            return begin, stop
        tail = len(row) - (row[0] + 7) // 8 - 1
        jumps = (len(row) - 1) // 256
        if tail < jumps + variable + 2 or variable >= row[tail]:
            return 0, 0
        marks = [row[tail - 1 - k] for k in range(jumps)]
        ends = [
            row[tail - 1 - jumps - i] + 256 * sum(i >= mark for mark in marks)
            for i in (variable, variable + 1)
        ]
        return ends[0], ends[1]
