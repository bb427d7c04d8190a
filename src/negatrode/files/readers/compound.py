"""OLE2 compound files (.xls), walked once before anything else opens them.

The spreadsheet library allocates the whole rectangle that the cells span: one damaged cell address can
ask for a hundred gigabytes, one damaged sector chain for an endless loop. Both are refused here.
Layout: [MS-CFB] (sectors, FAT, directory) and [MS-XLS] 2.1.4 (records).
"""

from __future__ import annotations

import struct

from negatrode.core.errors import ReadError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_CELLS = 3_000_000

_END = 0xFFFFFFFE
_LAST_SECTOR = 0xFFFFFFFA
_ENTRY = 128
# records that hold cells: row, first column in their first four bytes
_CELLS = frozenset({0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x027E, 0x0406})
_BOF, _STRINGS, _DIMENSIONS = 0x0809, 0x00FC, 0x0200
_DAMAGED = "The file is cut off or damaged; copy it again"


def check_workbook(data: bytes) -> None:
    """Refuse an .xls whose sectors do not hang together or whose cells span more than MAX_CELLS."""
    try:
        stream = _stream(data)
    except (struct.error, IndexError):
        raise ReadError("a compound file that ends too early", remedy=_DAMAGED) from None
    _check_span(stream)


def _stream(data: bytes) -> bytes:
    """The bytes of the stream named Workbook (or Book)."""
    if not data.startswith(MAGIC):
        raise ReadError(f"first bytes {data[:8]!r}", rule="an .xls begins with the OLE2 signature")
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or mini_shift != 6:
        raise ReadError(f"sector shift {shift}/{mini_shift}", rule="sectors are 512 or 4096 bytes")
    sector = 1 << shift
    cutoff = struct.unpack_from("<I", data, 56)[0]
    directory, mini_start = struct.unpack_from("<I", data, 48)[0], struct.unpack_from("<I", data, 60)[0]
    limit = len(data) // sector + 1
    declared = [struct.unpack_from("<I", data, at)[0] for at in (40, 44, 64, 72)]
    if max(declared) > limit:
        raise ReadError(
            f"{max(declared)} sectors declared in a file of {limit}",
            where="byte 40",
            rule="a file holds its sectors",
            remedy=_DAMAGED,
        )
    fat = _fat(data, sector)
    entries = _chain(data, fat, directory, sector)
    _check_sizes(entries, len(data))
    root: tuple[int, int] | None = None
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        length, kind = struct.unpack_from("<HB", entries, at + 64)
        start, size = struct.unpack_from("<II", entries, at + 116)
        name = entries[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
        if kind == 5:
            root = (start, size)
        if name.lower() in ("workbook", "book") and kind == 2:
            if size >= cutoff:
                return _chain(data, fat, start, sector)[:size]
            if root is None:
                break
            mini_fat = _numbers(_chain(data, fat, mini_start, sector))
            return _chain(_chain(data, fat, root[0], sector), mini_fat, start, 64, base=0)[:size]
    raise ReadError("no workbook stream", rule="an .xls holds a stream named Workbook", remedy=_DAMAGED)


def _check_sizes(entries: bytes, length: int) -> None:
    """The library reserves what an entry declares, before it looks whether it is there."""
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        size = struct.unpack_from("<Q", entries, at + 120)[0]
        if size > length:
            raise ReadError(
                f"a stream of {size} bytes in a file of {length}",
                where=f"directory entry {at // _ENTRY + 1}",
                rule="a file holds its streams",
                remedy=_DAMAGED,
            )


def _fat(data: bytes, sector: int) -> list[int]:
    places = list(struct.unpack_from("<109I", data, 76))
    extra, count = struct.unpack_from("<II", data, 68)
    for _ in range(min(count, len(data) // sector)):
        if extra > _LAST_SECTOR:
            break
        block = _numbers(data[(extra + 1) * sector : (extra + 2) * sector])
        places += block[:-1]
        extra = block[-1]
    fat: list[int] = []
    for place in places:
        if place <= _LAST_SECTOR:
            fat += _numbers(data[(place + 1) * sector : (place + 2) * sector])
    return fat


def _chain(data: bytes, table: list[int], start: int, sector: int, *, base: int = 1) -> bytes:
    parts: list[bytes] = []
    here = start
    while here <= _LAST_SECTOR:
        if here >= len(table) or len(parts) > len(table):
            raise ReadError(
                f"sector {here} of a chain of {len(table)}", rule="chains of sectors end", remedy=_DAMAGED
            )
        parts.append(data[(here + base) * sector : (here + base + 1) * sector])
        here = table[here]
    return b"".join(parts)


def _numbers(block: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(block) // 4}I", block[: len(block) // 4 * 4]))


def _check_span(stream: bytes) -> None:
    at, rows, columns = 0, 0, 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _BOF:
            rows = columns = 0
        elif kind == _DIMENSIONS:
            _check_dimensions(stream[at + 4 : at + 4 + length], at)
        elif kind in _CELLS and length >= 4 and at + 8 <= len(stream):
            row, column = struct.unpack_from("<HH", stream, at + 4)
            if kind in (0x00BD, 0x00BE) and length >= 6 and at + 4 + length <= len(stream):
                column = max(column, struct.unpack_from("<H", stream, at + 4 + length - 2)[0])
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        if columns > 256 or rows * columns > MAX_CELLS:
            raise ReadError(
                f"a cell at row {rows}, column {columns}",
                where=f"byte {at} of the workbook",
                rule=f"an .xls has 256 columns and is read up to {MAX_CELLS} cells a sheet",
                remedy=_DAMAGED,
            )
        if kind == _STRINGS and at + 12 <= len(stream):
            count = struct.unpack_from("<I", stream, at + 8)[0]
            if count > len(stream):
                raise ReadError(
                    f"{count} strings in {len(stream)} bytes",
                    where=f"byte {at} of the workbook",
                    rule="a table of strings holds what it declares",
                    remedy=_DAMAGED,
                )
        at += 4 + length


def _check_dimensions(body: bytes, at: int) -> None:
    """The library reserves the declared rectangle of a sheet before it reads a cell."""
    try:
        first, last, left, right = struct.unpack_from("<IIHH" if len(body) >= 14 else "<HHHH", body)
    except struct.error:
        raise ReadError(
            "a record of dimensions cut off", where=f"byte {at} of the workbook", remedy=_DAMAGED
        ) from None
    # an empty sheet declares nothing, with or without the end before the beginning
    if (first > last or left > right) and (last or right):
        raise ReadError(
            f"rows {first} to {last}, columns {left} to {right}",
            where=f"byte {at} of the workbook",
            remedy=_DAMAGED,
        )
    if (last - first + 1) * (right - left + 1) > MAX_CELLS:
        raise ReadError(
            f"{last - first} rows of {right - left} columns declared",
            where=f"byte {at} of the workbook",
            rule=f"a sheet is read up to {MAX_CELLS} cells",
            remedy=_DAMAGED,
        )
