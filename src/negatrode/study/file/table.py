"""Points from a table: CSV or Parquet, a column an axis, headed by its name and unit."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError
from negatrode.core.units import parse_quantity
from negatrode.study.axis import Axis
from negatrode.study.chain.base import as_axis_number
from negatrode.study.designs import MOST, Point
from negatrode.study.model import Value


def read_table(path: Path, axes: Sequence[Axis], where: str) -> list[Point]:
    """The points of a table. Heads are names of axes, ``sample.dv50`` or ``sample.dv50 / um``.

    Raises InputError, with line and column, for what is no number or lies beyond its axis.
    """
    head, rows = (_parquet if path.suffix.lower() == ".parquet" else _csv)(path)
    by_name = {a.name: a for a in axes}
    columns: list[tuple[Axis, str]] = []
    for title in head:
        name, _, unit = (part.strip() for part in title.partition("/"))
        if name not in by_name:
            raise InputError(
                f"a column '{title}'", where=f"{path}", rule=f"columns are axes: {', '.join(by_name)}",
                remedy=near_matches(name, list(by_name)),
            )  # fmt: skip
        columns.append((by_name[name], unit))
    if not rows:
        raise InputError("a table without rows", where=f"{path}", remedy=f"see {where}")
    if len(rows) > MOST:
        raise InputError(f"{len(rows)} rows", where=f"{path}", rule=f"at most {MOST}")
    return [_row(line, row, columns, path) for line, row in enumerate(rows, start=2)]


def _row(line: int, row: Sequence[object], columns: Sequence[tuple[Axis, str]], path: Path) -> Point:
    if len(row) != len(columns):
        raise InputError(f"{len(row)} cells", where=f"{path} line {line}", rule=f"{len(columns)} columns")
    return {
        axis.name: _cell(cell, axis, unit, f"{path} line {line}, {axis.name}")
        for (axis, unit), cell in zip(columns, row, strict=True)
    }


def _cell(cell: object, axis: Axis, unit: str, where: str) -> Value:
    if axis.is_words:
        return on_axis(str(cell).strip(), axis, where)
    try:
        number = float(str(cell))
    except ValueError:
        return on_axis(as_axis_number(str(cell), axis.unit, where), axis, where)
    if unit and unit != axis.unit:
        number = parse_quantity(f"{number!r} {unit}", axis.unit, where=where)
    return on_axis(number, axis, where)


def on_axis(value: Value, axis: Axis, where: str) -> Value:
    """The value, where it lies on its axis; InputError where it does not."""
    if axis.values and value not in axis.values:
        raise InputError(f"{value!r}", where=where, rule=f"one of {', '.join(map(str, axis.values))}")
    if not axis.values and (isinstance(value, str) or not math.isfinite(value)):
        raise InputError(f"{value!r}", where=where, rule="a finite number")
    if not axis.values and not axis.is_normal and not axis.low <= float(value) <= axis.high:
        raise InputError(
            f"{value:g}", where=where, rule=f"the axis goes from {axis.low:g} to {axis.high:g} {axis.unit}"
        )
    return value


def as_point(row: Mapping[str, Any], axes: Sequence[Axis], where: str) -> Point:
    """A point as STUDY.toml writes it: values with their units, by axis."""
    by_name = {a.name: a for a in axes}
    found: Point = {}
    for name, value in row.items():
        if name not in by_name:
            hint = near_matches(name, list(by_name)) or f"Axes: {', '.join(by_name)}"
            raise InputError(f"'{name}' is no axis", where=where, remedy=hint)
        axis = by_name[name]
        number = value if axis.is_words else as_axis_number(value, axis.unit, f"{where}.{name}")
        found[name] = on_axis(number, axis, f"{where}.{name}")
    return found


def _csv(path: Path) -> tuple[list[str], list[list[Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = [row for row in csv.reader(stream) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read ({error})", where=str(path), rule="CSV in UTF-8") from None
    if not rows:
        raise InputError("an empty table", where=str(path))
    return rows[0], rows[1:]


def _parquet(path: Path) -> tuple[list[str], list[list[Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read ({error})", where=str(path), rule="Parquet") from None
    columns = [table.column(i).to_pylist() for i in range(table.num_columns)]
    return list(table.column_names), [list(row) for row in zip(*columns, strict=True)]
