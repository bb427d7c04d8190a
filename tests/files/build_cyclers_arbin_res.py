"""A small Arbin .res, written page by page as a Jet 4 (or Jet 3) database."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.files.build_cyclers_text import MASS, run

Builder = Callable[[], tuple[str, bytes]]

_SIZES = {3: "<h", 4: "<i", 6: "<f", 7: "<d"}
Value = int | float | str | None


@dataclass(frozen=True)
class Field:
    """A column: name and Jet type code (3 int16, 4 int32, 6 float, 7 double, 10 text)."""

    name: str
    kind: int


def definition(fields: Sequence[Field], rows: int, *, jet: int) -> bytes:
    """A page that defines a table."""
    variable = sum(f.kind == 10 for f in fields)
    if jet == 4:
        head = struct.pack("<2sHIIIIIIIIIBHHHIIII", b"\x02\x01", 0, 0, 0, 0, rows, 0, 0, 0, 0, 0, 0x4E,
                           len(fields), variable, len(fields), 0, 0, 0, 0)  # fmt: skip
    else:
        head = struct.pack("<2sHIIIIBHHHIIII", b"\x02\x01", 0, 0, 0, rows, 0, 0x4E,
                           len(fields), variable, len(fields), 0, 0, 0, 0)  # fmt: skip
    columns, names, offset, texts = b"", b"", 0, 0
    for k, f in enumerate(fields):
        fixed = f.kind != 10
        place = offset if fixed else 0
        if jet == 4:
            columns += struct.pack(
                "<BIHHH4sHIHH", f.kind, 0, k, texts, k, bytes(4), 1 if fixed else 2, 0, place, 0
            )
            name = f.name.encode("utf-16-le")
            names += struct.pack("<H", len(name)) + name
        else:
            columns += struct.pack("<BHHH6sBHH", f.kind, k, texts, k, bytes(6), 1 if fixed else 2, place, 0)
            name = f.name.encode("latin-1")
            names += struct.pack("<B", len(name)) + name
        if fixed:
            offset += struct.calcsize(_SIZES[f.kind])
        else:
            texts += 1
    return (head + columns + names).ljust(4096 if jet == 4 else 2048, b"\0")


def row(fields: Sequence[Field], values: Sequence[Value], *, jet: int) -> bytes:
    """A row: number of columns, fixed cells, texts, their offsets backwards, the null mask."""
    head = struct.pack("<H" if jet == 4 else "<B", len(fields))
    body = head + b"".join(
        struct.pack(_SIZES[f.kind], 0 if v is None else v)
        for f, v in zip(fields, values, strict=True)
        if f.kind != 10
    )
    offsets = []
    for f, v in zip(fields, values, strict=True):
        if f.kind == 10:
            offsets.append(len(body))
            body += str(v).encode("utf-16-le" if jet == 4 else "latin-1") if v is not None else b""
    mask = bytearray((len(fields) + 7) // 8)
    for k, v in enumerate(values):
        if v is not None:
            mask[k // 8] |= 1 << k % 8
    width = "<H" if jet == 4 else "<B"
    if offsets:
        for place in (len(body), *reversed(offsets)):
            body += struct.pack(width, place)
        body += struct.pack(width, len(offsets))
    elif jet == 4:
        body += struct.pack("<HH", len(body), 0)
    return body + bytes(mask)


def data_pages(rows: Sequence[bytes], owner: int, *, jet: int) -> list[bytes]:
    """Pages that hold rows, each filled from its end."""
    size, head = (4096, 14) if jet == 4 else (2048, 10)
    pages: list[bytes] = []
    left = list(rows)
    while left:
        end, offsets, body = size, [], bytearray(size)
        while left and end - len(left[0]) > head + 2 * (len(offsets) + 1):
            one = left.pop(0)
            end -= len(one)
            body[end : end + len(one)] = one
            offsets.append(end)
        top = struct.pack("<2sHI", b"\x01\x01", 0, owner) + (bytes(4) if jet == 4 else b"")
        top += struct.pack(f"<H{len(offsets)}H", len(offsets), *offsets)
        body[: len(top)] = top
        pages.append(bytes(body))
    return pages


CATALOGUE = (Field("Id", 4), Field("Type", 3), Field("Flags", 4), Field("Name", 10))
RECORDS = (
    Field("Test_ID", 4), Field("Data_Point", 4), Field("Test_Time", 7), Field("Step_Time", 7),
    Field("Step_Index", 3), Field("Cycle_Index", 3), Field("Current", 6), Field("Voltage", 6),
    Field("Charge_Capacity", 7), Field("Discharge_Capacity", 7), Field("Note", 10),
)  # fmt: skip
TEST = (Field("Test_ID", 4), Field("Mass", 7), Field("Test_Name", 10), Field("Comments", 10))


def database(
    *,
    jet: int = 4,
    mass: float = MASS * 1e-3,
    order: int = 1,
    points: Sequence[int] | None = None,
    tests: int = 1,
) -> bytes:
    """A database with the catalogue on page 2, Channel_Normal_Table on 4 and Global_Table on 6."""
    size = 4096 if jet == 4 else 2048
    header = bytearray(size)
    header[:20], header[20] = b"\x00\x01\x00\x00Standard Jet DB\x00", 1 if jet == 4 else 0
    r = run()
    numbers = list(points) if points is not None else list(range(1, len(r.time) + 1))
    records = [
        row(
            RECORDS,
            (1 + k % tests, numbers[k], r.time[k], r.step_time[k], int(r.step[k]), int(r.cycle[k]),
             r.current[k], r.voltage[k], r.charge[k], r.discharge[k], None),
            jet=jet,
        )
        for k in range(len(r.time))
    ][::order]  # fmt: skip
    listed = {2: "MSysObjects", 4: "Channel_Normal_Table", 6: "Global_Table"}
    names = [row(CATALOGUE, (page, 1, 0, name), jet=jet) for page, name in listed.items()]
    test = [row(TEST, (1, mass, "hc_01", "half cell"), jet=jet)]
    fixed = [
        bytes(header), bytes(size),
        definition(CATALOGUE, len(names), jet=jet), *data_pages(names, 2, jet=jet),
        definition(RECORDS, len(records), jet=jet), bytes(size), definition(TEST, 1, jet=jet),
    ]  # fmt: skip
    return b"".join([*fixed, *data_pages(test, 6, jet=jet), *data_pages(records, 4, jet=jet)])


BUILDERS: dict[str, Builder] = {
    "arbin-res": lambda: ("hc_01.res", database()),
    "arbin-res jet3": lambda: ("hc_02.res", database(jet=3)),
}
