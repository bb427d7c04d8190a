"""Micromeritics text reports (.TXT; UTF-8, UTF-16 or Windows-1252): the Isotherm Tabular Report.

Columns are parted by tabs or stand at fixed places under headings of several lines; the table goes on
over pages. Rows with only a time and a saturation pressure are no points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.isotherm_terms import column_groups, heading
from negatrode.files.readers.micromeritics_report import TABLE_TITLES, Labels, Points, enter_pairs, saturation
from negatrode.files.readers.text_rows import head_text, lines_of, plain
from negatrode.files.text import decode, number

NAME = "micromeritics-text"
TITLE = "Micromeritics text report (.TXT)"
KIND = "isotherm"

_TOKEN = re.compile(r"\S+(?: \S+)*")
_TIME = re.compile(r"^\d{1,3}:\d{2}(:\d{2})?$")
_CUT = "The file looks cut off or edited; export it again"


def sniff(blob: Blob) -> int:
    """95 where the Isotherm Tabular Report stands in a text."""
    head = head_text(blob.data)
    if any(t in plain(head) for t in TABLE_TITLES):
        return 95
    return 90 if head and _titled(blob.data) else 0


def _titled(data: bytes) -> bool:
    """The table may come after a long summary: look for its title in the whole file, in either width."""
    title = b"Isotherm Tabular Report"
    return title in data or title.decode().encode("utf-16-le") in data


@dataclass(frozen=True)
class _Cell:
    text: str
    middle: float


def read(blob: Blob) -> Recording:
    """The branches, labelled values and printed BET results."""
    lines = lines_of(decode(blob.data))
    labels = Labels()
    table: Points | None = None
    inside = False
    at = 0
    while at < len(lines):
        line = lines[at]
        if any(t in plain(line) for t in TABLE_TITLES):
            heads, at = _headings(lines, at + 1)
            if table is None:
                table, layout = _table(heads, at)
            inside = True
            continue
        cells = _cells(line)
        if inside and table is not None and cells:
            inside = _take(table, layout, cells, line, f"line {at + 1}")
        if not inside:
            enter_pairs(labels, [c.text for c in cells], f"line {at + 1}")
        at += 1
    if table is None:
        raise ReadError("no Isotherm Tabular Report", remedy="Export the report with its isotherm table")
    saturation(labels.settings, [table], "Isotherm Tabular Report")
    return Recording(
        kind=KIND,
        format=NAME,
        source=blob.source,
        blocks=(*table.blocks("Isotherm Tabular Report"), *labels.bet_block()),
        settings=labels.settings,
        metadata=labels.metadata,
    )


def _cells(line: str) -> list[_Cell]:
    if "\t" in line:
        return [_Cell(c.strip(), float(i)) for i, c in enumerate(line.split("\t"))] if line.strip() else []
    return [_Cell(m[0], (m.start() + m.end()) / 2.0) for m in _TOKEN.finditer(line)]


def _headings(lines: list[str], at: int) -> tuple[list[list[_Cell]], int]:
    """The lines of headings under the title, and where the rows begin."""
    found: list[list[_Cell]] = []
    while at < len(lines) and len(found) < 12:
        cells = _cells(lines[at])
        filled = [c.text for c in cells if c.text]
        if filled and all(number(t) is not None or _TIME.match(t) for t in filled):
            break
        if len(filled) > 1 and number(filled[0]) is not None:
            break
        if filled:
            found.append(cells)
        at += 1
    return found, at


def _table(heads: list[list[_Cell]], at: int) -> tuple[Points, list[float]]:
    """Columns from headings of one or several lines; a cell belongs to the column that it stands over."""
    if not heads:
        raise ReadError("no headings under Isotherm Tabular Report", where=f"line {at}", remedy=_CUT)
    widest = max(heads, key=lambda cells: sum(1 for c in cells if c.text))
    middles = [c.middle for c in widest]
    names = [""] * len(middles)
    for cells in heads:
        if sum(1 for c in cells if c.text) < 2 and len(heads) > 1 and len(middles) > 2:
            continue
        for cell in cells:
            if cell.text:
                nearest = min(range(len(middles)), key=lambda i: abs(middles[i] - cell.middle))
                names[nearest] = f"{names[nearest]} {cell.text}".strip()
    groups = column_groups([heading(n) for n in names])
    if not groups:
        raise ReadError(
            f"headings {names}",
            where=f"line {at}",
            rule="a pressure and an amount adsorbed are named",
            remedy=_CUT,
        )
    return Points(groups[0]), middles


def _take(table: Points, layout: list[float], cells: list[_Cell], line: str, where: str) -> bool:
    """Take in a row; False where the table is left."""
    texts = [c.text for c in cells]
    if "\t" not in line and len(texts) != len(layout):
        placed = [""] * len(layout)
        for cell in cells:
            placed[min(range(len(layout)), key=lambda i: abs(layout[i] - cell.middle))] = cell.text
        texts = placed
    if table.add(texts, where):
        return True
    return any(number(t) is not None or _TIME.match(t) for t in texts if t)
