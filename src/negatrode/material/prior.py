"""Numbers of the links with their intervals: the one list, and draws from it.

A prior is normal on its scale (linear or logarithmic) with a half of its own on either side of the
median: ``low`` and ``high`` are its 5 % and 95 % points. Drawn as ``z`` (standard normal, one stream a
key), so that a calibration is a posterior over ``z``.
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.catalogue import near_matches
from negatrode.core.errors import InputError

Array = NDArray[np.float64]
Z_95 = 1.6448536269514722  # 95 % point of the standard normal distribution
MARKS = {
    "V": "read in the source named",
    "C": "computed from published data or first principles",
    "R": "recalled background knowledge, not verified",
    "A": "assumption",
}
WORDS = ("strong", "usable", "weak")


@dataclass(frozen=True)
class Prior:
    """A number of a link: median, 5 % and 95 % points, unit, mark, confidence word, source.

    ``scale`` is "linear" or "log"; ``least`` and ``most`` are what it cannot leave;
    ``title`` names it for readers (by default the key's own name).
    """

    key: str
    value: float
    low: float
    high: float
    unit: str
    mark: str
    confidence: str
    source: str
    scale: str = "linear"
    least: float = -math.inf
    most: float = math.inf
    title: str = ""

    def __post_init__(self) -> None:
        fits = self.low <= self.value <= self.high and self.least <= self.value <= self.most
        if not fits or (self.scale == "log" and not self.low > 0):
            raise InputError(
                f"{self.key}: {self.value:g} with an interval from {self.low:g} to {self.high:g}",
                rule="low <= value <= high, and all positive on a logarithmic scale",
            )
        if self.mark not in MARKS or self.confidence not in WORDS or self.scale not in ("linear", "log"):
            raise InputError(
                f"{self.key}: mark {self.mark!r}, confidence {self.confidence!r}, scale {self.scale!r}",
                rule=f"marks {', '.join(MARKS)}; confidence {', '.join(WORDS)}; scale linear or log",
            )

    @property
    def is_exact(self) -> bool:
        """Whether it carries no interval."""
        return self.low == self.high

    def at(self, z: ArrayLike) -> Array:
        """Values at ``z`` standard deviations from the median (each half has its own)."""
        z = np.asarray(z, dtype=np.float64)
        if self.is_exact:
            return np.full(z.shape, self.value)
        if self.scale == "log":
            up, down = math.log(self.high / self.value), math.log(self.value / self.low)
            values = self.value * np.exp(np.where(z < 0, down, up) * z / Z_95)
        else:
            up, down = self.high - self.value, self.value - self.low
            values = self.value + np.where(z < 0, down, up) * z / Z_95
        return np.asarray(np.clip(values, self.least, self.most), dtype=np.float64)

    def z_of(self, values: ArrayLike) -> Array:
        """Standard deviations from the median at which a value stands (the inverse of :meth:`at`)."""
        x = np.asarray(values, dtype=np.float64)
        if self.is_exact:
            return np.zeros(x.shape)
        if self.scale == "log":
            up, down = math.log(self.high / self.value), math.log(self.value / self.low)
            off = np.log(np.maximum(x, 1e-300) / self.value)
        else:
            up, down = self.high - self.value, self.value - self.low
            off = x - self.value
        span = np.where(off < 0, down if down > 0 else np.inf, up if up > 0 else np.inf)
        return np.asarray(off * Z_95 / span, dtype=np.float64)


@cache
def priors() -> Mapping[str, Prior]:
    """All of them by key ("hc.D_s"), from the files of the folder ``priors``."""
    found: dict[str, Prior] = {}
    files = resources.files("negatrode.material").joinpath("priors").iterdir()
    for file in sorted((f for f in files if f.name.endswith(".toml")), key=lambda f: f.name):
        for room, rows in tomllib.loads(file.read_text("utf-8")).items():
            for name, row in rows.items():
                key = f"{room}.{name}"
                if key in found:
                    raise InputError(f"{key} stands in two files of priors", where=file.name)
                value = float(row["value"])
                filled = {"low": value, "high": value} | row | {"key": key, "value": value}
                found[key] = Prior(**filled)
    return found


def prior(key: str) -> Prior:
    """One of them; InputError for a key that is none."""
    try:
        return priors()[key]
    except KeyError:
        raise InputError(f"no prior '{key}'", remedy=near_matches(key, list(priors()))) from None


class Draws(dict[str, Array]):
    """Standard-normal draws by key, made when first asked for and the same for the same seed.

    ``n`` draws; draw 0 is the median of everything (``z = 0``), so that a central curve is one of them.
    A calibrated material gives its posterior's ``z`` as ``known``.
    """

    def __init__(self, n: int, seed: int = 0, known: Mapping[str, Array] | None = None) -> None:
        super().__init__(known or {})
        self.n, self.seed = n, seed
        for key, z in self.items():
            if z.shape != (n,):
                raise InputError(f"{key}: {z.shape} draws", rule=f"{n} of each")

    def __missing__(self, key: str) -> Array:
        digest = hashlib.sha256(f"{self.seed}:prior:{key}".encode()).digest()
        z = np.random.default_rng(int.from_bytes(digest[:8], "little")).standard_normal(self.n)
        z[0] = 0.0
        self[key] = z
        return z

    def value(self, key: str) -> Array:
        """Draws of a prior by key."""
        return prior(key).at(self[key])


def weakest(words: Iterable[str]) -> str:
    """A chain is as strong as its weakest link."""
    order = list(WORDS)
    return max(words, key=order.index, default="strong")
