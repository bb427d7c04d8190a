"""From the table that the library makes of Neware's records to the block "data".

The library trusts the file: it drops records that it does not recognise, fills in what is missing and puts
records in order. So what comes back is checked here against what any recording must obey.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.recording import Block, Column
from negatrode.files.readers.cycler_checks import contradictions
from negatrode.files.readers.neware_checks import (
    JITTER,
    check_clock,
    check_cycles,
    stated_facts,
)
from negatrode.files.readers.neware_library import Notes

if TYPE_CHECKING:
    import polars as pl

Floats = NDArray[np.float64]

# Of the library -> canonical name, unit, factor. Its other columns are auxiliary channels.
_COLUMNS = {
    "voltage_V": ("voltage", "V", 1.0),
    "current_mA": ("current", "A", 1e-3),
    "charge_capacity_mAh": ("charge_capacity", "A*h", 1e-3),
    "discharge_capacity_mAh": ("discharge_capacity", "A*h", 1e-3),
    "capacity_mAh": ("capacity", "A*h", 1e-3),
    "charge_energy_mWh": ("charge_energy", "W*h", 1e-3),
    "discharge_energy_mWh": ("discharge_energy", "W*h", 1e-3),
    "energy_mWh": ("energy", "W*h", 1e-3),
    "cycle_count": ("cycle", "1", 1.0),
    "step_index": ("step", "1", 1.0),
    "step_count": ("step_count", "1", 1.0),
    "step_type": ("mode", "1", 1.0),
    "step_time_s": ("step_time", "s", 1.0),
    "unix_time_s": ("unix_time", "s", 1.0),
    "index": ("index", "1", 1.0),
}
_ENDINGS = {"_V": ("V", 1.0), "_mA": ("A", 1e-3), "_degC": ("degC", 1.0)}
_LIMITS = {"voltage": 1000.0, "current": 1e5, "temperature": 2000.0, "time": 1e9}
_VITAL = ("index", "time", "voltage", "current", "cycle", "step", "capacity", "charge_capacity",
          "discharge_capacity", "mode")  # fmt: skip


def build_block(frame: pl.DataFrame, notes: Notes, *, clocked: bool = True) -> Block:
    """The block "data" of the library's table, every column checked.

    ``clocked`` is whether wall clock and total time stand in the file (else the library made them up).

    Raises ReadError for no records, records that stand twice or out of order, numbers that are none or
    beyond what a cycler measures, and time that runs back.
    """
    if not frame.height:
        raise ReadError(
            "no records", rule="a recording holds at least one", remedy="The file is damaged or cut off"
        )
    found = _floats(frame)
    if not clocked:
        found = {k: v for k, v in found.items() if k not in ("unix_time_s", "total_time_s")}
    columns = {n: Column(n, u, found[k] * f) for k, (n, u, f) in _COLUMNS.items() if k in found}
    _check_index(columns, notes)
    columns |= _auxiliary(found, notes)
    if "capacity" in columns:  # the file counts upwards in both directions; the library adds the sign
        for name in ("capacity", "energy"):
            columns[name] = Column(name, columns[name].unit, np.abs(columns[name].values))
    if "step" not in columns and "step_count" in columns:
        columns["step"] = Column("step", "1", columns["step_count"].values)
    columns["time"] = Column("time", "s", _time(found, columns, notes))
    _check_values(columns)
    facts = stated_facts(columns, notes)
    notes.entries.extend(contradictions(columns))
    check_cycles(columns, notes)
    check_clock(columns, notes)
    order = [n for n in ("time", "voltage", "current") if n in columns]
    names = order + [n for n in columns if n not in order]
    return Block("data", tuple(columns[n] for n in names), facts)


def _floats(frame: pl.DataFrame) -> dict[str, Floats]:
    """The numeric columns; missing values are not-a-number, and refused further on."""
    import polars as pl

    return {
        s.name: s.cast(pl.Float64).to_numpy().astype(np.float64)
        for s in frame.get_columns()
        if s.dtype.is_numeric()
    }


def _check_index(columns: dict[str, Column], notes: Notes) -> None:
    if "index" not in columns or "voltage" not in columns or "current" not in columns:
        raise ReadError(
            f"columns {', '.join(columns)}", rule="records have an index, a voltage and a current"
        )
    index = columns["index"].values
    steps = np.diff(index)
    back = np.flatnonzero(~(steps > 0))
    if len(back):
        i = int(back[0])
        raise ReadError(
            f"record {index[i + 1]:g} after record {index[i]:g}",
            where=f"record {i + 2}",
            rule="records are numbered in rising order",
            remedy="The file is damaged; copy it again",
        )
    missing = int(index[-1] - index[0]) + 1 - len(index)
    if missing:
        i = int(np.argmax(steps > 1))
        notes.add(f"record {index[i]:g}", f"{missing} of {len(index) + missing} numbered records are missing")


def _auxiliary(found: Mapping[str, Floats], notes: Notes) -> dict[str, Column]:
    """Auxiliary channels in SI units; the first temperature becomes the column "temperature"."""
    columns: dict[str, Column] = {}
    for key, values in found.items():
        if key in _COLUMNS or key == "total_time_s" or key == "range" or key == "multiplier":
            continue
        if not np.isfinite(values).all():
            notes.add(f"channel {key}", f"{int((~np.isfinite(values)).sum())} values missing; not kept")
            continue
        ending = next((e for e in _ENDINGS if key.endswith(e)), "")
        unit, factor = _ENDINGS.get(ending, ("", 1.0))
        name = key.removesuffix(ending)
        if unit == "degC" and "temperature" not in columns and name.endswith("temperature"):
            name = "temperature"
        columns[name] = Column(name, unit, values * factor)
        if not unit:
            notes.add(f"channel {key}", "kept without a unit")
    return columns


def _time(found: Mapping[str, Floats], columns: Mapping[str, Column], notes: Notes) -> Floats:
    """Time from the start: the file's own, or the times of the steps put one after another."""
    if "total_time_s" in found:
        time = found["total_time_s"]
        _require_finite("time", "s", time)
        return _not_back(time - time[0], notes)
    if "step_time_s" not in found:
        raise ReadError("no times", rule="records have a time", remedy="Export the file as csv from BTSDA")
    within = found["step_time_s"]
    _require_finite("step_time", "s", within)
    starts = np.zeros(len(within), dtype=bool)
    for name in ("step", "step_count"):
        if name in columns:
            starts[1:] |= columns[name].values[1:] != columns[name].values[:-1]
    rises = np.diff(within, prepend=within[0])
    usual = _usual(rises[(rises > 0) & ~starts])
    carried = starts & (rises > 0) & (rises <= usual) & (within > usual)
    if carried.any():
        notes.add(f"record {int(np.argmax(carried)) + 1}", "the step changes, its time carries on")
    # A step that jumps to itself starts anew without another number
    starts = (starts & ~carried) | ((rises < -JITTER) & (within <= usual))
    lost = (rises < -JITTER) & ~starts
    if lost.any():
        i = int(np.argmax(lost))
        raise _runs_back(within[i - 1], within[i], i)
    before = np.concatenate(([0.0], within[:-1]))
    return _not_back(within + np.cumsum(np.where(starts, before, 0.0)), notes)


def _usual(intervals: Floats) -> float:
    """The longest time that counts as one interval of recording: twice the median (assumed)."""
    return max(2.0 * float(np.median(intervals)) if len(intervals) else 0.0, JITTER)


def _not_back(time: Floats, notes: Notes) -> Floats:
    back = np.flatnonzero(np.diff(time) < 0) + 1
    if not len(back):
        return time
    i = int(back[0])
    if (time[back] - time[back - 1] < -JITTER).any():
        raise _runs_back(time[i - 1], time[i], i)
    notes.add(f"record {i + 1}", f"time runs back within {JITTER:g} s; evened out")
    return np.asarray(np.maximum.accumulate(time), dtype=np.float64)


def _runs_back(before: float, after: float, i: int) -> ReadError:
    return ReadError(
        f"time runs back from {before:g} to {after:g} s",
        where=f"record {i + 1}",
        rule="a recording holds each moment once, in order",
        remedy="The file is damaged; copy it again",
    )


def _require_finite(name: str, unit: str, values: Floats) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        i = int(np.argmax(bad))
        raise ReadError(
            f"{name} {values[i]:g}{'' if unit == '1' else ' ' + unit}",
            where=f"record {i + 1}",
            rule="every record holds every value",
            remedy="The file is damaged, or its parts do not belong together; copy it again",
        )


def _check_values(columns: dict[str, Column]) -> None:
    """Numbers that are none, and numbers beyond what a cycler measures, are damage."""
    for name in _VITAL:
        if name in columns:
            _require_finite(name, columns[name].unit, columns[name].values)
    for name, limit in _LIMITS.items():
        if name in columns:
            bad = np.abs(columns[name].values) > limit
            if bad.any():
                i = int(np.argmax(bad))
                raise ReadError(
                    f"{name} {columns[name].values[i]:g} {columns[name].unit}",
                    where=f"record {i + 1}",
                    rule=f"no cycler measures beyond {limit:g} {columns[name].unit}",
                    remedy="The file is damaged; copy it again",
                )
    for name in [n for n in columns if n not in _VITAL]:
        if not np.isfinite(columns[name].values).all():
            _require_finite(name, columns[name].unit, columns[name].values)
