"""Rigaku RAS: text sections *RAS_HEADER_START ... *RAS_INT_END; one block an intensity section."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import common_fact, profile_block
from negatrode.files.readers.rigaku_lines import is_two_theta, speed_time, tube_settings
from negatrode.files.readers.text_rows import decode_japanese, lines_of
from negatrode.files.text import decode, number, require_number

NAME = "rigaku-ras"
TITLE = "Rigaku RAS text"
KIND = "diffraction"

_HEADER = re.compile(r'^\*([^\s"]+)\s+"(.*)"\s*$')
_SECTION = re.compile(r"^\*(?:RAS|DSC)_\w+$")


@dataclass
class _Section:
    """A scan being collected: its header, its rows, the line where its rows start."""

    header: dict[str, str] = field(default_factory=dict)
    rows: list[list[float]] | None = None
    line: int = 0


def sniff(blob: Blob) -> int:
    """By its first section mark."""
    head = blob.data[:2000].replace(b"\x00", b"")
    return 100 if b"*RAS_DATA_START" in head or b"*RAS_HEADER_START" in head else 0


def read(blob: Blob) -> Recording:
    """Every intensity section (attenuation multiplied in); each must be closed by its end mark."""
    text = _decoded(blob.data)
    unread: list[Unread] = []
    if "*RAS_DATA_START" in text and "*RAS_DATA_END" not in text:
        raise ReadError(
            "*RAS_DATA_END is missing",
            where="end of file",
            rule="each section is closed; further scans may be lost",
            remedy="The file looks cut off; export it again",
        )
    sections = _sections(lines_of(text), unread)
    blocks: list[Block] = []
    settings: dict[str, Stated] = {}
    for count, section in enumerate(sections, start=1):
        axis = section.header.get("MEAS_SCAN_AXIS_X", "TwoTheta")
        if not is_two_theta(axis):
            unread.append(
                Unread(f"section at line {section.line}", f"a scan along {axis}, not along 2 theta")
            )
            continue
        settings = settings or _settings(section.header)
        blocks.append(_block(section, count))
    if not blocks:
        raise ReadError(
            "no *RAS_INT_START section along 2 theta",
            rule="; ".join(u.what for u in unread),
            remedy="The file may be cut off; export it again",
        )
    metadata = sections[0].header
    return Recording(
        KIND,
        NAME,
        blob.source,
        tuple(blocks),
        settings=settings | common_fact(blocks, "counting_time"),
        metadata=metadata,
        unread=tuple(unread),
    )


def _decoded(data: bytes) -> str:
    """Text in UTF, Windows-1252 or the Japanese code page of the instrument's computer."""
    try:
        return decode_japanese(data)
    except ReadError as refused:
        try:
            return decode(data.decode("cp932").encode())
        except UnicodeDecodeError:
            raise refused from None


def _sections(lines: list[str], unread: list[Unread]) -> list[_Section]:
    found: list[_Section] = []
    current = _Section()
    for line, text in enumerate(lines, start=1):
        mark = text.strip()
        if not mark:
            continue
        if mark == "*RAS_INT_END":
            if current.rows is None:
                raise ReadError(
                    "an end without its start", where=f"line {line}", rule="sections come in pairs"
                )
            found.append(current)
            current = _Section(dict(current.header))
        elif mark == "*RAS_INT_START" and current.rows is None:
            current.rows, current.line = [], line
        elif current.rows is not None:
            if mark.startswith("*"):
                raise _not_closed(current)
            current.rows.append(_row(mark, line, current.rows))
        elif mark == "*RAS_HEADER_START":
            current = _Section()
        elif header := _HEADER.match(mark):
            current.header[header[1]] = header[2]
        elif not _SECTION.match(mark):
            unread.append(Unread(f"line {line}", f"'{mark[:60]}'"))
    if current.rows is not None:
        raise _not_closed(current)
    return found


def _not_closed(section: _Section) -> ReadError:
    return ReadError(
        "*RAS_INT_END is missing",
        where=f"section at line {section.line}",
        rule="each section is closed",
        remedy="The file looks cut off; export it again",
    )


def _row(text: str, line: int, rows: list[list[float]]) -> list[float]:
    cells = [require_number(c, where=f"line {line}") for c in text.split()]
    if len(cells) not in (2, 3) or (rows and len(cells) != len(rows[0])):
        raise ReadError(
            f"{len(cells)} columns",
            where=f"line {line}",
            rule="rows have two or three columns, the same throughout a section",
            remedy="The file is damaged; export it again",
        )
    return cells


def _block(section: _Section, count: int) -> Block:
    header, rows = section.header, section.rows or []
    where = f"section at line {section.line}"
    stated = number(header.get("MEAS_DATA_COUNT", ""))
    if stated is not None and stated != len(rows):
        raise ReadError(
            f"{len(rows)} rows but MEAS_DATA_COUNT says {stated:g}",
            where=where,
            rule="a section holds the points it declares; the file looks cut off",
            remedy="Export it again",
        )
    unit = header.get("MEAS_SCAN_UNIT_Y", "").strip().lower()
    facts = speed_time(
        header.get("MEAS_SCAN_SPEED", ""),
        header.get("MEAS_SCAN_SPEED_UNIT", ""),
        header.get("MEAS_SCAN_STEP", ""),
        header.get("MEAS_SCAN_MODE", ""),
        "MEAS_SCAN",
    )
    return profile_block(
        f"scan {count}", rows, unit=unit if unit in ("counts", "cps") else "1", where=where, facts=facts
    )


def _settings(header: dict[str, str]) -> dict[str, Stated]:
    return tube_settings(
        number(header.get("HW_XG_WAVE_LENGTH_ALPHA1", "")),
        number(header.get("HW_XG_WAVE_LENGTH_ALPHA2", "")),
        number(header.get("HW_XG_WAVE_LENGTH_BETA", "")),
        kind=header.get("MEAS_COND_XG_WAVE_TYPE", ""),
        incident=header.get("HW_I_MONOCHRO_NAME", ""),
        receiving=header.get("HW_COUNTER_MONOCHRO_NAME", ""),
        anode=header.get("HW_XG_TARGET_NAME", ""),
        where="HW_XG_WAVE_LENGTH",
    )
