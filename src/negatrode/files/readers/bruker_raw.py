"""Bruker/Siemens RAW binaries: RAW (1), RAW2, RAW1.01 (3) and RAW4.00, behind plausibility gates.

Layouts: DIFFRAC-AT manual, appendix B (1, 2) and DIFFRAC plus XCH manual, appendix A (3), as xylib
documents them; version 4 in bruker_raw4. Any other version is refused with its mark rather than guessed.
"""

from __future__ import annotations

from collections.abc import Callable

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.bruker_bytes import (
    MAX_RANGES,
    MAX_STEPS,
    Content,
    Fields,
    range_block,
    tube_lines,
)
from negatrode.files.readers.bruker_raw4 import version_4
from negatrode.files.readers.diffraction_scan import common_fact

NAME = "bruker-raw"
TITLE = "Bruker RAW binary"
KIND = "diffraction"

HEADER_3, RANGE_3 = 712, 304
# old programs fill the last disk block with zeros
MAX_PADDING = 512
# scan types of version 3 along which 2 theta does not move (rocking, chi, phi, x, y, z, aux, psi, hkl)
_OTHER_AXES = range(3, 15)
_STATUS = {2: "active", 3: "aborted", 4: "interrupted"}


def sniff(blob: Blob) -> int:
    """By its mark; version 1 has a weak one ("RAW ") and must be binary after it."""
    head = blob.data[:156]
    if head.startswith((b"RAW1.", b"RAW2", b"RAW3", b"RAW4.", b"RAW5")):
        return 100
    return 100 if head.startswith(b"RAW ") and b"\0" in head else 0


def read(blob: Blob) -> Recording:
    """Every range of the versions that are known; the file's length must be what the ranges add up to."""
    data = Fields(blob.data)
    content = _reader(blob.data[:8])(data)
    if not content.blocks:
        raise ReadError(
            "no range along 2 theta",
            rule="; ".join(u.what for u in content.unread) or "a RAW file holds at least one range",
        )
    rest = blob.data[content.end :]
    if rest and (len(rest) > MAX_PADDING or rest.strip(b"\0")):
        raise ReadError(
            f"{len(rest)} bytes after the last range",
            where=f"byte {content.end}",
            rule="the ranges that the header declares fill the file",
            remedy="The header is damaged, or the file is of another version than it says; export it as text",
        )
    if rest:
        content.unread.append(Unread(f"byte {content.end}", f"{len(rest)} zeros after the last range"))
    settings = content.settings | common_fact(content.blocks, "counting_time")
    return Recording(
        KIND,
        NAME,
        blob.source,
        tuple(content.blocks),
        settings=settings,
        metadata=content.metadata,
        unread=tuple(content.unread),
    )


def _reader(mark: bytes) -> Callable[[Fields], Content]:
    known: dict[bytes, Callable[[Fields], Content]] = {
        b"RAW1.01": version_3,
        b"RAW4.00": version_4,
        b"RAW2": version_2,
        b"RAW ": version_1,
    }
    for name, reader in known.items():
        if mark.startswith(name):
            return reader
    raise ReadError(
        f"version mark {mark[:7]!r}",
        rule="RAW, RAW2, RAW1.01 and RAW4.00 are read; other versions are refused rather than guessed",
        remedy="Export the scan as .xy, .uxd or .brml",
    )


def version_1(data: Fields) -> Content:
    """DIFFRAC-AT 1: ranges of 152 header bytes, each saying how many follow."""
    content, offset, follow = Content(), 4, 1
    while follow:
        if len(content.blocks) >= MAX_RANGES:
            raise ReadError(f"more than {MAX_RANGES} ranges", where=f"byte {offset}")
        # later programs repeat the mark before each range
        if content.blocks and data.data[offset : offset + 4] == b"RAW ":
            offset += 4
        count = data.whole(offset, most=MAX_STEPS, what="steps")
        seconds, step, start = (data.field("f", offset + at) for at in (4, 8, 20))
        if not content.blocks:
            first, second = data.field("f", offset + 68), data.field("f", offset + 72)
            content.settings = tube_lines(first, second, None, anode="", where="range header")
            content.metadata = {"sample": data.text(offset + 36, 32)}
        follow = data.whole(offset + 148, most=MAX_RANGES, what="following ranges")
        counts = data.counts(offset + 152, count)
        content.blocks.append(range_block(len(content.blocks) + 1, start, step, counts, seconds))
        offset += 152 + 4 * count
    content.end = offset
    return content


def version_2(data: Fields) -> Content:
    """DIFFRAC-AT 2: 256 header bytes, then ranges that state the length of their header."""
    content = Content(end=256)
    ranges = data.whole(4, most=MAX_RANGES, what="ranges", layout="H")
    first, second, ratio = (data.field("f", at) for at in (190, 194, 198))
    content.settings = tube_lines(first, second, ratio, anode=data.text(188, 2), where="file header")
    content.metadata = {"measured": data.text(168, 20)}
    for number in range(1, ranges + 1):
        offset = content.end
        header = data.whole(offset, most=10_000, what="header bytes", layout="H")
        if header < 48:
            raise ReadError(f"{header} header bytes", where=f"byte {offset}", rule="a range has at least 48")
        count = data.whole(offset + 2, most=MAX_STEPS, what="steps", layout="H")
        seconds, step, start = (data.field("f", offset + at) for at in (8, 12, 16))
        counts = data.counts(offset + header, count)
        content.blocks.append(range_block(number, start, step, counts, seconds))
        content.end = offset + header + 4 * count
    return content


def version_3(data: Fields) -> Content:
    """DIFFRAC plus: 712 header bytes, then ranges of 304 header bytes, a supplement and 4-byte counts."""
    content = Content(end=HEADER_3)
    ranges = data.whole(12, most=MAX_RANGES, what="ranges")
    status = data.whole(8, most=100, what="as file status")
    if status in _STATUS:
        content.unread.append(
            Unread("file header", f"its status is '{_STATUS[status]}': it was not completed")
        )
    first, second, ratio = (data.field("d", at) for at in (624, 632, 648))
    content.settings = tube_lines(first, second, ratio, anode=data.text(608, 4), where="file header")
    texts = {
        "measured": (16, 20),
        "user": (36, 72),
        "site": (108, 218),
        "sample": (326, 60),
        "comment": (386, 160),
    }
    content.metadata = {name: text for name, place in texts.items() if (text := data.text(*place))}
    for number in range(1, ranges + 1):
        _range_3(data, content, number)
    return content


def _range_3(data: Fields, content: Content, number: int) -> None:
    offset = content.end
    header = data.whole(offset, most=10_000, what="header bytes")
    width = data.whole(offset + 252, most=4096, what="bytes a point")
    if header != RANGE_3 or width not in (0, 4):
        raise ReadError(
            f"a range header of {header} bytes with {width} bytes a point",
            where=f"byte {offset}",
            rule=f"RAW1.01 has {RANGE_3} and, where only intensities are stored, 4",
            remedy="Export the scan as .xy, .uxd or .brml",
        )
    count = data.whole(offset + 4, most=MAX_STEPS, what="steps")
    start, step = data.field("d", offset + 16), data.field("d", offset + 176)
    kind = data.whole(offset + 196, most=2**32 - 1, what="as scan type")
    extra = data.whole(offset + 256, most=1_000_000, what="supplementary bytes")
    counts = data.counts(offset + header + extra, count)
    content.end = offset + header + extra + 4 * count
    if kind in _OTHER_AXES:
        content.unread.append(Unread(f"range {number}", f"a scan of type {kind}, not along 2 theta"))
        return
    content.blocks.append(range_block(number, start, step, counts, data.field("f", offset + 192)))
