"""Small half-cell recordings in Neware's binary formats, byte by byte."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Sequence

import numpy as np

from tests.files.build_cyclers_text import INTERVAL, POINTS, Builder, Floats, Run, run

MASS = 1.25  # mg
START = 1_700_000_000  # s since 1970: 2023-11-14 22:13:20
RANGE = 5  # of the current: one count is 1e-4 mA
COUNT = 1e-7  # A
MODES = {"R": 4, "C": 1, "D": 2}
TEMPERATURE = 25.5  # degC
_INFORMATION = {8: (211, 76, 15), 22: (383, 77, 60), 29: (503, 77, 60)}


def moved(r: Run) -> Floats:
    """Charge since the start of the step, A*h."""
    return np.asarray(np.abs(r.current) * r.step_time / 3600.0)


def worked(r: Run) -> Floats:
    """Energy since the start of the step, W*h (trapezoids)."""
    found = np.zeros(len(r.time))
    for i in range(1, len(r.time)):
        if r.step[i] == r.step[i - 1]:
            amount = abs(moved(r)[i] - moved(r)[i - 1])
            found[i] = found[i - 1] + 0.5 * (r.voltage[i] + r.voltage[i - 1]) * amount
    return found


def _counts(r: Run, i: int) -> int:
    """Charge in units of 1e-4 mA s."""
    return round(float(moved(r)[i]) * 3600.0 / COUNT)


def record29(r: Run, i: int, *, mark: int = 0x55) -> bytes:
    """Mark, index, cycle, step, mode, time in ms, 0.1 mV, counts, and the date as seven bytes."""
    amount, charges = _counts(r, i), r.state[i] == "C"
    return (
        struct.pack("<BxIIHBBQii8x", mark, i + 1, int(r.cycle[i]) - 1, int(r.step[i]), MODES[r.state[i]],
                    int(r.step[i]), round(r.step_time[i] * 1000), round(r.voltage[i] * 1e4),
                    round(r.current[i] / COUNT))
        + struct.pack("<qqqq", amount if charges else 0, 0 if charges else amount, 0, 0)
        + struct.pack("<HBBBBBx", *time.gmtime(START + round(r.time[i]))[:6])
        + struct.pack("<i4x", RANGE)
    )  # fmt: skip


def record22(r: Run, i: int) -> bytes:
    """As in version 29, with the date in seconds since 1970."""
    return record29(r, i)[:70] + struct.pack("<Q", START + round(r.time[i])) + struct.pack("<i4x", RANGE)


def record8(r: Run, i: int) -> bytes:
    """Mark, index, cycle, step, mode, time in s, 0.1 mV, counts, one counter, date."""
    return struct.pack(
        "<BIIBBIii8xqqQ4x", 0, i + 1, int(r.cycle[i]), int(r.step[i]), MODES[r.state[i]],
        round(r.step_time[i]), round(r.voltage[i] * 1e4), round(r.current[i] / COUNT), _counts(r, i), 0,
        START + round(r.time[i]),
    )  # fmt: skip


def nda(version: int = 29, records: Sequence[bytes] | None = None, mass: float = MASS) -> bytes:
    """Header with pointers, block with the range, test information, records."""
    r = run()
    if records is None:
        make = {8: record8, 22: record22, 29: record29}[version]
        records = [make(r, i) for i in range(len(r.time))]
        if version == 29:  # a step opens with a record of its settings, marked 0xAA
            records.insert(0, record29(r, 0, mark=0xAA))
    body = b"".join(records)
    block = bytearray(42)
    struct.pack_into("<i", block, 26, RANGE)
    size, creator, width = _INFORMATION[version]
    information = bytearray(size)
    information[creator : creator + width] = b"somebody".ljust(width, b"\0")
    begin = 2048 + len(block) + size
    head = bytearray(2048)
    head[:15] = b"NEWARE20231114" + bytes([version])
    struct.pack_into("<IIII", head, 16, 2048, len(block), 2048 + len(block), size)
    struct.pack_into("<II", head, 64, begin, len(body))
    if version > 8:
        struct.pack_into("<II", head, 72, begin + len(body), 0)
    struct.pack_into("<I", head, 144 if version == 8 else 152, round(mass * 1000))
    return bytes(head) + bytes(block) + bytes(information) + body


def nda130() -> bytes:
    """BTS 9: records of 52 bytes with the time since the start of the test and one signed counter."""
    r = run()
    last = np.repeat(np.arange(5), POINTS) * (POINTS - 1) * INTERVAL
    signs = np.where(r.current < 0, -1.0, 1.0)
    amount, energy = moved(r) * 3.6e6 * signs, worked(r) * 3.6e6 * signs
    body = b"".join(
        struct.pack("<HBBIIII", 0xAA55, int(r.step[i]), MODES[r.state[i]], 7, i + 1,
                    round(last[i] + r.step_time[i]), 0)
        + struct.pack("<ffff", r.current[i] * 1e3, r.voltage[i], amount[i], energy[i])
        + struct.pack("<I4xII", int(r.cycle[i]) - 1, START + round(last[i] + r.step_time[i]), 0)
        for i in range(len(r.time))
    )  # fmt: skip
    head = bytearray(1024)
    head[:15] = b"NEWARE20231114" + bytes([130])
    struct.pack_into("<H", head, 16, 19)
    struct.pack_into("<QQ", head, 82, len(head), len(body))
    return bytes(head) + body


def pages(kind: int, version: int, rows: Sequence[bytes]) -> bytes:
    """A part of a container: a header page, then pages with a bit for each row that is there."""
    found = bytearray(4096)
    found[0], found[2] = kind, version
    size = len(rows[0])
    per_page = (4096 - 132 - 1) // size
    for start in range(0, len(rows), per_page):
        chunk = rows[start : start + per_page]
        page = bytearray(4096)
        bits = np.packbits(np.ones(len(chunk), dtype=np.uint8), bitorder="little").tobytes()
        page[4 : 4 + len(bits)] = bits
        page[132 : 132 + size * len(chunk)] = b"".join(chunk)
        found += page
    return bytes(found)


def container(members: dict[str, bytes]) -> bytes:
    """A zip of the parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for name, data in members.items():
            box.writestr(zipfile.ZipInfo(name, (2023, 11, 14, 22, 13, 20)), data)
    return out.getvalue()


def parts() -> dict[str, bytes]:
    """Version 14: times and counters at every second record, a thermocouple as auxiliary channel."""
    r = run()
    amount, energy = moved(r), worked(r)
    interval = round((r.step_time[1] - r.step_time[0]) * 1000)
    main = [struct.pack("<ff", v, i) for v, i in zip(r.voltage, r.current, strict=True)]
    charges = np.array([s == "C" for s in r.state])
    counters = [np.where(on, of, 0.0) for of in (amount, energy) for on in (charges, np.logical_not(charges))]
    times = [
        struct.pack("<Ix", round(r.step_time[i] * 1000))
        + struct.pack("<4f8x", *(c[i] for c in counters))
        + struct.pack("<iIIIh8x", interval, START + round(r.time[i]), int(r.step[i]), i + 1, 0)
        for i in range(0, len(r.time), 2)
    ]
    starts = np.flatnonzero(np.diff(r.step, prepend=0.0))
    steps = [
        struct.pack("<II16xB12x", int(r.cycle[i]) - 1, int(r.step[i]), MODES[r.state[i]]) for i in starts
    ]
    return {
        "data.ndc": pages(1, 14, main),
        "data_runInfo.ndc": pages(18, 14, times),
        "data_step.ndc": pages(7, 14, steps),
        "data_AUX_1_1_1.ndc": pages(5, 14, [struct.pack("<f", TEMPERATURE)] * len(main)),
        "VersionInfo.xml": b'<?xml version="1.0" encoding="GB2312"?><root><config type="Version Info">'
        b'<ZwjVersion SvrVer="BTSServer 8.0.0" CurrClientVer="BTS Client 8.0.0"/></config></root>',
        "TestInfo.xml": b'<?xml version="1.0" encoding="GB2312"?><root><config><TestInfo Creator="somebody">'
        b'<Aux1 AuxID="1" ChlType="103"/></TestInfo></config></root>',
        "Step.xml": b'<?xml version="1.0" encoding="GB2312"?><root><config><Head_Info>'
        b'<SCQ Value="%d" Is_Select="1"/></Head_Info></config></root>' % round(MASS * 1000),
        "data_log.ndc": bytes(4096),
    }


BUILDERS: dict[str, Builder] = {
    "neware-nda": lambda: ("hc.nda", nda(29)),
    "neware-nda version 22": lambda: ("hc22.nda", nda(22)),
    "neware-nda version 8": lambda: ("hc8.nda", nda(8)),
    "neware-nda version 130": lambda: ("hc130.nda", nda130()),
    "neware-ndax": lambda: ("hc.ndax", container(parts())),
}
