"""Two columns of a text file, by their names in its first line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.files.blob import load
from negatrode.files.text import decode, require_number, separator_of, split_cells
from negatrode.material.table import Array


def read_columns(path: Path, names: tuple[str, ...]) -> tuple[Array, ...]:
    """Columns of numbers in the order of ``names``.

    Lines that begin with ``#`` and empty lines are passed over; cells are told apart by comma, semicolon,
    tab or blanks.

    Raises
    ------
    ReadError
        No such file, no text, or a cell that is no number, with its line.
    InputError
        A name that the first line does not hold, or holds twice.
    """
    text = decode(load(path).data)
    lines = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if _counts(line)]
    if len(lines) < 2:
        raise InputError(f"{len(lines)} lines", where=str(path), rule="names of columns, then numbers")
    separator = separator_of([line for _, line in lines[1:50]])
    head = [c.strip().strip('"') for c in split_cells(lines[0][1], separator)]
    places = [_place(head, name, path) for name in names]
    rows = []
    for n, line in lines[1:]:
        cells = split_cells(line, separator)
        if len(cells) <= max(places):
            raise InputError(
                f"{len(cells)} cells", where=f"{path} line {n}", rule=f"{len(head)} columns are named"
            )
        rows.append([require_number(cells[k], where=f"{path} line {n}") for k in places])
    return tuple(np.array(rows, dtype=np.float64).T)


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _place(head: list[str], name: str, path: Path) -> int:
    if head.count(name) != 1:
        raise InputError(
            f"column {name!r} stands {head.count(name)} times in the first line",
            where=str(path),
            rule="columns are named there, each once",
            remedy=near_matches(name, head) or f"It names {', '.join(head)[:200]}",
        )
    return head.index(name)
