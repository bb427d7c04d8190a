"""Neware text export in three layers: lines of cycles, of steps set in by one cell, of records set in by two.

The header has a line for each layer ("Cycle Index, ...", ", Step Index, ...", ",, DataPoint, Time, ...").
A line of a cycle may carry its first step behind it. Records are given the cycle and the step that they
stand under; the totals that cycles and steps repeat are passed over, since the records hold them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Recording, Unread
from negatrode.files.blob import Blob
from negatrode.files.readers.cycler_block import build_block
from negatrode.files.readers.cycler_columns import channel_of, is_cycling
from negatrode.files.readers.cycler_header import first_lines, text_of
from negatrode.files.readers.cycler_rows import read_rows
from negatrode.files.text import split_cells

NAME = "neware-layers"
TITLE = "Neware text export in layers (cycles, steps, records)"
KIND = "cycling"

_CYCLE = re.compile(r"cycle|循环", re.IGNORECASE)
_STEP = re.compile(r"step|工步", re.IGNORECASE)
_RECORD = re.compile(r"data ?point|record|记录|数据序号", re.IGNORECASE)
_STEP_TYPE = re.compile(r"(?:step ?)?(?:type|name|mode)|工步(?:类型|名称)", re.IGNORECASE)


def sniff(blob: Blob) -> int:
    """By the three lines of the header, each set in by one cell more."""
    return 92 if _layers(first_lines(blob.data)) is not None else 0


def read(blob: Blob) -> Recording:
    """The records in seconds, volts and amperes, with cycle and step; ReadError with its line."""
    lines = text_of(blob.data).split("\n")
    found = _layers(lines)
    if found is None:
        raise ReadError("no header of three layers", where="line 1", rule="cycles, steps and records")
    separator, cycle, step, record = found
    kind = next((i for i, cell in enumerate(step) if _STEP_TYPE.fullmatch(cell.strip())), None)
    flat = list(_flat(lines, separator, len(cycle), kind, len(record) - 2))
    heads = [*record[2:], "Cycle Index", "Step Index", *(["Step Type"] if kind is not None else [])]
    table = read_rows(flat, 3, separator, [channel_of(h) for h in heads])
    reset = {"capacity_reset": Stated("step", "", "Neware: counters of the layered export")}
    block, unread = build_block(table, facts=reset)
    note = Unread("lines of cycles and steps", "their totals are not kept: the records hold the same")
    return Recording(KIND, NAME, blob.source, blocks=(block,), unread=(*unread, note))


def _layers(lines: Sequence[str]) -> tuple[str, list[str], list[str], list[str]] | None:
    """Separator and heads of the three layers, or None where the first lines are none."""
    if len(lines) < 4:
        return None
    for separator in (",", "\t", ";"):
        cycle, step, record = (_cut(line, separator) for line in lines[:3])
        if (
            len(record) > 4
            and _CYCLE.match(cycle[0].strip())
            and not step[0].strip()
            and _STEP.match(step[1].strip() if len(step) > 1 else "")
            and not record[0].strip()
            and not record[1].strip()
            and _RECORD.match(record[2].strip())
            and is_cycling([channel_of(h) for h in record[2:]])
        ):
            return separator, cycle, step, record
    return None


def _cut(line: str, separator: str) -> list[str]:
    cells = split_cells(line.strip("\r"), separator)
    while len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return cells or [""]


def _flat(
    lines: Sequence[str], separator: str, cycle_width: int, kind: int | None, width: int
) -> Iterator[str]:
    """Each record with its cycle and step behind it; other lines empty, so that line numbers stay."""
    cycle = step = ""
    word = ""
    for i, line in enumerate(lines):
        cells = _cut(line, separator) if i > 2 and line.strip() else [""]
        if cells[0].strip():
            cycle, rest = cells[0].strip(), ["", *cells[cycle_width:]]
            if len(rest) > 2:
                step, word = rest[1].strip(), _at(rest, kind)
        elif len(cells) > 1 and cells[1].strip():
            step, word = cells[1].strip(), _at(cells, kind)
        elif len(cells) > 2:
            full = (
                [*cells[2:], *[""] * (width - len(cells) + 2)] if len(cells) - 2 > 0.7 * width else cells[2:]
            )
            tail = [cycle, step, *([word] if kind is not None else [])]
            if not cycle or not step:
                raise ReadError(
                    "a record before the first cycle and step",
                    where=f"line {i + 1}",
                    rule="records stand under the cycle and step that they belong to",
                    remedy="The file is cut off or damaged; export it again",
                )
            yield separator.join([*full, *tail])
            continue
        yield ""


def _at(cells: Sequence[str], place: int | None) -> str:
    return cells[place].strip() if place is not None and place < len(cells) else ""
