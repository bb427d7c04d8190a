"""Points as tables: the same columns in the same order whatever computed them; CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from negatrode.study.journal import Entry, Journal, Planned
from negatrode.study.model import Inputs, Value

_STATE = ("part", "position", "state")
_ENDING = ("error", "notes")
_TIMINGS = ("attempts", "seconds", "worker")


def head_of(plans: Sequence[Planned], *, timings: bool = False) -> list[str]:
    """Names of the columns: part and place, axes and outputs with their units, what went wrong."""
    axes: dict[str, str] = {}
    outputs: dict[str, str] = {}
    for p in plans:
        axes |= {name: titled(name, unit) for name, unit in p.axes.items()}
        outputs |= {c.name: titled(c.name, c.unit) for c in p.columns}
    return [*_STATE, *axes.values(), *outputs.values(), *_ENDING, *(_TIMINGS if timings else ())]


def titled(name: str, unit: str) -> str:
    """Name and unit of a column.

    >>> titled("sample.dv50", "um"), titled("protocol.rate", "1")
    ('sample.dv50 / um', 'protocol.rate')
    """
    return name if unit == "1" else f"{name} / {unit}"


def rows_of(journal: Journal, plans: Sequence[Planned], *, timings: bool = False) -> Iterator[list[Any]]:
    """The points of these parts in their order; None where there is nothing (yet)."""
    axes = list(dict.fromkeys(a for p in plans for a in p.axes))
    outputs = list(dict.fromkeys(c.name for p in plans for c in p.columns))
    for p in plans:
        for position, (inputs, entry) in enumerate(journal.part(p.part)):
            yield _row(p.part, position, inputs, entry, axes, outputs, timings=timings)


def _row(
    part: str, position: int, inputs: Inputs, entry: Entry | None, axes: Sequence[str],
    outputs: Sequence[str], *, timings: bool,
) -> list[Any]:  # fmt: skip
    state = "waiting" if entry is None else "failed" if entry.is_failed else "done"
    values: Mapping[str, Value | None] = {} if entry is None else entry.outputs
    row: list[Any] = [
        part,
        position,
        state,
        *(inputs.get(a) for a in axes),
        *(values.get(o) for o in outputs),
    ]
    notes = "" if entry is None else "; ".join(f"{k}: {v}" for k, v in entry.notes.items())
    row += ["" if entry is None else entry.error, notes]
    if timings:
        row += [None] * 3 if entry is None else [entry.attempts, entry.seconds, entry.worker]
    return row


def as_csv(head: Sequence[str], rows: Iterator[list[Any]]) -> bytes:
    """CSV with a head; numbers with all their digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow(["" if v is None else repr(v) if isinstance(v, float) else v for v in row])
    return out.getvalue().encode()


def as_parquet(head: Sequence[str], rows: Iterator[list[Any]]) -> bytes:
    """Parquet: a column of numbers or of words each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: list[list[Any]] = [[] for _ in head]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    arrays = [_array(pa, name, values) for name, values in zip(head, columns, strict=True)]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays, names=list(head)), sink)
    return bytes(sink.getvalue().to_pybytes())


def _array(pa: Any, name: str, values: list[Any]) -> Any:
    if any(isinstance(v, str) for v in values):
        return pa.array([None if v is None else str(v) for v in values], pa.string())
    kind = pa.int64() if name in ("position", "attempts") else pa.float64()
    return pa.array(values, kind)
