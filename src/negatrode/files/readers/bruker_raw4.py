"""Bruker RAW4.00: a 61-byte preamble, then segments (type, length) and, where the type is 0 or 160, ranges.

There is no published description; the layout is that on which the independent readers xylib, GSAS-II
and FAIRmat's agree. So the gates are strict: the chain of segments must end where the ranges say, the
scan must start where its 2Theta drive stands, and the last byte of the file must be accounted for.
"""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.recording import Unread
from negatrode.files.readers.bruker_bytes import (
    MAX_RANGES,
    MAX_STEPS,
    Content,
    Fields,
    range_block,
    tube_lines,
)

PREAMBLE, RANGE = 61, 160
TEXT, TUBE, DRIVE = 10, 30, 50
_RANGE_MARKS = (0, 160)
_COUPLED = ("locked coupled", "unlocked coupled", "coupled twotheta/theta", "detector scan", "psd fast scan")


def version_4(data: Fields) -> Content:
    """All ranges along 2 theta; the time per step is left out, as its unit differs between programs."""
    content = Content(end=PREAMBLE)
    content.metadata["measured"] = f"{data.text(12, 12)} {data.text(24, 10)}".strip()
    count = 0
    while content.end < len(data.data):
        kind = data.whole(content.end, most=2**32 - 1, what="as segment type")
        if kind in _RANGE_MARKS:
            count += 1
            if count > MAX_RANGES:
                raise ReadError(f"more than {MAX_RANGES} ranges", where=f"byte {content.end}")
            _range(data, content, count)
        else:
            _segment(data, content, kind)
    return content


def _length(data: Fields, offset: int, least: int) -> int:
    length = data.whole(offset + 4, most=len(data.data), what="segment bytes")
    if length < least or offset + length > len(data.data):
        raise ReadError(
            f"a segment of {length} bytes",
            where=f"byte {offset}",
            rule=f"segments have at least {least} bytes and end within the file",
            remedy="The file is cut off or damaged; copy it again",
        )
    return length


def _segment(data: Fields, content: Content, kind: int) -> None:
    offset = content.end
    length = _length(data, offset, {TEXT: 36, TUBE: 120}.get(kind, 8))
    if kind == TEXT and (value := data.text(offset + 36, length - 36)):
        content.metadata[data.text(offset + 12, 24).lower()] = value
    elif kind == TUBE:
        first, second, ratio = (data.field("d", offset + at) for at in (80, 88, 104))
        anode = data.text(offset + 116, 4)
        content.settings = tube_lines(first, second, ratio, anode=anode, where=f"byte {offset + 80}")
    content.end = offset + length


def _range(data: Fields, content: Content, number: int) -> None:
    offset = content.end
    scan = data.text(offset + 32, 24)
    start, step = data.field("d", offset + 72), data.field("d", offset + 80)
    count = data.whole(offset + 88, most=MAX_STEPS, what="steps")
    width = data.whole(offset + 136, most=4096, what="bytes a point")
    size = data.whole(offset + 140, most=1_000_000, what="bytes of drives")
    if width < 4 or width % 4:
        raise ReadError(f"{width} bytes a point", where=f"byte {offset + 136}", rule="a point has 4, 8, ...")
    drives = _drives(data, offset + RANGE, size)
    counts = data.counts(offset + RANGE + size, count, width=width)
    content.end = offset + RANGE + size + width * count
    reason = _not_two_theta(scan, start, drives)
    if reason:
        content.unread.append(Unread(f"range {number}", reason))
        return
    if width > 4:
        content.unread.append(Unread(f"range {number}", f"{width - 4} further bytes of each point"))
    content.blocks.append(range_block(number, start, step, counts, None))


def _drives(data: Fields, offset: int, size: int) -> dict[str, float]:
    """Name and position of each drive; the chain must end exactly where the range says."""
    end, found = offset + size, {}
    while offset < end:
        kind = data.whole(offset, most=2**32 - 1, what="as segment type")
        length = _length(data, offset, 64 if kind == DRIVE else 8)
        if kind == DRIVE:
            found[data.text(offset + 12, 24)] = data.field("d", offset + 56)
        offset += length
    if offset != end:
        raise ReadError(
            f"drives that end {offset - end} bytes late",
            where=f"byte {offset}",
            rule="they fill the bytes that the range declares",
            remedy="The file is damaged; copy it again or export it as text",
        )
    return found


def _not_two_theta(scan: str, start: float, drives: dict[str, float]) -> str:
    """Why the range does not run along 2 theta; "" where it does."""
    position = drives.get("2Theta", drives.get("TwoTheta"))
    if scan.lower() not in _COUPLED:
        return f"a scan of type '{scan}', not known to run along 2 theta"
    if position is not None and abs(position - start) > 1e-3:
        return f"a scan from {start:g} deg while 2 theta stands at {position:g}: not along 2 theta"
    return ""
