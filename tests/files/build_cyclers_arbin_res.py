"""A small Arbin .res, written page by page as a Jet 4 (or Jet 3) database."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tests.files.build_cyclers_text import MASS, Floats, Run, run

Builder = Callable[[], tuple[str, bytes]]
Value = int | float | str | None

YES_NO, INT16, INT32, FLOAT, DOUBLE, DATE, TEXT, MEMO = 1, 3, 4, 6, 7, 8, 10, 12
_FORMS = {YES_NO: "", INT16: "h", INT32: "i", FLOAT: "f", DOUBLE: "d", DATE: "d"}
_DELETED, _ELSEWHERE = 0x8000, 0x4000


@dataclass(frozen=True)
class Field:
    """A column: name and Jet type code."""

    name: str
    kind: int

    @property
    def fixed(self) -> bool:
        return self.kind in _FORMS

    @property
    def width(self) -> int:
        return struct.calcsize("<" + _FORMS[self.kind]) if self.fixed else 0


def page_size(jet: int) -> int:
    """2048 bytes in Jet 3, 4096 in Jet 4."""
    return 4096 if jet == 4 else 2048


def definition(fields: Sequence[Field], rows: int, *, jet: int, usage: int = 0) -> bytes:
    """A page that defines a table; ``usage`` points to the row of its usage map."""
    variable = sum(not f.fixed for f in fields)
    if jet == 4:
        head = struct.pack("<2sHIIIIIIIIIBHHHIIII", b"\x02\x01", 0, 0, 0, 0, rows, 0, 0, 0, 0, 0, 0x4E,
                           len(fields), variable, len(fields), 0, 0, usage, 0)  # fmt: skip
    else:
        head = struct.pack("<2sHIIIIBHHHIIII", b"\x02\x01", 0, 0, 0, rows, 0, 0x4E,
                           len(fields), variable, len(fields), 0, 0, usage, 0)  # fmt: skip
    columns, names, offset, texts = b"", b"", 0, 0
    for k, f in enumerate(fields):
        place = offset if f.fixed else 0
        flags = 1 if f.fixed else 2
        if jet == 4:
            columns += struct.pack("<BIHHH4sHIHH", f.kind, 0, k, texts, k, bytes(4), flags, 0, place, f.width)
            name = f.name.encode("utf-16-le")
            names += struct.pack("<H", len(name)) + name
        else:
            columns += struct.pack("<BHHH6sBHH", f.kind, k, texts, k, bytes(6), flags, place, f.width)
            name = f.name.encode("latin-1")
            names += struct.pack("<B", len(name)) + name
        offset += f.width
        texts += not f.fixed
    return (head + columns + names).ljust(page_size(jet), b"\0")


def text(value: str, kind: int, *, jet: int) -> bytes:
    """A short text, "compressed" in Jet 4 where its letters allow; a long one stands behind its head."""
    if jet == 3:
        raw = value.encode("cp1252")
    elif kind == TEXT and value.isascii():
        raw = b"\xff\xfe" + value.encode("ascii")
    else:
        raw = value.encode("utf-16-le")
    return raw if kind == TEXT else struct.pack("<III", 0x80000000 | len(raw), 0, 0) + raw


def row(fields: Sequence[Field], values: Sequence[Value], *, jet: int) -> bytes:
    """A row: number of columns, fixed cells, texts, their offsets backwards, the null mask."""
    pairs = list(zip(fields, values, strict=True))
    body = struct.pack("<H" if jet == 4 else "<B", len(fields))
    for f, v in pairs:
        if f.width:
            body += struct.pack("<" + _FORMS[f.kind], 0 if v is None else v)
    offsets = []
    for f, v in pairs:
        if not f.fixed:
            offsets.append(len(body))
            body += text(str(v), f.kind, jet=jet) if v is not None else b""
    mask = bytearray((len(fields) + 7) // 8)
    for k, (f, v) in enumerate(pairs):
        if v is not None and (f.kind != YES_NO or v):
            mask[k // 8] |= 1 << k % 8
    if not offsets:
        return body + bytes(mask)
    offsets.append(len(body))
    if jet == 4:
        ends = struct.pack(f"<{len(offsets)}H", *reversed(offsets)) + struct.pack("<H", len(offsets) - 1)
    else:
        ends = bytes(o % 256 for o in reversed(offsets))
        jumps = [next((i for i, o in enumerate(offsets) if o >= 256 * k), 255) for k in range(1, 9)]
        count = next(n for n in range(9) if n == (len(body + ends + mask) + n) // 256)
        ends += bytes(reversed(jumps[:count])) + bytes([len(offsets) - 1])
    return body + ends + bytes(mask)


def data_page(rows: Sequence[bytes], owner: int, *, jet: int, flags: Sequence[int] = ()) -> bytes:
    """A page of rows, filled from its end; ``flags`` of its rows (deleted, moved elsewhere)."""
    size = page_size(jet)
    body, end, offsets = bytearray(size), size, []
    for k, one in enumerate(rows):
        end -= len(one)
        body[end : end + len(one)] = one
        offsets.append(end | (flags[k] if flags else 0))
    top = struct.pack("<2sHI", b"\x01\x01", 0, owner) + (bytes(4) if jet == 4 else b"")
    top += struct.pack(f"<H{len(offsets)}H", len(offsets), *offsets)
    assert len(top) <= end
    body[: len(top)] = top
    return bytes(body)


def data_pages(rows: Sequence[bytes], owner: int, *, jet: int) -> list[bytes]:
    """As many pages as the rows need."""
    room = page_size(jet) - (14 if jet == 4 else 10)
    pages: list[list[bytes]] = [[]]
    for one in rows:
        if sum(len(r) + 2 for r in pages[-1]) + len(one) + 2 > room:
            pages.append([])
        pages[-1].append(one)
    return [data_page(p, owner, jet=jet) for p in pages]


def bitmap(pages: Sequence[int], size: int) -> bytes:
    """One bit a page, the lowest first."""
    bits = bytearray(size)
    for p in pages:
        bits[p // 8] |= 1 << p % 8
    return bytes(bits)


CATALOGUE = (Field("Id", INT32), Field("Type", INT16), Field("Flags", INT32), Field("Name", TEXT))
RECORDS = (
    Field("Test_ID", INT32), Field("Data_Point", INT32), Field("Test_Time", DOUBLE),
    Field("Step_Time", DOUBLE), Field("DateTime", DATE), Field("Step_Index", INT16),
    Field("Cycle_Index", INT16), Field("Is_FC_Data", YES_NO), Field("Current", FLOAT),
    Field("Voltage", FLOAT), Field("Charge_Capacity", DOUBLE), Field("Discharge_Capacity", DOUBLE),
    Field("Charge_Energy", DOUBLE), Field("Discharge_Energy", DOUBLE), Field("dV/dt", FLOAT),
    Field("Internal_Resistance", FLOAT), Field("AC_Impedance", FLOAT), Field("ACI_Phase_Angle", FLOAT),
)  # fmt: skip
TEST = (
    Field("Test_ID", INT32), Field("Test_Name", TEXT), Field("Channel_Index", INT32),
    Field("Start_DateTime", DATE), Field("Creator", TEXT), Field("Comments", MEMO), Field("MASS", DOUBLE),
    Field("Specific_Capacity", DOUBLE), Field("Capacity", DOUBLE), Field("Schedule_File_Name", TEXT),
    Field("Item_ID", TEXT),
)  # fmt: skip
EVENTS = (Field("Test_ID", INT32), Field("Event_Describe", TEXT))
START = 42000.5  # 2014-12-27 12:00


def worked(voltage: Floats, counter: Floats) -> Floats:
    """Energy of a counter of charge, W*h (trapezoids); never starts anew."""
    moved = np.maximum(np.diff(counter, prepend=counter[0]), 0.0)
    before = np.concatenate((voltage[:1], voltage[:-1]))
    return np.asarray(np.cumsum(0.5 * (voltage + before) * moved))


def record(r: Run, k: int, *, test: int, point: int) -> tuple[Value, ...]:
    """The cells of a record; no impedance was measured."""
    return (
        test, point, r.time[k], r.step_time[k], START + r.time[k] / 86400.0, int(r.step[k]), int(r.cycle[k]),
        k % 2, r.current[k], r.voltage[k], r.charge[k], r.discharge[k], worked(r.voltage, r.charge)[k],
        worked(r.voltage, r.discharge)[k], 0.0, 0.25, None, None,
    )  # fmt: skip


def database(
    *,
    jet: int = 4,
    mass: float = MASS * 1e-3,
    capacity: float = 2e-3,
    order: int = 1,
    points: Sequence[int] | None = None,
    tests: int = 1,
    moved: bool = False,
    given_up: bool = False,
    indirect: bool = False,
    comment: str = "half cell, Å",
    voltages: Sequence[float | None] | None = None,
) -> bytes:
    """A database with its usage maps on page 1, tables defined on pages 2, 4, 6 and 8.

    ``moved``: the row of the test stands on another page than its place; ``given_up``: a page of records
    that is no longer the table's; ``indirect``: the usage map of the records is on a page of its own.
    """
    size, r = page_size(jet), run()
    numbers = list(points) if points is not None else list(range(1, len(r.time) + 1))
    cells = [list(record(r, k, test=1 + k % tests, point=numbers[k])) for k in range(len(r.time))]
    for k, volts in enumerate(voltages or ()):
        cells[k][9] = volts
    records = [row(RECORDS, c, jet=jet) for c in cells][::order]
    listed = {2: "MSysObjects", 4: "Channel_Normal_Table", 6: "Global_Table", 8: "Event_Table"}
    names = [row(CATALOGUE, (page, 1, 0, name), jet=jet) for page, name in listed.items()]
    names.append(row(CATALOGUE, (0x0F000001, 3, 0, "Tables"), jet=jet))
    about = (7, "hc_01", 3, START, "me", comment, mass, 1.0, capacity, None, "item 7")
    test = row(TEST, (1, *about[1:]), jet=jet)
    earlier = row(TEST, (about[0], "another", *about[2:]), jet=jet)
    events = row(EVENTS, (1, "started"), jet=jet)

    later = [data_page([events], 8, jet=jet)]  # from page 10 on
    owned: dict[int, list[int]] = {2: [3], 8: [10]}
    if moved:
        later.append(
            data_page([earlier, struct.pack("<I", 12 << 8)], 6, jet=jet, flags=(_DELETED, _ELSEWHERE))
        )
        later.append(data_page([test], 6, jet=jet, flags=(_DELETED,)))
        owned[6] = [11, 12]
    else:
        later.append(data_page([earlier, test], 6, jet=jet, flags=(_DELETED, 0)))
        owned[6] = [11]
    first = 10 + len(later)
    full = data_pages(records, 4, jet=jet)
    owned[4] = list(range(first, first + len(full)))
    later += full
    if given_up:
        later.append(full[0])
    maps = [b"\0" + bytes(4) + bitmap(owned[page], 64) for page in (2, 4, 6, 8)]
    if indirect:
        maps[1] = b"\x01" + struct.pack("<17I", 10 + len(later), *[0] * 16)
        later.append(b"\x05\x01" + bytes(2) + bitmap(owned[4], size - 4))
    usage = {page: 1 << 8 | k for k, page in enumerate((2, 4, 6, 8))}

    def define(fields: Sequence[Field], page: int, rows: int) -> bytes:
        return definition(fields, rows, jet=jet, usage=usage[page])

    header = bytearray(size)
    header[:20], header[20] = b"\x00\x01\x00\x00Standard Jet DB\x00", 1 if jet == 4 else 0
    pages = [
        bytes(header), data_page(maps, 0, jet=jet),
        define(CATALOGUE, 2, len(names)), data_page(names, 2, jet=jet),
        define(RECORDS, 4, len(records)), bytes(size), define(TEST, 6, 1), bytes(size),
        define(EVENTS, 8, 1), bytes(size), *later,
    ]  # fmt: skip
    return b"".join(pages)


BUILDERS: dict[str, Builder] = {
    "arbin-res": lambda: ("hc_01.res", database()),
    "arbin-res jet3": lambda: ("hc_02.res", database(jet=3, moved=True, indirect=True, comment="half cell")),
}
