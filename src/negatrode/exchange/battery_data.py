"""Curves as files in the Battery Data Format (Battery Data Alliance, LF Energy).

One table with the preferred labels of the standard. Its current charges the cell where it is positive, that
of a curve discharges it: the sign is turned, as is that of the net capacity. The temperature of a simulated
cell is one for the whole of it and goes under "Surface Temperature T1 / degC".
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.exchange.new_file import write_new

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

ZERO_CELSIUS = 273.15  # K
SUFFIXES = (".csv", ".bdf", ".bdf.gz", ".parquet")
_COUNTS = ("Cycle Count / 1", "Step Count / 1")


class TimeSeries(Protocol):
    """What is written of a curve: one value a point; current and capacity positive on discharge.

    ``time`` (s), ``voltage`` (V), ``current`` (A), ``capacity`` (A h, net from the start), ``temperature``
    (K), ``step`` and ``cycle`` (numbers).
    """

    @property
    def time(self) -> Array: ...
    @property
    def voltage(self) -> Array: ...
    @property
    def current(self) -> Array: ...
    @property
    def capacity(self) -> Array: ...
    @property
    def temperature(self) -> Array: ...
    @property
    def step(self) -> Ints: ...
    @property
    def cycle(self) -> Ints: ...


def write_battery_data(curve: TimeSeries, path: str | Path, *, overwrite: bool = False) -> None:
    """Write a curve in the Battery Data Format; the current is written positive on charge.

    Parameters
    ----------
    curve:
        The points.
    path:
        A name that ends in ``.bdf``, ``.bdf.csv`` or ``.csv`` (text), ``.bdf.gz`` (packed text) or
        ``.bdf.parquet`` or ``.parquet``.
    overwrite:
        Whether a file that stands there is replaced.

    Raises
    ------
    InputError
        Another ending, a file that exists, columns of unequal length, a value that is not finite, a time
        before its predecessor, or a place that cannot be written.

    Notes
    -----
    "Step Count / 1" is the number of the step where it never falls; where steps repeat with the cycles it
    counts the steps as they come, since the standard wants a count that only grows.
    """
    place = Path(path)
    name = place.name.lower()
    if not name.endswith(SUFFIXES):
        raise InputError(
            f"the name '{place.name}'", where=str(path), rule=f"it ends in {', '.join(SUFFIXES)}"
        )
    columns = battery_data_columns(curve)
    if name.endswith(".parquet"):
        data = _as_parquet(columns)
    else:
        data = _as_text(columns)
        if name.endswith(".gz"):
            data = gzip.compress(data, mtime=0)
    write_new(place, data, overwrite=overwrite)


def battery_data_columns(curve: TimeSeries) -> dict[str, NDArray[Any]]:
    """The columns of the standard by their preferred labels (checks and errors as above)."""
    numbers = {
        "Test Time / s": _checked(curve.time, "time"),
        "Voltage / V": _checked(curve.voltage, "voltage"),
        "Current / A": 0.0 - _checked(curve.current, "current"),
        "Net Capacity / Ah": 0.0 - _checked(curve.capacity, "capacity"),
        "Surface Temperature T1 / degC": _checked(curve.temperature, "temperature") - ZERO_CELSIUS,
    }
    counts = {
        "Cycle Count / 1": _whole(curve.cycle, "cycle"),
        "Step Count / 1": _growing(_whole(curve.step, "step")),
    }
    columns: dict[str, NDArray[Any]] = {**numbers, **counts}
    rows = {len(column) for column in columns.values()}
    if len(rows) > 1 or min(rows) < 2:
        raise InputError(
            f"columns of {', '.join(str(n) for n in sorted(rows))} points",
            rule="a curve has one value a point in every column, two points at least",
        )
    if np.any(np.diff(numbers["Test Time / s"]) < 0):
        raise InputError("a time before its predecessor", where="time", rule="time never falls")
    return columns


def _checked(values: Any, name: str) -> Array:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or not np.all(np.isfinite(found)):
        raise InputError(
            f"shape {found.shape}, {int(np.sum(~np.isfinite(found)))} values that are not finite",
            where=name,
            rule="a column of finite numbers",
        )
    return found


def _whole(values: Any, name: str) -> Ints:
    found = _checked(values, name)
    if np.any(found != np.round(found)) or np.any(np.abs(found) > 1e15):
        raise InputError(f"{name} numbers that are not whole", where=name, rule="whole numbers")
    return found.astype(np.int64)


def _growing(step: Ints) -> Ints:
    change = np.diff(step)
    if np.all(change >= 0):
        return step
    return np.concatenate([step[:1], step[0] + np.cumsum(change != 0)])


def _as_text(columns: Mapping[str, NDArray[Any]]) -> bytes:
    """Shortest digits that give the same number back."""
    lines = [",".join(columns)]
    lines.extend(
        ",".join(map(repr, row)) for row in zip(*(c.tolist() for c in columns.values()), strict=True)
    )
    return ("\n".join(lines) + "\n").encode()


def _as_parquet(columns: Mapping[str, NDArray[Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.table({label: pa.array(values) for label, values in columns.items()}), stream)
    return stream.getvalue()
