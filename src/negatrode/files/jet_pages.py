"""Pages of a Microsoft Jet database (Access 97 to 2003): versions, table definitions, usage maps, rows.

Pages of 2048 (Jet 3) or 4096 bytes (Jet 4). Page 0 is the header; pages that begin with 02 01 define tables,
those with 01 01 hold rows and the number of the page that defines their table, 05 01 are bitmaps of pages.
Layout after the description that mdbtools keeps (HACKING.md). Everything is bounded by the file: an offset
that leads out of its page, or a page number out of the file, is a ReadError and is never followed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError

SIGNATURE = b"\x00\x01\x00\x00Standard Jet DB\x00"
REMEDY = "The file is cut off or damaged; copy it again"
_DELETED, _ELSEWHERE, _OFFSET = 0x8000, 0x4000, 0x1FFF
# A Jet table has at most 255 columns and 32 indexes; a definition of these fits on a few pages
_MOST_COLUMNS = 256
_MOST_DEFINITION_PAGES = 64


@dataclass(frozen=True)
class JetVersion:
    """Where the fields of a page stand, by Jet version (all offsets in bytes).

    ``rows``, ``counts``, ``usage`` and ``indexes`` are places in a table definition, ``row_count`` in a page
    of rows; ``head`` is the width of the number of columns that a row begins with.
    """

    page: int
    rows: int
    counts: int
    usage: int
    indexes: int
    index_size: int
    column: struct.Struct
    name_size: int
    row_count: int
    head: int


JET3 = JetVersion(2048, 12, 23, 35, 43, 8, struct.Struct("<BHHH6xBHH"), 1, 8, 1)
JET4 = JetVersion(4096, 16, 43, 55, 63, 12, struct.Struct("<B4xHHH4xH4xHH"), 2, 12, 2)


@dataclass(frozen=True)
class JetColumn:
    """A column of a table.

    ``kind`` is Jet's type code, ``number`` its bit in the null mask, ``offset`` its place among the columns
    of fixed width, ``variable`` its place in the list of the others.
    """

    name: str
    kind: int
    number: int
    variable: int
    fixed: bool
    offset: int


@dataclass(frozen=True, eq=False)
class JetTable:
    """A table's definition: its page, the number of rows that it declares, its columns and usage map."""

    name: str
    page: int
    declared: int
    usage: int
    columns: tuple[JetColumn, ...]

    def column(self, name: str) -> JetColumn | None:
        """The column of that name, whatever its case; None where there is none."""
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)


class JetPages:
    """The pages of a Jet database in memory.

    Raises ReadError where the signature, version or length is none of Jet's.
    """

    def __init__(self, data: bytes) -> None:
        if not data.startswith(SIGNATURE) or len(data) < 0x18:
            raise ReadError(
                "no Jet database",
                where="byte 0",
                rule="it starts with 'Standard Jet DB'",
                remedy="Export the table as csv or xlsx",
            )
        code = data[0x14]
        if code not in (0, 1):
            raise ReadError(
                f"version code {code}",
                where="byte 20",
                rule="Jet 3 (code 0) and Jet 4 (code 1) are read",
                remedy="Export the table as csv or xlsx",
            )
        self.version = JET4 if code else JET3
        size = self.version.page
        if len(data) % size or len(data) < 3 * size:
            raise ReadError(
                f"{len(data)} bytes",
                rule=f"a whole number of pages of {size} bytes, at least 3",
                remedy=REMEDY,
            )
        self.data = data
        self.bytes = np.frombuffer(data, dtype=np.uint8)
        pages = self.bytes.reshape(-1, size)
        self.count = len(pages)
        holds_rows = (pages[:, 0] == 1) & (pages[:, 1] == 1)
        self._owner = np.where(holds_rows, pages[:, 4:8].copy().view("<u4").ravel().astype(np.int64), -1)

    def defines_table(self, page: int) -> bool:
        """Whether a page holds the definition of a table."""
        start = page * self.version.page
        return 0 < page < self.count and self.data[start : start + 2] == b"\x02\x01"

    def definition(self, name: str, page: int) -> JetTable:
        """The definition of a table on a page; ReadError where it defines none or is cut off."""
        v = self.version
        if not self.defines_table(page):
            raise ReadError(
                f"page {page} defines no table ('{name}')",
                rule="the pages of a table's definition begin with 02 01",
                remedy="The file is damaged or encrypted; open it in Access and export the table as csv",
            )
        body = self._definition_bytes(page)
        try:
            declared = struct.unpack_from("<I", body, v.rows)[0]
            count = struct.unpack_from("<H", body, v.counts + 2)[0]
            indexes = struct.unpack_from("<I", body, v.counts + 8)[0]
            usage = struct.unpack_from("<I", body, v.usage)[0]
            if count > _MOST_COLUMNS or indexes > _MOST_COLUMNS:
                raise ReadError(f"{count} columns and {indexes} indexes in table '{name}'", remedy=REMEDY)
            place = v.indexes + indexes * v.index_size
            raw = [v.column.unpack_from(body, place + k * v.column.size) for k in range(count)]
            names = list(self._names(body, place + count * v.column.size, count))
        except struct.error:
            raise ReadError(f"the definition of table '{name}' is cut off", remedy=REMEDY) from None
        columns = tuple(
            JetColumn(n, kind, number, variable, bool(flags & 1), offset)
            for n, (kind, number, variable, _, flags, offset, _) in zip(names, raw, strict=True)
        )
        if len({n.lower() for n in names}) != count or len({c.number for c in columns}) != count:
            raise ReadError(f"two columns of one name or number in table '{name}'", remedy=REMEDY)
        return JetTable(name, page, declared, usage, columns)

    def _definition_bytes(self, page: int) -> bytes:
        """A definition with those of its pages that follow (without their heads of 8 bytes)."""
        size = self.version.page
        parts, seen = [self.data[page * size : (page + 1) * size]], {page}
        following = struct.unpack_from("<I", parts[0], 4)[0]
        while following:
            if following in seen or not self.defines_table(following) or len(seen) > _MOST_DEFINITION_PAGES:
                raise ReadError(f"the definition goes on in page {following}", where=f"page {page}")
            seen.add(following)
            more = self.data[following * size : (following + 1) * size]
            parts.append(more[8:])
            following = struct.unpack_from("<I", more, 4)[0]
        return b"".join(parts)

    def _names(self, body: bytes, place: int, count: int) -> Iterator[str]:
        wide = self.version.name_size == 2
        for _ in range(count):
            length = struct.unpack_from("<H" if wide else "<B", body, place)[0]
            place += self.version.name_size
            name = body[place : place + length]
            yield name.decode("utf-16-le" if wide else "cp1252", "replace")
            place += length

    def pages_of(self, table: JetTable) -> tuple[NDArray[np.intp], int]:
        """The pages that hold a table's rows, and the number of those that it has given up.

        A page keeps its content when it is given up; only those in the table's usage map count. A table
        whose definition names no map (pointer 0) has all pages that name it.
        """
        naming = np.flatnonzero(self._owner == table.page)
        if not table.usage:
            return naming, 0
        used = self._usage_map(table)
        kept = naming[used[naming]]
        return kept, len(naming) - len(kept)

    def _usage_map(self, table: JetTable) -> NDArray[np.bool_]:
        """Page by page whether the table's usage map has it.

        Type 0 holds a bitmap from a first page on; type 1 holds the numbers of pages with a bitmap each.
        """
        start, end, _ = self.row_at(table.usage)
        row = self.data[start:end]
        used = np.zeros(self.count, dtype=bool)
        if len(row) > 5 and row[0] == 0:
            self._set(used, struct.unpack_from("<I", row, 1)[0], row[5:])
            return used
        if not row or row[0] != 1:
            raise ReadError(
                f"no usage map of table '{table.name}'",
                where=f"byte {start}",
                rule="its first byte is 0 or 1",
                remedy=REMEDY,
            )
        size = self.version.page
        for k, (page,) in enumerate(struct.iter_unpack("<I", row[1 : 1 + (len(row) - 1) // 4 * 4])):
            body = self.data[page * size : (page + 1) * size] if page < self.count else b""
            if page and body[:2] != b"\x05\x01":
                raise ReadError(f"page {page} is no usage map (table '{table.name}')", remedy=REMEDY)
            if page:
                self._set(used, k * (size - 4) * 8, body[4:])
        return used

    def _set(self, used: NDArray[np.bool_], first: int, bitmap: bytes) -> None:
        """Mark the pages of a bitmap (lowest bit first) that begins at page ``first``."""
        if first >= len(used):
            return
        bits = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little")[: len(used) - first]
        used[first : first + len(bits)] |= bits.astype(bool)

    def row_at(self, pointer: int) -> tuple[int, int, int]:
        """Start and end (bytes from the start of the file) and flags of the row that a pointer names."""
        page, index = pointer >> 8, pointer & 0xFF
        if page >= self.count or self._owner[page] < 0:
            raise ReadError(f"a pointer to page {page}, which holds no rows", remedy=REMEDY)
        flags, starts, ends = self._rows_on(page)
        if index >= len(starts):
            raise ReadError(f"a pointer to row {index} of {len(starts)}", where=f"page {page}", remedy=REMEDY)
        return int(starts[index]), int(ends[index]), int(flags[index])

    def _rows_on(self, page: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Flags, starts and ends of all rows on a page, which is filled from its end."""
        v = self.version
        base = page * v.page
        count = struct.unpack_from("<H", self.data, base + v.row_count)[0]
        head = v.row_count + 2
        if head + 2 * count > v.page:
            raise ReadError(f"{count} rows", where=f"page {page}", remedy=REMEDY)
        offsets = np.frombuffer(self.data, "<u2", count, base + head).astype(np.int64)
        starts = offsets & _OFFSET
        ends = np.concatenate(([v.page], starts[:-1]))[:count]
        if ((starts < head + 2 * count) | (starts > ends)).any():
            raise ReadError("a row starts outside its page", where=f"page {page}", remedy=REMEDY)
        return offsets & ~_OFFSET, base + starts, base + ends

    def live_rows(self, table: JetTable) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Start and end of every row of a table that is not deleted, those that moved in their new place."""
        none = np.zeros(0, dtype=np.int64)
        starts, ends = [none], [none]
        pages, _ = self.pages_of(table)
        for page in pages.tolist():
            flags, first, last = self._rows_on(page)
            live = ((flags & _DELETED) == 0) & (last > first)
            moved = live & ((flags & _ELSEWHERE) != 0)
            for place, stop in zip(first[moved].tolist(), last[moved].tolist(), strict=True):
                there = self._moved(place, stop, table)
                starts.append(np.array([there[0]]))
                ends.append(np.array([there[1]]))
            starts.append(first[live & ~moved])
            ends.append(last[live & ~moved])
        return np.concatenate(starts), np.concatenate(ends)

    def _moved(self, place: int, stop: int, table: JetTable) -> tuple[int, int]:
        """Where a row went that no longer fitted on its page: 4 bytes in its old place point there."""
        pointer = struct.unpack("<I", self.data[place : min(place + 4, stop)].ljust(4, b"\xff"))[0]
        start, end, flags = self.row_at(pointer)
        if self._owner[pointer >> 8] != table.page or flags & _ELSEWHERE:
            raise ReadError(
                f"a row of table '{table.name}' moved to page {pointer >> 8}, which does not hold it",
                where=f"byte {place}",
                remedy=REMEDY,
            )
        return start, end
