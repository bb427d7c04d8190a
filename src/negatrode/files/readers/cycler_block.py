"""From the columns of a cycler's export to the block "data": time in order, the direction of the current.

Which way a positive current goes is stated in the block's facts, never guessed:

* ``current_sign``: "charge-positive", "discharge-positive" or "unsigned" (magnitudes only, direction
  unknown). Its place says what it rests on: the format, a column of states, or capacity counters.
* ``capacity_reset``: "half-cycle", "cycle" or "step", where the format defines when a counter starts anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.provenance import Stated
from negatrode.core.recording import Block, Column, Unread
from negatrode.files.readers.cycler_cells import Table
from negatrode.files.readers.cycler_columns import Channel

# A clock that runs back by less is jitter between the boards of a cycler (assumed), not another test
_JITTER = 1.0
# The share of rows that must agree before a sign is believed (assumed)
_AGREEMENT = 0.9
_LIMITS = {"voltage": 1000.0, "current": 1e5, "temperature": 2000.0}


def build_block(
    table: Table, *, convention: str = "", facts: Mapping[str, Stated] | None = None
) -> tuple[Block, tuple[Unread, ...]]:
    """The block "data" of a table, and what was left out or put right.

    ``convention`` is the format's own statement that a positive current charges the cell, "" where it has
    none. Raises ReadError where voltage is missing, values are out of all range, or time runs back.
    """
    unread = list(table.unread)
    columns = {table.channels[i].name: _column(table.channels[i], v) for i, v in table.numbers.items()}
    if "voltage" not in columns:
        raise ReadError("no column of voltages that could be read", rule="cycling data hold a voltage")
    for name, limit in _LIMITS.items():
        if name in columns:
            _check_range(columns[name], limit, table.lines)
    if "time" not in columns:
        _time_from_dates(table, columns)
    if "time" in columns:
        columns["time"] = _in_order(columns["time"], table, columns, unread)
    found = dict(facts or {})
    found |= _current_sign(columns, table, convention)
    if table.directions is not None and "direction" not in columns:
        columns["direction"] = Column("direction", "1", table.directions.astype(np.float64))
    unread += [
        Unread(f"column {i + 1}", f"'{table.channels[i].head.strip()}' holds dates, which are not kept")
        for i in table.dates
    ]
    order = [n for n in ("time", "voltage", "current") if n in columns]
    names = order + [n for n in columns if n not in order]
    return Block("data", tuple(columns[n] for n in names), found), tuple(unread)


def _column(channel: Channel, values: NDArray[np.float64]) -> Column:
    return Column(channel.name, channel.unit, values)


def _check_range(column: Column, limit: float, lines: NDArray[np.int64]) -> None:
    bad = np.abs(column.values) > limit
    if bad.any():
        i = int(np.argmax(bad))
        raise ReadError(
            f"{column.name} {column.values[i]:g} {column.unit}",
            where=f"line {lines[i]}",
            rule=f"no cycler measures beyond {limit:g} {column.unit}",
            remedy="The file is damaged or its unit is wrong; export it again",
        )


def _time_from_dates(table: Table, columns: dict[str, Column]) -> None:
    """Time from a column of ISO dates, counted from the first, where the file has no other."""
    for cells in table.dates.values():
        try:
            stamps = np.array([c.strip().strip('"').replace("/", "-") for c in cells], dtype="datetime64[us]")
        except ValueError:
            continue
        if not np.isnat(stamps).any():
            seconds = (stamps - stamps[0]) / np.timedelta64(1, "s")
            columns["time"] = Column("time", "s", np.asarray(seconds, dtype=np.float64))
            return


def _in_order(time: Column, table: Table, columns: Mapping[str, Column], unread: list[Unread]) -> Column:
    """Time that never runs back: jitter evened out, times of a step put one after the other."""
    back = np.flatnonzero(np.diff(time.values) < 0) + 1
    if not len(back):
        return time
    values = time.values
    if np.all(values[back] - values[back - 1] > -_JITTER) and not _stands_twice(int(back[0]), columns):
        unread.append(
            Unread(f"line {table.lines[back[0]]}", f"time runs back within {_JITTER:g} s; evened out")
        )
        return Column("time", "s", np.maximum.accumulate(values))
    if _of_steps(values, back, columns):
        offsets = np.zeros(len(values))
        offsets[back] = values[back - 1]
        unread.append(
            Unread("time", f"counted from the start of each step; {len(back) + 1} put one after another")
        )
        return Column("time", "s", values + np.cumsum(offsets))
    i = int(back[0])
    twice = _stands_twice(i, columns)
    raise ReadError(
        f"time runs back from {values[i - 1]:g} to {values[i]:g} s"
        + (" and lines stand twice" if twice else ""),
        where=f"line {table.lines[i]}",
        rule="a recording holds each moment once, in order",
        remedy="The file is damaged, or several tests stand in it: export each alone",
    )


def _of_steps(values: NDArray[np.float64], back: NDArray[np.int64], columns: Mapping[str, Column]) -> bool:
    """Whether time starts anew wherever it runs back, and only where the step or cycle changes."""
    counters = [columns[n].values for n in ("step", "cycle") if n in columns]
    if not counters:
        return False
    changed = np.any([c[back] != c[back - 1] for c in counters], axis=0)
    typical = float(np.median(np.diff(values)[np.diff(values) >= 0])) if len(values) > 2 else 0.0
    return bool(np.all(changed) and np.all(values[back] <= max(2.0 * typical, _JITTER)))


def _stands_twice(i: int, columns: Mapping[str, Column]) -> bool:
    """Whether the row at which time runs back stood before, in all its columns."""
    same = np.ones(i, dtype=bool)
    for column in columns.values():
        same &= column.values[:i] == column.values[i]
    return bool(same.any())


def _current_sign(columns: dict[str, Column], table: Table, convention: str) -> dict[str, Stated]:
    """The fact ``current_sign``; an unsigned current gets its sign where the file says the direction."""
    if "current" not in columns:
        return {}
    current = columns["current"].values
    directions, source = _directions(columns, table)
    flowing = np.abs(current) > 1e-6 * max(float(np.abs(current).max()), 1e-30)
    known = flowing & (directions != 0)
    if source and known.any():
        unsigned = current.min() >= 0.0 and (directions[known] < 0).any()
        if unsigned:
            signed = np.where(directions < 0, -current, current)
            columns["current"] = Column("current", "A", signed)
            return _sign("charge-positive", f"{source}; the file's currents have no sign")
        agree = float(np.mean(np.sign(current[known]) == directions[known]))
        if agree >= _AGREEMENT:
            return _sign("charge-positive", source)
        if agree <= 1.0 - _AGREEMENT:
            return _sign("discharge-positive", source)
    if convention:
        return _sign("charge-positive", convention)
    if flowing.any() and current.min() >= 0.0:
        return _sign("unsigned", "no negative current and no column that says the direction")
    return {}


def _sign(word: str, where: str) -> dict[str, Stated]:
    return {"current_sign": Stated(word, "", where)}


def _directions(columns: Mapping[str, Column], table: Table) -> tuple[NDArray[np.int8], str]:
    """Row by row +1 charge, -1 discharge, 0 unknown, and what says so ("" where nothing does)."""
    if table.directions is not None and table.directions.any():
        head = next(c.head.strip() for c in table.channels if c.content == "state")
        return table.directions, f"column '{head}'"
    rows = len(table.lines)
    found = np.zeros(rows, dtype=np.int8)
    for name, direction in (("charge_capacity", 1), ("discharge_capacity", -1)):
        if name in columns and (columns[name].values >= 0.0).all():
            rises = np.concatenate(([False], np.diff(columns[name].values) > 0.0))
            found[rises] = np.where(found[rises] == 0, direction, 0)
    return _filled(found), "charge and discharge counters" if found.any() else ""


def _filled(directions: NDArray[np.int8]) -> NDArray[np.int8]:
    """A counter rises one row late: rows without a direction take that of the next that has one."""
    known = np.flatnonzero(directions)
    if not len(known):
        return directions
    following = known[np.minimum(np.searchsorted(known, np.arange(len(directions))), len(known) - 1)]
    return directions[following]


def stated(name: str, value: float | None, unit: str, where: str) -> dict[str, Stated]:
    """Entry of the settings for a positive number, empty where the file states none."""
    return {name: Stated(value, unit, where)} if value is not None and value > 0 else {}


def pairs(lines: Sequence[str]) -> dict[str, str]:
    """``key : value`` lines of a header; the first of a key counts."""
    found: dict[str, str] = {}
    for line in lines:
        key, separator, value = line.strip().lstrip("~#%").partition(":")
        if separator and key.strip() and len(key) < 80 and value.strip():
            found.setdefault(key.strip(), value.strip(' \t;,"'))
    return found
