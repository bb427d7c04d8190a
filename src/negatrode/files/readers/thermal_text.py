"""Plain text or csv thermograms whose header names a temperature and a signal, with their units.

Units stand in the header ("Mass (mg)", "DSC/(mW/mg)") or in a row below it. A table without units is
no thermogram to this reader: it is read as a plain table, whose columns the user names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.thermal_channels import (
    Channel,
    build_block,
    channel_of,
    data_rows,
    direction_of,
    gas_name,
    is_thermal,
    split_label,
    stated_quantity,
    stated_word,
)
from negatrode.files.text import decode, is_text, number, split_cells

NAME = "thermal-text"
TITLE = "plain text thermogram (temperature with mass, DSC or DTA and units)"
KIND = "thermal"

_HEAD_LINES = 300
_HEAD_BYTES = 65536
_TEMPERATURE = re.compile(r"temp|\bts\b|°c|℃|温度|\bt\W{0,2}[(\[/]", re.IGNORECASE)
_SEPARATORS = (";", "\t", ",", " ")


@dataclass(frozen=True)
class _Head:
    """Where the header stands and what it says."""

    line: int
    first: int
    separator: str
    channels: tuple[Channel, ...]


def sniff(blob: Blob) -> int:
    """By a header that names a temperature, a signal and their units."""
    if not is_text(blob.data):
        return 0
    head = blob.data[:_HEAD_BYTES]
    if len(blob.data) > _HEAD_BYTES:
        head = head[: head.rfind(b"\n") & ~1]
    return 80 if _find(decode(head).split("\n")) else 0


def read(blob: Blob) -> Recording:
    """The thermogram, temperature in degC, time in s, mass in mg or %, heat flow in mW or W/g.

    Raises ReadError, with the line, where a row is short or a cell is no finite number.
    """
    lines = decode(blob.data).split("\n")
    head = _find(lines)
    if head is None:
        raise ReadError(
            "no header that names a temperature and a signal with units", remedy="Name the columns"
        )
    repeated = [line.strip() for line in lines[head.line : head.first]]
    rows, numbers, passed = data_rows(
        lines, head.first, head.separator, len(head.channels), repeated=repeated
    )
    block, unread = build_block("measurement", head.channels, rows, numbers)
    preamble = lines[: head.first]
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings=_settings(preamble),
        metadata=dict(_pairs(lines[: head.line])),
        unread=(*passed, *unread),
    )


def _find(lines: Sequence[str]) -> _Head | None:
    """The first line that, cut by one separator, is the header of a thermogram with numbers below."""
    for i, line in enumerate(lines[:_HEAD_LINES]):
        if not _TEMPERATURE.search(line):
            continue
        for separator in _SEPARATORS:
            found = _head_at(lines, i, separator)
            if found is not None:
                return found
    return None


def _head_at(lines: Sequence[str], i: int, separator: str) -> _Head | None:
    labels = _cells(lines[i].lstrip("#% "), separator)
    if len(labels) < 2:
        return None
    inline = tuple(channel_of(*split_label(label)) for label in labels)
    if is_thermal(inline) and _is_data(lines, i + 1, separator, len(labels)):
        return _Head(i, i + 1, separator, inline)
    if i + 1 >= len(lines):
        return None
    units = _cells(lines[i + 1].lstrip("#% "), separator)
    if len(units) != len(labels) or any(number(u) is not None for u in units):
        return None
    below = tuple(channel_of(label, unit) for label, unit in zip(labels, units, strict=True))
    if is_thermal(below) and _is_data(lines, i + 2, separator, len(labels)):
        return _Head(i, i + 2, separator, below)
    return None


def _cells(line: str, separator: str) -> list[str]:
    cells = split_cells(line, separator)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _is_data(lines: Sequence[str], first: int, separator: str, width: int) -> bool:
    """Whether the next line that is not blank begins with a number and has the header's width."""
    line = next((x for x in lines[first : first + 5] if x.strip()), "")
    cells = _cells(line, separator)
    return len(cells) == width and sum(number(c) is not None for c in cells) * 2 > width


def _pairs(lines: Sequence[str]) -> list[tuple[str, str]]:
    """``key: value``, ``key = value``, ``key;value`` lines above the header."""
    found = []
    for line in lines:
        match = re.match(r"^[#%\s\"]*([A-Za-z][^:=;\t]{0,60}?)\s*[:=;\t]\s*(\S.*?)[\s;,\"]*$", line)
        if match:
            found.append((match[1].strip(), match[2].strip()))
    return found


def _settings(preamble: Sequence[str]) -> dict[str, Stated]:
    mass = rate = None
    unit, gas = "mg", None
    for key, value in _pairs(preamble):
        word = key.lower()
        found = re.match(r"([\d.,]+)\s*(\S*)", value)
        given = re.search(r"[(\[/]\s*(mg|g|µg)", key)
        if re.search(r"sample (?:mass|weight)|^mass$|einwaage|initial (?:mass|weight)", word) and found:
            unit = found[2] or (given[1] if given else "")
            mass = number(found[1]) if unit in ("mg", "g") else None
        elif re.search(r"heating rate|heizrate|scan rate", word) and found:
            per_minute = re.search(r"(?:K|C)\s*/\s*min|(?:K|C)\s*min", f"{key} {value}")
            rate = number(found[1]) if per_minute else None
        elif re.search(r"atmosphere|purge gas|^gas\b|atmosphäre", word):
            gas = gas_name(value)
    return {
        **stated_quantity("mass", mass, unit, "header"),
        **stated_quantity("heating_rate", rate, "K/min", "header"),
        **stated_word("atmosphere", gas, "header"),
        **stated_word("direction", direction_of("\n".join(preamble)), "header"),
    }
