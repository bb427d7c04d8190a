"""Micromeritics report workbooks (.XLS, .xlsx): reports side by side, parted by columns of "|".

The Isotherm Tabular Report is read; where it is not exported, the Isotherm Linear Plot (a pair of
columns each for adsorption and desorption).
"""

from __future__ import annotations

from negatrode.core.errors import ReadError
from negatrode.core.recording import Block, Recording
from negatrode.files.blob import Blob
from negatrode.files.readers.isotherm_terms import branch, column_groups, heading
from negatrode.files.readers.micromeritics_report import (
    PLOT_TITLES,
    TABLE_TITLES,
    Labels,
    Points,
    enter_pairs,
    saturation,
)
from negatrode.files.readers.text_rows import Row, plain, rows_of_sheet
from negatrode.files.readers.workbook import is_workbook, sheets

NAME = "micromeritics-xls"
TITLE = "Micromeritics report workbook (.XLS)"
KIND = "isotherm"

_CUT = "The file looks cut off or edited; export it again"


def sniff(blob: Blob) -> int:
    """95 where a sheet holds a report's isotherm table, 90 for its isotherm plot."""
    if not is_workbook(blob.data):
        return 0
    titles = {
        plain(c)
        for s in sheets(blob.data)
        for row in s.rows[:4000]
        for c in row
        if isinstance(c, str) and len(c) < 60
    }
    if titles.intersection(TABLE_TITLES):
        return 95
    return 90 if titles.intersection(PLOT_TITLES) else 0


def read(blob: Blob) -> Recording:
    """The branches, labelled values and printed BET results."""
    labels = Labels()
    blocks: tuple[Block, ...] = ()
    everything = [(s.name, rows_of_sheet(s)) for s in sheets(blob.data)]
    for titles, take in ((TABLE_TITLES, _tabular), (PLOT_TITLES, _plotted)):
        for name, rows in everything:
            place = _find(rows, titles, name)
            if place is not None and not blocks:
                blocks = take(rows, place, labels, f"sheet '{name}'")
    for _, rows in everything:
        for row in rows:
            enter_pairs(labels, [row.text(i) for i in range(len(row.cells)) if row.text(i) != "|"], row.where)
    if not blocks:
        raise ReadError("no Isotherm Tabular Report", remedy="Export the report with its isotherm table")
    return Recording(
        kind=KIND,
        format=NAME,
        source=blob.source,
        blocks=(*blocks, *labels.bet_block()),
        settings=labels.settings,
        metadata=labels.metadata,
    )


def _find(rows: list[Row], titles: tuple[str, ...], sheet: str) -> tuple[int, int, int] | None:
    """Row, first column and end column of the report with one of the titles."""
    for i, row in enumerate(rows):
        for j in row.filled:
            if plain(row.text(j)) in titles:
                ends = [k for r in rows for k in range(j + 1, len(r.cells)) if r.text(k) == "|"]
                return i, j, min(ends, default=max(len(r.cells) for r in rows))
    return (0, 0, max((len(r.cells) for r in rows), default=0)) if plain(sheet) in titles else None


def _heads(rows: list[Row], place: tuple[int, int, int]) -> tuple[int, list[dict[str, tuple[int, str]]]]:
    top, left, right = place
    for i in range(top, min(top + 40, len(rows))):
        heads = [
            heading(rows[i].text(j)) if left <= j < right else heading("") for j in range(len(rows[i].cells))
        ]
        groups = column_groups(heads)
        if groups:
            return i, groups
    raise ReadError("no headings of pressure and amount adsorbed", where=rows[top].where, remedy=_CUT)


def _tabular(rows: list[Row], place: tuple[int, int, int], labels: Labels, where: str) -> tuple[Block, ...]:
    top, groups = _heads(rows, place)
    table = Points(groups[0])
    _collect(rows, top, place, table)
    saturation(labels.settings, [table], where)
    return table.blocks(where)


def _plotted(rows: list[Row], place: tuple[int, int, int], _: Labels, where: str) -> tuple[Block, ...]:
    top, groups = _heads(rows, place)
    tables = [Points(g) for g in groups[:2]]
    for table in tables:
        _collect(rows, top, place, table)
    if len(tables) == 1:
        return tables[0].blocks(where)
    found = []
    for name, table in zip(("adsorption", "desorption"), tables, strict=True):
        found.append(
            branch(name, {k: (table.columns[k][1], v) for k, v in table.values.items()}, where=where)
        )
    if not any(found):
        raise ReadError("no data point", where=where, remedy=_CUT)
    return tuple(b for b in found if b is not None)


def _collect(rows: list[Row], top: int, place: tuple[int, int, int], table: Points) -> None:
    _, left, right = place
    for row in rows[top + 1 :]:
        cells = [row.text(j) if left <= j < right else "" for j in range(len(row.cells))]
        if not table.add(cells, row.where) and any(plain(c).endswith("report") for c in cells):
            break
