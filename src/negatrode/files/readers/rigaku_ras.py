"""Rigaku RAS: text sections *RAS_HEADER_START ... *RAS_INT_END; one block an intensity section."""

from __future__ import annotations

import re

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import line_settings, scan_block
from negatrode.files.text import decode, number, require_number

NAME = "rigaku-ras"
TITLE = "Rigaku RAS text"
KIND = "diffraction"

_HEADER = re.compile(r'^\*([A-Z0-9_]+)\s+"(.*)"\s*$')


def sniff(blob: Blob) -> int:
    """By its first section mark."""
    head = blob.data[:400].replace(b"\x00", b"")
    return 100 if b"*RAS_DATA_START" in head or b"*RAS_HEADER_START" in head else 0


def read(blob: Blob) -> Recording:
    """Every intensity section (attenuation multiplied in); each must be closed by its end mark."""
    lines = decode(blob.data).split("\n")
    header: dict[str, str] = {}
    blocks: list[Block] = []
    rows: list[tuple[float, float]] | None = None
    start = 0
    for line, text in enumerate(lines, start=1):
        mark = text.strip()
        if mark == "*RAS_INT_START":
            if rows is not None:
                raise ReadError("a section within a section", where=f"line {line}")
            rows, start = [], line
        elif mark == "*RAS_INT_END":
            if rows is None:
                raise ReadError("an end without its start", where=f"line {line}")
            blocks.append(_block(rows, header, len(blocks) + 1, start))
            rows = None
        elif rows is not None and mark:
            rows.append(_row(mark, line))
        elif found := _HEADER.match(mark):
            header[found[1]] = found[2]
    if rows is not None:
        raise ReadError(
            "*RAS_INT_END is missing",
            where=f"line {start}",
            rule="each section is closed",
            remedy="The file looks cut off",
        )
    if not blocks:
        raise ReadError("no *RAS_INT_START section", remedy="The file looks cut off; export it again")
    return Recording(KIND, NAME, blob.source, tuple(blocks), settings=_settings(header), metadata=header)


def _row(text: str, line: int) -> tuple[float, float]:
    cells = [require_number(c, where=f"line {line}") for c in text.split()]
    if len(cells) not in (2, 3):
        raise ReadError(f"{len(cells)} columns", where=f"line {line}", rule="a RAS row has two or three")
    return cells[0], cells[1] * (cells[2] if len(cells) == 3 else 1.0)


def _block(rows: list[tuple[float, float]], header: dict[str, str], count: int, line: int) -> Block:
    stated = number(header.get("MEAS_DATA_COUNT", ""))
    if stated is not None and int(stated) != len(rows):
        raise ReadError(f"{len(rows)} rows but MEAS_DATA_COUNT says {int(stated)}", where=f"line {line}")
    axis = header.get("MEAS_SCAN_AXIS_X", "2theta").lower()
    if "theta" not in axis:
        raise ReadError(
            f"a scan along {axis}", where=f"line {line}", rule="a diffraction scan runs along 2 theta"
        )
    unit = header.get("MEAS_SCAN_UNIT_Y", "1") or "1"
    x, y = [r[0] for r in rows], [r[1] for r in rows]
    return scan_block(f"scan {count}", x, y, unit=unit, where=f"section at line {line}")


def _settings(header: dict[str, str]) -> dict[str, Stated]:
    first = number(header.get("HW_XG_WAVE_LENGTH_ALPHA1", ""))
    second = number(header.get("HW_XG_WAVE_LENGTH_ALPHA2", ""))
    if not first:
        return {}
    anode = header.get("HW_XG_TARGET_NAME", "")
    return line_settings(first, second, 0.5, only_first=False, where="HW_XG_WAVE_LENGTH", anode=anode)
