"""Bruker/Siemens RAW binaries: versions RAW (1), RAW2 and RAW1.01 (3), behind plausibility gates.

The layouts are those that the xylib library documents (bruker_raw.cpp). Version 4 (RAW4.00) has no
public description that holds for all instruments and is refused by name, as is any other magic.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import line_settings, scan_block

NAME = "bruker-raw"
TITLE = "Bruker RAW binary"
KIND = "diffraction"

MAX_RANGES, MAX_STEPS = 1000, 200_000


class _Bytes:
    """Little-endian fields of a file; a read beyond its end is a ReadError with the place."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def field(self, layout: str, offset: int) -> float:
        size = struct.calcsize("<" + layout)
        if offset < 0 or offset + size > len(self.data):
            raise ReadError(
                f"a field at byte {offset} of {len(self.data)}",
                where=f"byte {offset}",
                rule="the file holds what its header declares",
                remedy="The file is cut off; copy it again",
            )
        return float(struct.unpack_from("<" + layout, self.data, offset)[0])

    def whole(self, offset: int, *, most: int, what: str, layout: str = "I") -> int:
        value = int(self.field(layout, offset))
        if not 0 <= value <= most:
            raise ReadError(f"{value} {what}", where=f"byte {offset}", rule=f"at most {most} are plausible")
        return value

    def floats(self, offset: int, count: int) -> np.ndarray:
        end = offset + 4 * count
        if end > len(self.data):
            raise ReadError(
                f"{count} points declared but only {max(0, len(self.data) - offset) // 4} stored",
                where=f"byte {offset}",
                rule="the file holds the points it declares",
                remedy="The file is cut off; copy it again",
            )
        return np.frombuffer(self.data, "<f4", count, offset).astype(float)


def sniff(blob: Blob) -> int:
    """By its magic."""
    return 100 if blob.data[:4] in (b"RAW ", b"RAW2", b"RAW1", b"RAW4") else 0


def read(blob: Blob) -> Recording:
    """Every range of the versions that are known; the file's length must be what the ranges add up to."""
    magic = blob.data[:7]
    known: list[tuple[bytes, Callable[[_Bytes], tuple[list[Block], dict[str, Stated], int]]]] = [
        (b"RAW1.01", _version_3),
        (b"RAW2", _version_2),
        (b"RAW ", _version_1),
    ]
    for mark, reader in known:
        if magic.startswith(mark):
            blocks, settings, end = reader(_Bytes(blob.data))
            break
    else:
        raise ReadError(
            f"version mark {magic!r}",
            rule="RAW, RAW2 and RAW1.01 are read; other versions are not, rather than guessed",
            remedy="Export the scan as .xy, .uxd or .brml",
        )
    if not blocks:
        raise ReadError("no range of data", rule="a RAW file holds at least one range")
    left = len(blob.data) - end
    unread = (Unread(f"byte {end}", f"{left} bytes after the last range"),) if left else ()
    return Recording(KIND, NAME, blob.source, tuple(blocks), settings=settings, unread=unread)


def _block(number: int, start: float, step: float, counts: np.ndarray, seconds: float) -> Block:
    where = f"range {number}"
    if not 0.0 < step < 10.0:
        raise ReadError(f"a step of {step:g} deg", where=where, rule="steps lie within 0 to 10 deg")
    if np.any(counts < 0.0):
        raise ReadError(
            f"a count of {float(counts.min()):g}", where=where, rule="raw counts are not negative"
        )
    facts = {"counting_time": Stated(seconds, "s", where)} if 0.0 < seconds < 1e6 else {}
    angles = start + step * np.arange(len(counts))
    return scan_block(where, angles, counts, unit="counts", where=where, facts=facts)


def _version_1(data: _Bytes) -> tuple[list[Block], dict[str, Stated], int]:
    blocks: list[Block] = []
    offset, follow = 4, 1
    while follow:
        count = data.whole(offset, most=MAX_STEPS, what="steps")
        seconds, step = data.field("f", offset + 4), data.field("f", offset + 8)
        start = data.field("f", offset + 20)
        follow = data.whole(offset + 148, most=MAX_RANGES, what="following ranges")
        counts = data.floats(offset + 156 - 4, count)
        blocks.append(_block(len(blocks) + 1, start, step, counts, seconds))
        offset += 152 + 4 * count
        if len(blocks) > MAX_RANGES:
            raise ReadError(f"more than {MAX_RANGES} ranges", where=f"byte {offset}")
    return blocks, {}, offset


def _version_2(data: _Bytes) -> tuple[list[Block], dict[str, Stated], int]:
    ranges = data.whole(4, most=MAX_RANGES, what="ranges", layout="H")
    settings = _lines(data, 182, "f")
    blocks: list[Block] = []
    offset = 256
    for number in range(1, ranges + 1):
        header = data.whole(offset, most=10_000, what="header bytes", layout="H")
        count = data.whole(offset + 2, most=MAX_STEPS, what="steps", layout="H")
        seconds, step, start = (data.field("f", offset + at) for at in (8, 12, 16))
        counts = data.floats(offset + header, count)
        blocks.append(_block(number, start, step, counts, seconds))
        offset += header + 4 * count
    return blocks, settings, offset


def _version_3(data: _Bytes) -> tuple[list[Block], dict[str, Stated], int]:
    ranges = data.whole(12, most=MAX_RANGES, what="ranges")
    settings = _lines(data, 624, "d")
    blocks: list[Block] = []
    offset = 712
    for number in range(1, ranges + 1):
        header = data.whole(offset, most=10_000, what="header bytes")
        count = data.whole(offset + 4, most=MAX_STEPS, what="steps")
        if header != 304:
            raise ReadError(
                f"a range header of {header} bytes", where=f"byte {offset}", rule="RAW1.01 has 304"
            )
        start, step, seconds = (
            data.field("d", offset + 16),
            data.field("d", offset + 176),
            data.field("f", offset + 192),
        )
        extra = data.whole(offset + 256, most=1_000_000, what="supplementary bytes")
        width = data.whole(offset + 252, most=4096, what="bytes a point")
        if width != 4:
            raise ReadError(
                f"{width} bytes a point",
                where=f"byte {offset + 252}",
                rule="one 4-byte count a point is read",
            )
        counts = data.floats(offset + header + extra, count)
        blocks.append(_block(number, start, step, counts, seconds))
        offset += header + extra + 4 * count
    return blocks, settings, offset


def _lines(data: _Bytes, offset: int, layout: str) -> dict[str, Stated]:
    size = struct.calcsize(layout)
    if layout == "d":  # RAW1.01: mean, alpha1, alpha2, beta, ratio
        first, second, ratio = (data.field("d", offset - 8 + at) for at in (8, 16, 32))
    else:
        first, second = data.field("f", offset), data.field("f", offset + size)
        ratio = data.field("f", offset + 2 * size)
    if not (0.1 <= first <= 5.0 and 0.1 <= second <= 5.0 and 0.0 <= ratio <= 1.0):
        return {}
    return line_settings(first, second, ratio, only_first=ratio == 0.0, where="file header")
