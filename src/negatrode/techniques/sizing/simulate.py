"""Forward model of size distributions with sizes known in closed form, and their text as exports have it.

Volume distributions are sums of log-normals. With volume median m and sigma = ln GSD of a mode, the
volume moments are E[D^k] = sum w m^k exp(k^2 sigma^2 / 2), and D[p,q] = (E[D^(p-3)] / E[D^(q-3)])^(1/(p-q)).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# The 101 bounds of a Mastersizer 2000 export, 0.01 um to 10 mm in steps of 10^0.06
MASTERSIZER_BOUNDS: Array = np.logspace(-2.0, 4.0, 101, dtype=np.float64)


@dataclass(frozen=True)
class Mode:
    """A log-normal by volume: median in um, sigma = ln GSD, share of the volume."""

    median: float
    sigma: float
    share: float = 1.0


@dataclass(frozen=True)
class SizingErrors:
    """One draw of what may be wrong, all zero for a perfect instrument.

    ``scale``: relative error of all sizes; ``stretch``: relative error of ln(D/median); ``fines``: ln of
    the factor on the finest half per cent of the volume; ``noise``: relative sd of each class.
    """

    scale: float = 0.0
    stretch: float = 0.0
    fines: float = 0.0
    noise: float = 0.0


def true_mean(modes: Sequence[Mode], p: int, q: int) -> float:
    """D[p,q] in um, exact.

    >>> round(true_mean([Mode(10.0, 0.5)], 4, 3) / 10.0 - math.exp(0.125), 12)
    0.0
    """
    return float((_moment(modes, p - 3) / _moment(modes, q - 3)) ** (1.0 / (p - q)))


def _moment(modes: Sequence[Mode], k: int) -> float:
    total = sum(m.share for m in modes)
    return sum(m.share / total * m.median**k * math.exp(0.5 * k * k * m.sigma**2) for m in modes)


def cumulative(modes: Sequence[Mode], size: Array) -> Array:
    """Volume share below ``size`` (um), exact, shape of ``size``."""
    from scipy.special import ndtr

    total = sum(m.share for m in modes)
    parts = [m.share / total * ndtr(np.log(size / m.median) / m.sigma) for m in modes]
    return np.asarray(np.sum(parts, axis=0), dtype=float)


def true_quantile(modes: Sequence[Mode], share: float) -> float:
    """Size below which ``share`` of the volume lies, in um, by root finding on the exact cumulative."""
    from scipy.optimize import brentq

    ends = [math.log(m.median) + sign * 9.0 * m.sigma for m in modes for sign in (-1.0, 1.0)]
    root = brentq(lambda y: float(cumulative(modes, np.array(math.exp(y)))) - share, min(ends), max(ends))
    return math.exp(root)


def simulate_histogram(
    modes: Sequence[Mode],
    rng: np.random.Generator,
    *,
    bounds: Array = MASTERSIZER_BOUNDS,
    errors: SizingErrors | None = None,
) -> Array:
    """Volume per cent in each class of ``bounds`` (um, shape (n + 1,)) as the instrument reports it."""
    wrong = errors or SizingErrors()
    middle = true_quantile(modes, 0.5)
    seen = np.log(bounds / ((1.0 + wrong.scale) * middle)) / (1.0 + wrong.stretch)
    below = cumulative(modes, middle * np.exp(seen))
    factor = math.exp(wrong.fines)
    below = np.where(below < 0.005, below * factor, below + 0.005 * (factor - 1.0))
    fractions = np.diff(below)
    fractions = np.clip(fractions * (1.0 + wrong.noise * rng.standard_normal(len(fractions))), 0.0, None)
    return np.asarray(100.0 * fractions / fractions.sum(), dtype=float)


def plain_csv(bounds: Array, runs: Array) -> str:
    """A plain table of the first run of ``runs`` (shape (n,) or (runs, n)) with a header line."""
    lines = ["size_low [um],size_high [um],fraction [%]"]
    first = np.atleast_2d(runs)[0]
    lines += [f"{a:.6f},{b:.6f},{f:.6f}" for a, b, f in zip(bounds[:-1], bounds[1:], first, strict=True)]
    return "\n".join(lines) + "\n"


_HEADINGS = (
    "Sample Name,Sample source type,Sample bulk lot ref,SOP Name,Operator name,Measurement date and time,"
    "Analysis date and time,Particle name,Particle refractive index,Particle absorption index,"
    "Dispersant name,Dispersant refractive index,Accessory name,Analysis model ,Start result channel size,"
    "Last result channel size,Result emulation,Obscuration,Residual,Concentration,Span,Result transform type,"
    '"D [4, 3] - Volume weighted mean",Uniformity,Specific surface area,'
    '"D [3, 2] - Surface weighted mean ",d (0.1),d (0.5),d (0.9)'
)
_LEADING = 29


def mastersizer_csv(bounds: Array, runs: Array, *, sample: str = "hard carbon") -> str:
    """The csv export of a Mastersizer 2000: a row of headings, a row of bounds, a row a run.

    ``runs`` has shape (runs, n) in volume per cent. The printed sizes are those of the classes.
    """
    table = np.atleast_2d(runs)
    blanks = "," * (len(bounds) - 1)
    head = f"{_HEADINGS},Result Between User Sizes (Sizes in um){blanks},Operator Notes\n"
    limits = "," * _LEADING + ",".join(f"{b:.6f}" for b in bounds) + ",\n"
    return head + limits + "".join(_run(bounds, f, f"{sample} {i}") for i, f in enumerate(table, start=1))


def _run(bounds: Array, fractions: Array, name: str) -> str:
    size = np.sqrt(bounds[1:] * bounds[:-1])
    total = float(fractions.sum())
    d43, d32 = float(fractions @ size) / total, total / float(fractions @ (1.0 / size))
    under = np.concatenate(([0.0], np.cumsum(fractions))) / total
    inside = np.flatnonzero(fractions > 0.0)
    part = slice(int(inside[0]), int(inside[-1]) + 2)
    d10, d50, d90 = np.exp(np.interp((0.1, 0.5, 0.9), under[part], np.log(bounds[part])))
    uniformity = float(fractions @ np.abs(size - d50)) / total / d50
    return (
        f"{name},,,,lab,14/05/2024 09:49,14/05/2024 09:50,Carbon,2.42,1,Water,1.33,Hydro 2000S (A),"
        f"General purpose,{bounds[0]:g},{bounds[-1]:g},Off,12.26,0.428,0.0032,{(d90 - d10) / d50:.3f},Volume,"
        f"{d43:.3f},{uniformity:.3f},{6.0 / d32:.4f},{d32:.3f},{d10:.3f},{d50:.3f},{d90:.3f},,"
        + ",".join(f"{f:.6f}" for f in fractions)
        + ",\n"
    )
