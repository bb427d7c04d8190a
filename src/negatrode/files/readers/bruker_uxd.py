"""Bruker UXD: text with _KEY = value lines and _COUNTS, _CPS or _2THETACOUNTS sections; one block a range.

The mark of a section says two things: whether a column of positions stands before the intensities
(whatever drive moved, despite the name), and the unit of the intensities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.diffraction_scan import common_fact, line_settings, scan_block
from negatrode.files.readers.text_rows import lines_of
from negatrode.files.text import decode, is_text, number, require_number

NAME = "bruker-uxd"
TITLE = "Bruker UXD text"
KIND = "diffraction"

_MARK = re.compile(r"_(2THETA)?(COUNTS|CPS)(TIME)?\Z")
_DRIVES = ("COUPLED", "2THETA", "TWOTHETA", "DETECTOR", "LOCKED COUPLED", "UNLOCKED COUPLED")
# keys that only the header of a range holds
_OPENS = ("_DRIVE", "_STEPSIZE", "_STEPCOUNT")


@dataclass
class _Range:
    """A section being collected: its mark, the header above it, its numbers."""

    mark: re.Match[str]
    header: dict[str, str]
    line: int
    values: list[float] = field(default_factory=list)


def sniff(blob: Blob) -> int:
    """By its version or data marks in the first lines."""
    if not is_text(blob.data):
        return 0
    head = blob.data[:8000].replace(b"\x00", b"").upper()
    return 100 if re.search(rb"(?m)^\s*_(?:FILEVERSION|STEPSIZE|2THETACOUNTS|DRIVE)\b", head) else 0


def read(blob: Blob) -> Recording:
    """Every range along 2 theta; the number of values is checked against _STEPCOUNT."""
    header: dict[str, str] = {}
    ranges: list[_Range] = []
    pending = 0  # line of a range's header whose data have not come yet
    for line, text in enumerate(lines_of(decode(blob.data)), start=1):
        content = text.split(";")[0].strip()
        if not content:
            continue
        if content.startswith("_"):
            key, sign, value = content.partition("=")
            name = key.strip().upper()
            if mark := _MARK.match(name):
                ranges.append(_Range(mark, dict(header), line))
                pending = 0
            elif sign:
                pending = line if name in _OPENS else pending
                header[name] = value.strip().strip("'\"").strip()
            else:
                raise ReadError(
                    f"mark '{name[:40]}'", where=f"line {line}", rule="data marks are _COUNTS, _CPS ..."
                )
        elif ranges:
            ranges[-1].values.extend(require_number(c, where=f"line {line}") for c in content.split())
        else:
            raise ReadError(
                f"'{content[:30]}' before any data mark", where=f"line {line}", rule="lines are _KEY = value"
            )
    if not ranges:
        raise ReadError("no _COUNTS section", remedy="The file looks cut off; export it again")
    if pending:
        raise ReadError(
            "the header of a range without its data",
            where=f"line {pending}",
            rule="each range has a section of data",
            remedy="The file looks cut off; export it again",
        )
    unread: list[Unread] = []
    found = (_block(part, count, unread) for count, part in enumerate(ranges, start=1))
    blocks = tuple(b for b in found if b is not None)
    if not blocks:
        raise ReadError("no range along 2 theta", rule="; ".join(u.what for u in unread))
    settings = _settings(header) | common_fact(blocks, "counting_time")
    return Recording(
        KIND, NAME, blob.source, blocks, settings=settings, metadata=header, unread=tuple(unread)
    )


def _block(part: _Range, count: int, unread: list[Unread]) -> Block | None:
    where = f"range {count} at line {part.line}"
    header, values = part.header, part.values
    drive = header.get("_DRIVE", "COUPLED").upper()
    if drive not in _DRIVES:
        unread.append(Unread(where, f"a scan of the drive {drive}, not along 2 theta"))
        return None
    unit = "counts" if part.mark[2] == "COUNTS" else "cps"
    if part.mark[1]:
        width = 3 if part.mark[3] else 2
        if len(values) % width:
            raise ReadError(
                f"{len(values)} numbers",
                where=where,
                rule=f"rows of {width}",
                remedy="The file looks cut off",
            )
        angles, counts = values[::width], values[1::width]
    else:
        start, step = _start(header, where), _required(header, "_STEPSIZE", where)
        angles, counts = [start + step * i for i in range(len(values))], values
    stated = number(header.get("_STEPCOUNT", ""))
    if stated is not None and stated != len(counts):
        raise ReadError(
            f"{len(counts)} counts but _STEPCOUNT says {stated:g}",
            where=where,
            rule="a range holds the steps it declares",
            remedy="The file looks cut off; export it again",
        )
    seconds = number(header.get("_STEPTIME", ""))
    facts = {} if seconds is None else {"counting_time": Stated(seconds, "s", f"{where} _STEPTIME")}
    return scan_block(f"range {count}", angles, counts, unit=unit, where=where, facts=facts)


def _start(header: dict[str, str], where: str) -> float:
    """The first angle: _START of the driven axis, else where 2 theta stood."""
    key = "_START" if "_START" in header else "_2THETA"
    return _required(header, key, where)


def _required(header: dict[str, str], key: str, where: str) -> float:
    if key not in header:
        raise ReadError(f"no {key}", where=where, rule="a range without angles states its start and step")
    return require_number(header[key], where=f"{where} {key}")


def _settings(header: dict[str, str]) -> dict[str, Stated]:
    first, second = number(header.get("_WL1", "")), number(header.get("_WL2", ""))
    if not first:
        return {}
    scale = 10.0 if header.get("_WL_UNIT", "A").lower() == "nm" else 1.0
    ratio = number(header.get("_WLRATIO", ""))
    return line_settings(
        scale * first,
        None if second is None else scale * second,
        0.5 if ratio is None else ratio,
        only_first=ratio == 0.0,
        where="_WL1",
        anode=header.get("_ANODE", ""),
    )
