"""What the cells of a cycler's columns are: numbers, clock times, states, dates; collected part by part."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import ReadError
from negatrode.core.recording import Unread
from negatrode.files.readers.cycler_columns import CANONICAL, Channel
from negatrode.files.text import number

_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
_CLOCK = re.compile(
    r"(?:(\d{1,6})\s*(?:d|day|days|-)?[\s,:-]\s*)?(\d{1,9}):(\d{1,2}):(\d{1,2}(?:[.,]\d*)?)\Z"
)
_SHORT_CLOCK = re.compile(r"(\d{1,9}):(\d{1,2}(?:[.,]\d*)?)\Z")
_DISCHARGING = re.compile(
    r"^d$|^d[_-]|dis[- ]?charg|dis?ch\b|dchg?\b|[_ ]dch|dchg|disch|entlad|放电|^-1$", re.IGNORECASE
)
_CHARGING = re.compile(r"^c$|^c[_-]|charg|chg|[_ ]cha\b|^cha\b|laden|充电", re.IGNORECASE)


@dataclass
class Table:
    """Columns as read: numbers under the index of their column, directions of a state column, the rest.

    ``lines`` holds the line of each row, ``directions`` +1 for charge, -1 for discharge, 0 for all else.
    """

    channels: list[Channel]
    lines: NDArray[np.int64]
    numbers: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    directions: NDArray[np.int8] | None = None
    dates: dict[int, list[str]] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)


class CellColumn:
    """Collects the parts of one column; subclasses say what a cell is."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.head = channel.head.strip() or channel.name
        self.trouble = ""
        self.place = "line"
        self.odd = False  # whether cells may hold underscores, which are digits' separators to Python

    def add(self, cells: Sequence[str | float], where: NDArray[np.int64]) -> None:
        raise NotImplementedError

    def close(self, index: int, table: Table) -> None:
        raise NotImplementedError


class _Skipped(CellColumn):
    """Text that is kept nowhere but in the list of what was left out."""

    def add(self, cells: Sequence[str | float], where: NDArray[np.int64]) -> None:
        pass

    def close(self, index: int, table: Table) -> None:
        table.unread.append(Unread(f"column {index + 1}", f"'{self.head}' holds no numbers"))


class _Numbers(CellColumn):
    def __init__(self, channel: Channel, parse: Callable[[Any], float]) -> None:
        super().__init__(channel)
        self.parse = parse
        self.parts: list[NDArray[np.float64]] = []

    def add(self, cells: Sequence[str | float], where: NDArray[np.int64]) -> None:
        if self.trouble:
            return
        try:
            values = np.fromiter(map(self.parse, cells), dtype=np.float64, count=len(cells))
        except ValueError:
            self._refuse(cells, where)
            return
        doubtful = not np.isfinite(values).all() or (self.odd and "_" in "".join(map(str, cells)))
        if not (doubtful and self._refuse(cells, where)):
            self.parts.append(values)

    def _refuse(self, cells: Sequence[str | float], where: NDArray[np.int64]) -> bool:
        """Find the first cell that is no finite number: an error in a canonical column, else trouble."""
        for cell, line in zip(cells, where.tolist(), strict=True):
            try:
                good = math.isfinite(self.parse(cell)) and "_" not in str(cell)
            except ValueError:
                good = False
            if good:
                continue
            text = str(cell).strip()
            if self.channel.vital or (text and self.channel.name in CANONICAL):
                raise ReadError(
                    f"'{text[:40]}' stands where a number must",
                    where=f"{self.place} {line} column '{self.head}'",
                    rule="data cells are finite numbers",
                    remedy="Correct the cell or export the file again",
                )
            self.trouble = f"'{text[:40]}' in {self.place} {line} is no number"
            return True
        return False

    def close(self, index: int, table: Table) -> None:
        if self.trouble:
            table.unread.append(Unread(f"column {index + 1}", f"'{self.head}' is left out: {self.trouble}"))
            return
        values = np.concatenate(self.parts)
        if self.channel.factor != 1.0:
            values *= self.channel.factor
        if self.channel.offset:
            values += self.channel.offset
        table.numbers[index] = values


class _States(CellColumn):
    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        self.known: dict[str | float, int] = {}
        self.parts: list[NDArray[np.int8]] = []

    def add(self, cells: Sequence[str | float], _where: NDArray[np.int64]) -> None:
        for cell in set(cells).difference(self.known):
            self.known[cell] = direction_of(str(cell))
        self.parts.append(np.fromiter(map(self.known.__getitem__, cells), dtype=np.int8, count=len(cells)))

    def close(self, _index: int, table: Table) -> None:
        table.directions = np.concatenate(self.parts)


class _Dates(CellColumn):
    def __init__(self, channel: Channel) -> None:
        super().__init__(channel)
        self.cells: list[str] = []

    def add(self, cells: Sequence[str | float], _where: NDArray[np.int64]) -> None:
        self.cells += map(str, cells)

    def close(self, index: int, table: Table) -> None:
        table.dates[index] = self.cells


def direction_of(word: str) -> int:
    """+1 where a word of a state column means charge, -1 discharge, 0 rest and all else.

    >>> [direction_of(w) for w in ("C", "CC_DChg", "CCCV Chg", "Rest", "Discharge", "CC_CHG", "R")]
    [1, -1, 1, 0, -1, 1, 0]
    """
    text = word.strip().strip('"')
    if _DISCHARGING.search(text):
        return -1
    return 1 if _CHARGING.search(text) else 0


def clock(cell: str) -> float:
    """Seconds of a clock time, with days before it where there are; ValueError where it is none.

    >>> clock("  0d 00:01:0.88"), clock("26:00:00"), clock("1-02:00:00.5"), clock("05:30.5")
    (60.88, 93600.0, 93600.5, 330.5)
    """
    text = cell.strip().strip('"')
    found = _CLOCK.match(text)
    if found:
        days, hours, minutes, seconds = found.groups()
        return (
            86400.0 * float(days or 0)
            + 3600.0 * float(hours)
            + 60.0 * float(minutes)
            + float(seconds.replace(",", "."))
        )
    short = _SHORT_CLOCK.match(text)
    if not short:
        raise ValueError(cell)
    return 60.0 * float(short[1]) + float(short[2].replace(",", "."))


def _with_comma(cell: str) -> float:
    return float(cell.replace(",", "."))


def _grouped(cell: str) -> float:
    """A number whose thousands may be set off by commas ("1,234.5")."""
    if "," not in cell:
        return float(cell)
    text = cell.strip().strip('"')
    if not _GROUPED.match(text):
        raise ValueError(cell)
    return float(text.replace(",", ""))


def column_for(channel: Channel, cells: Sequence[str], comma: bool) -> CellColumn:
    """What collects a column, by its channel and a sample of its cells."""
    full = [c for c in cells if c.strip()]
    times = any(":" in c for c in islice(full, 5))
    if channel.content == "clock" or (times and channel.name in ("time", "step_time")):
        return _Numbers(channel, clock)
    if channel.content == "state":
        return _States(channel)
    good = sum(number(c) is not None or bool(_GROUPED.match(c.strip())) for c in full)
    if channel.content == "date" or (times and not channel.vital and good * 2 <= len(full)):
        return _Dates(channel)
    if not channel.vital and good * 2 <= len(full):
        return _Skipped(channel)
    if comma:
        return _Numbers(channel, _with_comma)
    return _Numbers(channel, _grouped if any("," in c for c in full) else float)
