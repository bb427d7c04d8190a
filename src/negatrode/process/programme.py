"""Furnace programmes: temperature and gas against time, by ramps and holds or by points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError

Array = NDArray[np.float64]
ZERO_CELSIUS = 273.15
_MOST_SECONDS = 60 * 86400.0
_CELSIUS = (-50.0, 3000.0)


@dataclass(frozen=True)
class Gas:
    """A furnace atmosphere: its name and its mole fraction of oxygen (O2) at 1 bar."""

    name: str
    oxygen: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.oxygen <= 1.0:
            raise InputError(f"{self.name}: {self.oxygen:g} of oxygen", rule="a mole fraction from 0 to 1")

    @property
    def is_oxidizing(self) -> bool:
        """Whether it holds oxygen (more than the 0.1 % that furnaces leak)."""
        return self.oxygen > 1e-3


AIR = Gas("air", 0.2095)
GASES = {
    "air": AIR,
    "O2": Gas("O2", 1.0),
    "N2": Gas("N2"),
    "Ar": Gas("Ar"),
    "He": Gas("He"),
    "vacuum": Gas("vacuum"),
}


@dataclass(frozen=True, eq=False)
class Programme:
    """Temperature linear between corners; one gas between two corners.

    Attributes
    ----------
    seconds:
        Shape (n + 1,): times of the corners, from 0, each later than the one before.
    celsius:
        Shape (n + 1,): temperatures at the corners.
    gases:
        n of them.
    """

    seconds: Array
    celsius: Array
    gases: tuple[Gas, ...]
    where: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "seconds", np.asarray(self.seconds, dtype=np.float64))
        object.__setattr__(self, "celsius", np.asarray(self.celsius, dtype=np.float64))
        n = self.seconds.size
        if n < 2 or self.celsius.shape != (n,) or len(self.gases) != n - 1:
            raise InputError(
                f"{n} times, {self.celsius.size} temperatures and {len(self.gases)} gases",
                where=self.where,
                rule="a programme has two corners or more, a temperature at each and a gas between two",
            )
        if not (np.isfinite(self.seconds).all() and np.isfinite(self.celsius).all()):
            raise InputError("a time or temperature that is no number", where=self.where)
        back = np.flatnonzero(np.diff(self.seconds) <= 0)
        if back.size:
            k = int(back[0])
            raise InputError(
                f"the programme goes back in time: {self.seconds[k + 1] / 3600:g} h "
                f"after {self.seconds[k] / 3600:g} h",
                where=self.where,
                rule="each corner is later than the one before",
            )
        if self.seconds[-1] - self.seconds[0] > _MOST_SECONDS:
            raise InputError(f"{self.seconds[-1] / 86400:g} days", where=self.where, rule="60 days at most")
        low, high = _CELSIUS
        if self.celsius.min() < low or self.celsius.max() > high:
            raise InputError(
                f"{self.celsius.min():g} to {self.celsius.max():g} degC",
                where=self.where,
                rule=f"{low:g} to {high:g} degC",
            )

    @property
    def kelvin(self) -> Array:
        """Temperatures at the corners (K)."""
        return self.celsius + ZERO_CELSIUS

    @property
    def end(self) -> float:
        """Time of the last corner (s)."""
        return float(self.seconds[-1])

    @cached_property
    def oxygen(self) -> Array:
        """Mole fraction of O2 between the corners, shape (n,)."""
        return np.array([g.oxygen for g in self.gases])

    @property
    def is_oxidizing(self) -> bool:
        """Whether any of its gases holds oxygen."""
        return any(g.is_oxidizing for g in self.gases)

    def kelvin_at(self, seconds: ArrayLike) -> Array:
        """Temperature (K) at times (s); that of the ends beyond them."""
        return np.asarray(np.interp(np.asarray(seconds, dtype=np.float64), self.seconds, self.kelvin))

    def piece(self, seconds: ArrayLike) -> NDArray[np.intp]:
        """Index of the piece between corners that a time lies in; a corner belongs to the piece it ends."""
        found = np.searchsorted(self.seconds, np.asarray(seconds, dtype=np.float64), side="left") - 1
        pieces: NDArray[np.intp] = np.clip(found, 0, len(self.gases) - 1)
        return pieces

    def oxygen_at(self, seconds: ArrayLike) -> Array:
        """Mole fraction of O2 at times (s)."""
        return np.asarray(self.oxygen[self.piece(seconds)])

    def grid(self, most_kelvin: float = 2.0, most_seconds: float = 120.0) -> Array:
        """Times with every corner among them, no further apart than the steps given, shape (m,)."""
        parts = [self.seconds[:1]]
        for k in range(len(self.gases)):
            span = self.seconds[k + 1] - self.seconds[k]
            rise = abs(self.celsius[k + 1] - self.celsius[k])
            # A hold of days needs no more than a thousand points
            steps = max(int(np.ceil(rise / most_kelvin)), min(int(np.ceil(span / most_seconds)), 1000), 1)
            parts.append(np.linspace(self.seconds[k], self.seconds[k + 1], steps + 1)[1:])
        return np.concatenate(parts)


@dataclass(frozen=True)
class Step:
    """A ramp (``to`` in degC, ``rate`` in K/s) or a hold (``hold`` in s) under a gas."""

    gas: Gas
    to: float | None = None
    rate: float | None = None
    hold: float | None = None


def from_steps(steps: Sequence[Step], start: float = 25.0, where: str = "") -> Programme:
    """The programme of ramps and holds that begins at ``start`` (degC)."""
    seconds, celsius, gases = [0.0], [start], []
    for k, step in enumerate(steps):
        place = f"{where}[{k}]"
        if (step.hold is None) == (step.to is None):
            raise InputError(
                "neither a ramp nor a hold", where=place, rule="a step has 'to' with 'rate', or 'hold'"
            )
        if step.hold is not None:
            span, end = step.hold, celsius[-1]
        else:
            assert step.to is not None
            end = step.to
            if step.rate is None or not step.rate > 0:
                raise InputError(
                    "a ramp without a rate above zero",
                    where=place,
                    remedy='write rate = "5 K/min"; the sign follows from "to"',
                )
            span = abs(end - celsius[-1]) / step.rate
            if span == 0.0:
                continue
        if not span > 0:
            raise InputError(
                f"the programme goes back in time: a hold of {span / 3600:g} h",
                where=place,
                rule="a hold takes time",
            )
        seconds.append(seconds[-1] + span)
        celsius.append(end)
        gases.append(step.gas)
    return Programme(np.array(seconds), np.array(celsius), tuple(gases), where)
