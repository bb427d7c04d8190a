"""Intervals and how they are written: "[0.365, 0.400]", "(0, 10)", ">= 0.8", "< 0.60", "9 +- 1".

A square bracket holds its end, a round one does not. Numbers keep the spelling of the source, so that
a limit is shown as its author wrote it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from negatrode.core.errors import ClaimError

MAX_LENGTH = 80
_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)"
_BRACKETS = re.compile(rf"^([\[(])\s*{_NUMBER}\s*,\s*{_NUMBER}\s*([\])])$")
_ONE_SIDED = re.compile(rf"^(>=|<=|>|<|=)\s*{_NUMBER}$")
_TOLERANCE = re.compile(rf"^{_NUMBER}\s*\+-\s*{_NUMBER}$")
_WRITTEN = {"≥": ">=", "≤": "<=", "±": "+-", "+/-": "+-", "−": "-"}
_FORMS = "write it as '[0.365, 0.400]', '[0.40, 0.60)', '>= 0.8', '< 0.5' or '9 +- 1'"


@dataclass(frozen=True)
class Interval:
    """The allowed values of a quantity; an end is held (closed) unless ``*_open``."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    low_text: str = field(default="", compare=False)
    high_text: str = field(default="", compare=False)

    def holds(self, values: Any) -> Any:
        """Whether values lie inside, elementwise; never for nan."""
        above = values > self.low if self.low_open else values >= self.low
        below = values < self.high if self.high_open else values <= self.high
        return above & below

    @property
    def is_empty(self) -> bool:
        """Whether no number lies inside."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def covers(self, other: Interval) -> bool:
        """Whether every number of ``other`` lies inside."""
        if other.is_empty:
            return True
        low = self.low < other.low or (self.low == other.low and (other.low_open or not self.low_open))
        high = self.high > other.high or (self.high == other.high and (other.high_open or not self.high_open))
        return low and high

    def meet(self, other: Interval) -> Interval:
        """The numbers in both."""
        low = max(self, other, key=lambda i: (i.low, i.low_open))
        high = min(self, other, key=lambda i: (i.high, not i.high_open))
        return Interval(low.low, high.high, low.low_open, high.high_open, low.low_text, high.high_text)

    def join(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        low = min(self, other, key=lambda i: (i.low, i.low_open))
        high = max(self, other, key=lambda i: (i.high, not i.high_open))
        return Interval(low.low, high.high, low.low_open, high.high_open, low.low_text, high.high_text)

    def margin(self, value: float) -> float:
        """Distance from a value to the nearest end, positive inside, negative outside."""
        return min(value - self.low, self.high - value)

    def converted(self, change: Callable[[float], float]) -> Interval:
        """The same interval in another unit (``change`` maps a number of the old one to the new one)."""
        low, high = (v if math.isinf(v) else float(f"{change(v):.12g}") for v in (self.low, self.high))
        return replace(self, low=low, high=high, low_text="", high_text="")

    def text(self, name: str, unit: str = "1") -> str:
        """The limit as one writes it.

        >>> parse_interval("[0.365, 0.400]").text("d002", "nm")
        '0.365 <= d002 <= 0.400 nm'
        >>> parse_interval("< 0.5").text("a + b", "wt%")
        'a + b < 0.5 wt%'
        """
        low, high = self.low_text or f"{self.low:g}", self.high_text or f"{self.high:g}"
        above, below = "<" if self.low_open else "<=", "<" if self.high_open else "<="
        if math.isinf(self.high):
            core = f"{name} {'>' if self.low_open else '>='} {low}"
        elif math.isinf(self.low):
            core = f"{name} {below} {high}"
        elif self.low == self.high:
            core = f"{name} = {low}"
        else:
            core = f"{low} {above} {name} {below} {high}"
        return core if unit == "1" else f"{core} {unit}"


def parse_interval(text: str, *, where: str = "") -> Interval:
    """Read an interval.

    Raises ClaimError for what is none, and for numbers that are not finite.

    >>> parse_interval("[0.40, 0.60)")  # doctest: +ELLIPSIS
    Interval(low=0.4, high=0.6, low_open=False, high_open=True, ...)
    >>> parse_interval("9 +- 1").text("dv50", "um")
    '8 <= dv50 <= 10 um'
    """
    plain = text.strip()
    for written, meant in _WRITTEN.items():
        plain = plain.replace(written, meant)
    if len(plain) <= MAX_LENGTH:
        if found := _BRACKETS.match(plain):
            opening, low, high, closing = found.groups()
            return _interval(low, high, where, low_open=opening == "(", high_open=closing == ")")
        if found := _ONE_SIDED.match(plain):
            sign, number = found.groups()
            return _one_sided(sign, number, where)
        if found := _TOLERANCE.match(plain):
            middle, half = (_decimal(part, where) for part in found.groups())
            if half < 0:
                raise ClaimError(f"'{text}'", where=where, rule="a tolerance is not negative")
            return _interval(str(middle - half), str(middle + half), where)
    raise ClaimError(f"'{text[:MAX_LENGTH]}' is no interval", where=where, rule=_FORMS)


def _one_sided(sign: str, number: str, where: str) -> Interval:
    if sign == "=":
        return _interval(number, number, where)
    if sign.startswith(">"):
        return _interval(number, "", where, low_open=sign == ">")
    return _interval("", number, where, high_open=sign == "<")


def _interval(
    low: str, high: str, where: str, *, low_open: bool = False, high_open: bool = False
) -> Interval:
    bottom = _finite(low, where) if low else -math.inf
    top = _finite(high, where) if high else math.inf
    return Interval(bottom, top, low_open, high_open, low, high)


def _finite(number: str, where: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ClaimError(
            f"{number} is not a finite number", where=where, rule="leave an end out as in '>= 0.8'"
        )
    return value


def _decimal(number: str, where: str) -> Decimal:
    _finite(number, where)
    return Decimal(number)
