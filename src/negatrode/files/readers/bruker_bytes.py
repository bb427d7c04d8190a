"""Little-endian fields of a Bruker RAW file, and the gates that its ranges pass."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Unread
from negatrode.files.readers.diffraction_scan import line_settings, scan_block

MAX_RANGES, MAX_STEPS = 1000, 1_000_000
LOWEST_ANGLE, HIGHEST_ANGLE = -10.0, 180.0

_CUT = "The file is cut off; copy it again"


@dataclass
class Content:
    """What a version's reader collects; ``end`` is the byte after the last range."""

    blocks: list[Block] = field(default_factory=list)
    settings: dict[str, Stated] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)
    end: int = 0


class Fields:
    """Fields of a file by offset; a read beyond its end is a ReadError with the place."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def field(self, layout: str, offset: int) -> float:
        """The number at an offset, in a layout of ``struct``."""
        size = struct.calcsize("<" + layout)
        if offset < 0 or offset + size > len(self.data):
            raise ReadError(
                f"a field at byte {offset} of {len(self.data)}",
                where=f"byte {offset}",
                rule="the file holds what its header declares",
                remedy=_CUT,
            )
        return float(struct.unpack_from("<" + layout, self.data, offset)[0])

    def whole(self, offset: int, *, most: int, what: str, layout: str = "I") -> int:
        """A count or a length of at most ``most``."""
        value = int(self.field(layout, offset))
        if not 0 <= value <= most:
            raise ReadError(
                f"{value} {what}",
                where=f"byte {offset}",
                rule=f"at most {most} are plausible",
                remedy="The file is damaged or of another version than it says; export it as text",
            )
        return value

    def text(self, offset: int, size: int) -> str:
        """A name of fixed width, ended by zeros."""
        raw = self.data[offset : offset + size].split(b"\0")[0]
        return "".join(c for c in raw.decode("cp1252", errors="replace") if c.isprintable()).strip()

    def counts(self, offset: int, count: int, *, width: int = 4) -> NDArray[np.float64]:
        """The 4-byte float at the head of each of ``count`` records of ``width`` bytes."""
        end = offset + width * count
        if end > len(self.data):
            raise ReadError(
                f"{count} points declared but only {max(0, len(self.data) - offset) // width} stored",
                where=f"byte {offset}",
                rule="the file holds the points it declares",
                remedy=_CUT,
            )
        records = np.frombuffer(self.data, np.uint8, count * width, offset).reshape(count, width)
        return np.ascontiguousarray(records[:, :4]).view("<f4")[:, 0].astype(float)


def range_block(
    number: int, start: float, step: float, counts: NDArray[np.float64], seconds: float | None
) -> Block:
    """A range of equal steps; ReadError where start, step or counts cannot be those of a powder scan."""
    where = f"range {number}"
    if not 0.0 < step < 10.0:
        raise ReadError(f"a step of {step:g} deg", where=where, rule="steps lie within 0 to 10 deg")
    angles: NDArray[np.float64] = start + step * np.arange(len(counts), dtype=np.float64)
    end = start + step * (len(counts) - 1)
    if not (start >= LOWEST_ANGLE and end <= HIGHEST_ANGLE):
        raise ReadError(
            f"angles from {start:g} to {end:g} deg",
            where=where,
            rule=f"2 theta lies within {LOWEST_ANGLE:g} to {HIGHEST_ANGLE:g} deg",
            remedy="The file is damaged or of another version than it says; export it as text",
        )
    if not np.all(counts >= 0.0):
        raise ReadError(
            f"a count of {float(counts.min()):g}", where=where, rule="raw counts are finite and not negative"
        )
    facts = {}
    if seconds is not None and 0.0 < seconds < 1e6:
        facts["counting_time"] = Stated(seconds, "s", where)
    return scan_block(where, angles, counts, unit="counts", where=where, facts=facts)


def tube_lines(
    first: float, second: float, ratio: float | None, *, anode: str, where: str
) -> dict[str, Stated]:
    """The lines of a header; nothing where it leaves them at zero."""
    if first == 0.0:
        return {}
    if not 0.1 <= first <= 5.0:
        raise ReadError(
            f"a wavelength of {first:g} angstrom", where=where, rule="X-ray lines lie within 0.1 to 5"
        )
    share = 0.5 if ratio is None else ratio
    return line_settings(
        first, second if second > 0.0 else None, share, only_first=share == 0.0, where=where, anode=anode
    )
