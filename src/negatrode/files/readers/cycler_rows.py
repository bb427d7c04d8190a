"""The rows of a cycler's text export as arrays, in bulk: millions of cells without a step per cell.

Lines are taken in runs of RUN, joined and split once at the separator. Only where a run does not come out
even, or a cell is no number, is it gone through line by line, to name the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.recording import Cell, Unread
from negatrode.files.readers.cycler_cells import Table, column_for
from negatrode.files.readers.cycler_columns import Channel, settle
from negatrode.files.readers.data_lines import REMEDY, last_line_doubt, row_cells
from negatrode.files.text import MAX_LINE, number, split_cells

RUN = 20_000
_SAMPLE = 60


def read_rows(
    lines: Sequence[str],
    first: int,
    separator: str,
    channels: Sequence[Channel],
    *,
    repeated: Sequence[str] = (),
) -> Table:
    """The data lines from index ``first`` on, a column a channel.

    Blank lines and repetitions of the header are passed over. A short line is a ReadError with its line,
    and so is a cell of a canonical column that is no finite number; an other column with such a cell is
    left out and reported.
    """
    width = len(channels)
    full = [i for i in range(first, len(lines)) if lines[i] and not lines[i].isspace()]
    sample = _sample(lines, full, separator, width, repeated)
    if not sample:
        raise ReadError("no rows of data below the header", where=f"line {first + 1}", remedy=REMEDY)
    settled = settle(channels, [[row[i] for row in sample] for i in range(width)])
    comma = separator != "," and _decimal_comma(sample, settled)
    columns = [column_for(c, [row[i] for row in sample], comma) for i, c in enumerate(settled)]
    unread: list[Unread] = []
    kept_lines: list[NDArray[np.int64]] = []
    for cells, where, odd in _runs(lines, full, separator, width, repeated, unread):
        kept_lines.append(where)
        for column, part in zip(columns, cells, strict=True):
            column.odd = odd
            column.add(part, where)
    if not kept_lines:
        raise ReadError("no rows of data below the header", where=f"line {first + 1}", remedy=REMEDY)
    table = Table(settled, np.concatenate(kept_lines), unread=unread)
    for i, column in enumerate(columns):
        column.close(i, table)
    if lines and lines[-1].strip():
        table.unread.append(_last_line(lines, full, separator))
    return table


def _sample(
    lines: Sequence[str], full: Sequence[int], separator: str, width: int, repeated: Sequence[str]
) -> list[list[str]]:
    middle = len(full) // 2
    places = [*full[:_SAMPLE], *full[max(_SAMPLE, middle) : middle + _SAMPLE], *full[-_SAMPLE:]]
    rows = []
    for i in dict.fromkeys(places):
        if len(lines[i]) > MAX_LINE or lines[i].strip() in repeated:
            continue
        cells = split_cells(lines[i], separator)
        if len(cells) >= width:
            rows.append(cells)
    return rows


def _decimal_comma(sample: Sequence[Sequence[str]], channels: Sequence[Channel]) -> bool:
    """Whether commas are decimal marks: there are such and no number has a decimal point."""
    cells = [
        c for row in sample for c, channel in zip(row, channels, strict=False) if channel.content != "date"
    ]
    return any("," in c for c in cells) and not any("." in c and number(c) is not None for c in cells)


def _runs(
    lines: Sequence[str],
    full: Sequence[int],
    separator: str,
    width: int,
    repeated: Sequence[str],
    unread: list[Unread],
) -> Iterator[tuple[list[list[str]], NDArray[np.int64], bool]]:
    """Runs of rows as columns of cells, the line of each row, and whether underscores stand in them."""
    for start in range(0, len(full), RUN):
        places = full[start : start + RUN]
        run = [lines[i] for i in places]
        where = np.array(places, dtype=np.int64) + 1
        columns = None if repeated and any(r in run for r in repeated) else _even(run, separator, width)
        if columns is None:
            kept, rows = _one_by_one(run, where, separator, width, repeated, unread)
            if not kept:
                continue
            columns, where = [list(c) for c in zip(*rows, strict=True)], np.array(kept, dtype=np.int64)
        yield columns, where, any("_" in line for line in run)


def _even(run: Sequence[str], separator: str, width: int) -> list[list[str]] | None:
    """The columns of a run whose lines all have the same number of cells; None where they have not."""
    if separator == " " or any('"' in line for line in run):
        return None
    counts = {line.count(separator) for line in run}
    if len(counts) != 1:
        return None
    cells_a_line = counts.pop() + 1
    if cells_a_line < width:
        return None
    cells = separator.join(run).split(separator)
    if any(cells[i].strip() for j in range(width, cells_a_line) for i in range(j, len(cells), cells_a_line)):
        return None
    return [cells[i::cells_a_line] for i in range(width)]


def _one_by_one(
    run: Sequence[str],
    where: NDArray[np.int64],
    separator: str,
    width: int,
    repeated: Sequence[str],
    unread: list[Unread],
) -> tuple[list[int], list[list[str]]]:
    kept: list[int] = []
    rows: list[list[str]] = []
    for line, place in zip(run, where.tolist(), strict=True):
        if line.strip() in repeated:
            unread.append(Unread(f"line {place}", "the header once more"))
            continue
        if len(line) > MAX_LINE:
            raise ReadError(f"{len(line)} characters in a line", where=f"line {place}", rule="lines end")
        if not line.strip(separator + " "):
            continue
        rows.append(row_cells(line, separator, width, place))
        kept.append(place)
    return kept, rows


def _last_line(lines: Sequence[str], full: Sequence[int], separator: str) -> Unread:
    """What a last line without an end says of the file: it may be cut off within a number."""
    rows = [[c for c in split_cells(lines[i], separator) if c] or [""] for i in full[-21:]]
    return last_line_doubt(rows, full[-1] + 1)


def read_cells(
    rows: Sequence[Sequence[Cell]], places: Sequence[int], channels: Sequence[Channel], *, place: str
) -> Table:
    """The same of rows that are cells already (a sheet of a workbook), ``place`` naming what they count."""
    where = np.array(places, dtype=np.int64)
    columns: list[list[Cell]] = [list(c) for c in zip(*rows, strict=True)]
    steps = range(0, len(rows), max(1, len(rows) // (3 * _SAMPLE)))
    samples = [["" if c[i] is None else str(c[i]) for i in steps] for c in columns]
    settled = settle(channels, samples)
    table = Table(settled, where)
    for i, (channel, cells) in enumerate(zip(settled, columns, strict=True)):
        column = column_for(channel, samples[i], False)
        column.place = place
        column.add(["" if c is None else c for c in cells], where)
        column.close(i, table)
    return table
