"""Mettler-Toledo STARe text export: curves of ``Index t Ts Tr Value`` rows with a row of units.

Ts is the temperature of the sample, Tr of the reference (or programme). Curves of the same index and
time (mass, heat flow, SDTA) become the columns of one block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.data_lines import last_line_doubt
from negatrode.files.readers.thermal_channels import (
    Channel,
    atmosphere_of,
    build_block,
    channel_of,
    direction_of,
    gas_flow,
    gas_name,
    heating_rate,
    plain_unit,
    stated_quantity,
    stated_word,
)
from negatrode.files.text import decode, number

NAME = "mettler-text"
TITLE = "Mettler-Toledo STARe text export"
KIND = "thermal"

_TABLE = re.compile(r"^\s*Index\s+t\s+Ts\s+Tr\s+\S+", re.MULTILINE)
_SEGMENT = re.compile(
    r"(-?\d+[.,]?\d*)\s*(?:\.\.\.?|…|-|–|to)\s*(-?\d+[.,]?\d*)\s*\W?C\W+(-?\d+[.,]?\d*)\s*(?:\W?C|K)/min(.*)"
)
_GAS = re.compile(r"([A-Za-z][A-Za-z0-9]*)\W+(\d+[.,]?\d*)\s*m[lL]/min")
_SECTION = re.compile(r"^\s*(?:[^\d\s][^:]*:.*|\^\s*(?:exo|endo)\S*|[_=*-]{5,}|[^\d]+)\s*$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class _Curve:
    name: str
    block: Block


def sniff(blob: Blob) -> int:
    """By the head of the table."""
    head = blob.data[:20000].replace(b"\x00", b"").decode("latin-1")
    return 100 if _TABLE.search(head) else 0


def read(blob: Blob) -> Recording:
    """All curves of a STARe export; those on another time axis than the first are reported as unread.

    Raises ReadError where the index has a gap (rows lost), a row is short or a cell is no number.
    """
    lines = decode(blob.data).split("\n")
    starts = [i for i, line in enumerate(lines) if _TABLE.match(line)]
    if not starts:
        raise ReadError("no table 'Index t Ts Tr Value'", remedy="Export the curve again, as text")
    curves: list[_Curve] = []
    unread: list[Unread] = []
    outside: list[str] = list(lines[: starts[0]])
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        curve, end, more = _curve(lines, start, stop)
        curves.append(curve)
        unread += more
        outside += lines[end:stop]
    block, apart = _merge(curves)
    text = "\n".join(outside)
    return Recording(
        KIND,
        NAME,
        blob.source,
        blocks=(block,),
        settings=_settings(text),
        metadata=_metadata(outside, curves),
        unread=(*unread, *apart),
    )


def _curve(lines: Sequence[str], start: int, stop: int) -> tuple[_Curve, int, tuple[Unread, ...]]:
    labels = lines[start].split()
    units = re.findall(r"\[([^\]]*)\]", lines[start + 1]) if start + 1 < stop else []
    if len(units) != len(labels) - 1:
        raise ReadError(
            f"{len(units)} units for {len(labels) - 1} columns",
            where=f"line {start + 2}",
            rule="a row of units such as [s] [°C] [°C] [mW] follows the names",
        )
    title = _name_before(lines, start)
    channels = [Channel("index", "1"), channel_of("time", units[0]), channel_of("temperature", units[1])]
    channels += [channel_of("reference temperature", units[2]), _value_channel(title, units[-1])]
    if channels[1].name != "time" or channels[2].name != "temperature":
        raise ReadError(
            f"units {', '.join(units)}", where=f"line {start + 2}", rule="t is a time, Ts degC or K"
        )
    rows, numbers, end = _rows(lines, start + 2, stop, len(labels))
    _check_index(rows, numbers)
    doubt = (last_line_doubt(rows, numbers[-1]),) if rows and end == len(lines) and lines[-1].strip() else ()
    block, unread = build_block(title or "measurement", channels, rows, numbers)
    kept = tuple(c for c in block.columns if c.name != "index")
    return _Curve(title, Block(block.name, kept)), end, (*unread, *doubt)


def _name_before(lines: Sequence[str], start: int) -> str:
    """The line after the nearest "Curve Name:" above a table."""
    for i in range(start - 1, max(-1, start - 12), -1):
        if re.match(r"\s*(?:Curve Name|Kurvenname)\s*:", lines[i], re.IGNORECASE):
            return (lines[i].partition(":")[2] or lines[i + 1]).strip()
    return ""


def _value_channel(title: str, unit: str) -> Channel:
    """The signal by its unit; a temperature is the SDTA signal (sample minus reference)."""
    plain = plain_unit(unit)
    label = "mass" if plain in ("mg", "g", "ug", "%") else "dta" if plain in ("degC", "K") else "dsc"
    channel = channel_of(label, unit)
    if not channel.canonical:
        raise ReadError(f"the curve '{title}' has the unit [{unit}]", rule="it is a mass, heat flow or SDTA")
    return channel


def _rows(lines: Sequence[str], first: int, stop: int, width: int) -> tuple[list[list[str]], list[int], int]:
    rows: list[list[str]] = []
    numbers: list[int] = []
    for i in range(first, stop):
        cells = lines[i].split()
        if not cells:
            continue
        if _SECTION.match(lines[i]):
            return rows, numbers, i
        if len(cells) != width:
            raise ReadError(
                f"{len(cells)} cells where the table has {width} columns",
                where=f"line {i + 1}",
                remedy="The file is cut off or damaged; export it again",
            )
        rows.append(cells)
        numbers.append(i + 1)
    return rows, numbers, stop


def _check_index(rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> None:
    index = [number(row[0]) for row in rows]
    for i in range(1, len(index)):
        before, here, first, second = index[i - 1], index[i], index[0], index[1]
        if before is None or here is None or first is None or second is None:
            raise ReadError(f"index '{rows[i][0]}'", where=f"line {numbers[i]}", rule="rows are numbered")
        if here - before != second - first or here <= before:
            raise ReadError(
                f"index {here:g} after {before:g}",
                where=f"line {numbers[i]}",
                rule="rows are numbered without a gap",
                remedy="Rows are lost; export the file again",
            )


def _merge(curves: Sequence[_Curve]) -> tuple[Block, list[Unread]]:
    first = curves[0].block
    time = first.column("time").values
    columns: list[Column] = list(first.columns)
    unread = []
    for curve in curves[1:]:
        other = curve.block.column("time").values
        signal = curve.block.columns[-1]
        if not np.array_equal(time, other) or any(c.name == signal.name for c in columns):
            unread.append(
                Unread(f"curve '{curve.name}'", "another run, or a second curve of the same signal")
            )
        else:
            columns.append(signal)
    return Block("measurement", tuple(columns)), unread


def _settings(text: str) -> dict[str, Stated]:
    mass = re.search(r"(?:Sample\s*(?:ID)?|Probe)\s*:\s*[^\n]*\n?[^\n]*?,\s*([\d.,]+)\s*mg\b", text)
    segments: list[tuple[float | None, float, float]] = []
    gases: list[str] = []
    for match in _SEGMENT.finditer(text):
        start, stop, rate = (number(match[i]) for i in (1, 2, 3))
        if start is not None and stop is not None and rate is not None:
            segments.append((start, stop, rate))
        flowing = [gas_name(g[1]) for g in _GAS.finditer(match[4]) if gas_flow(g[0]) != 0.0]
        gases += [atmosphere_of(flowing)] if flowing else []
    switched = len(set(gases)) > 1  # then the file does not say which gas the peak was in
    return {
        **stated_quantity("mass", number(mass[1]) if mass else None, "mg", "SampleID"),
        **stated_word("direction", direction_of(text), "^exo mark"),
        **stated_quantity("heating_rate", heating_rate(segments), "K/min", "Method"),
        **stated_word("atmosphere", None if switched else atmosphere_of(gases), "Method"),
    }


def _metadata(lines: Sequence[str], curves: Sequence[_Curve]) -> dict[str, str]:
    """``Key:`` lines with what follows on the same or the next line."""
    found = {"curves": ", ".join(c.name for c in curves if c.name) or str(len(curves))}
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        match = re.fullmatch(r"([A-Za-z][\w /]*):\s*(.*)", line)
        if match and (match[2].strip() or following.startswith((" ", "\t"))):
            found.setdefault(match[1], (match[2] or following).strip())
    return {k: v for k, v in found.items() if v}
