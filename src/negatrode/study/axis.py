"""An axis of a study: what a named input may be, and how it is spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

from negatrode.core.errors import InputError
from negatrode.study.model import Value

# A normal axis is drawn, stepped and shown over this many standard deviations on either side.
REACH = 2.0


@dataclass(frozen=True)
class Axis:
    """One input of a study.

    Parameters
    ----------
    name:
        Such as ``sample.d002``.
    unit:
        Of its numbers; "1" where they have none.
    low, high:
        Ends of a range, spread evenly on ``scale`` ("linear" or "log").
    mean, deviation:
        Of a normal distribution, instead of a range.
    values:
        The only values it takes (numbers in ``unit``, or words), instead of a range.
    at:
        Where it stands while others are varied.
    title:
        For people.
    """

    name: str
    unit: str = "1"
    low: float = math.nan
    high: float = math.nan
    scale: str = "linear"
    mean: float = math.nan
    deviation: float = math.nan
    values: tuple[Value, ...] = ()
    at: Value | None = None
    title: str = ""
    where: str = ""

    def __post_init__(self) -> None:
        where = self.where or self.name
        if self.values:
            if len(set(self.values)) < len(self.values):
                raise InputError("a value stands there twice", where=where)
        elif self.is_normal:
            if not (self.deviation > 0 and math.isfinite(self.mean + self.deviation)):
                raise InputError(
                    f"a standard deviation of {self.deviation:g}", where=where, rule="it is above zero"
                )
        elif not (self.low < self.high and math.isfinite(self.low + self.high)):
            raise InputError(
                f"from {self.low:g} to {self.high:g}", where=where, rule="a range goes from low to high"
            )
        elif self.scale == "log" and not self.low > 0:
            raise InputError(
                f"from {self.low:g} on a logarithmic scale", where=where, rule="it begins above zero"
            )
        if self.at is not None:
            self._check_at(where)

    def _check_at(self, where: str) -> None:
        if self.values and self.at not in self.values:
            raise InputError(f"at = {self.at!r}", where=where, rule="one of its values")
        if not self.values and isinstance(self.at, str):
            raise InputError(f"at = {self.at!r}", where=where, rule="a number on a range")

    @property
    def is_normal(self) -> bool:
        """Whether it is normally distributed."""
        return not math.isnan(self.mean)

    @property
    def is_words(self) -> bool:
        """Whether its values are words."""
        return any(isinstance(v, str) for v in self.values)

    @property
    def label(self) -> str:
        """Title and unit, for axes and heads of tables."""
        title = self.title or self.name
        return title if self.unit == "1" else f"{title} / {self.unit}"

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of the range that is shown and stepped over."""
        if self.values:
            numbers = [float(v) for v in self.values if not isinstance(v, str)]
            return (min(numbers, default=0.0), max(numbers, default=0.0))
        if self.is_normal:
            return (self.mean - REACH * self.deviation, self.mean + REACH * self.deviation)
        return (self.low, self.high)

    @property
    def centre(self) -> Value:
        """Where it stands while others are varied: ``at``, else the middle."""
        if self.at is not None:
            return self.at
        if self.values:
            return self.values[len(self.values) // 2]
        return self.of_share(0.5)

    def of_share(self, share: float) -> Value:
        """The value below which a share (0 to 1) of the axis lies: the inverse of its distribution."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        if self.is_normal:
            from scipy.special import ndtri

            # Sobol's first point is the corner: no normal axis has one.
            return float(self.mean + self.deviation * ndtri(min(max(share, 1e-9), 1 - 1e-9)))
        if self.scale == "log":
            found = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            found = self.low + share * (self.high - self.low)
        return min(max(found, self.low), self.high)

    def share_of(self, value: Value) -> float:
        """Where a value stands between the shown ends, from 0 to 1."""
        if self.values:
            return (self.values.index(value) + 0.5) / len(self.values) if value in self.values else 0.5
        low, high = self.ends
        x = float(value)
        if self.scale == "log":
            low, high, x = math.log(low), math.log(high), math.log(max(x, 1e-300))
        return min(max((x - low) / (high - low), 0.0), 1.0)

    def levels(self, count: int) -> tuple[Value, ...]:
        """Steps from end to end, ends included; the listed values where it has them."""
        if self.values:
            return self.values
        low, high = self.ends
        if count == 1:
            return (self.centre,)
        if self.scale == "log":
            steps = [low * (high / low) ** (i / (count - 1)) for i in range(count)]
        else:
            steps = [low + (high - low) * i / (count - 1) for i in range(count)]
        steps[-1] = high
        return tuple(steps)
