"""Moments and quantiles of a size histogram, on bare arrays (ISO 9276-1, 9276-2).

Symbols: low, high class bounds in um; f volume fractions that add to 1; D = sqrt(low high) class size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

POWER = {"volume": 3, "area": 2, "length": 1, "number": 0}


def class_sizes(low: Array, high: Array) -> Array:
    """Geometric mean of the bounds of each class, in um."""
    return np.asarray(np.sqrt(low * high), dtype=float)


def volume_fractions(low: Array, high: Array, fractions: Array, weighting: str) -> Array:
    """Volume fractions that add to 1, from fractions by volume, area, length or number."""
    weights = fractions * class_sizes(low, high) ** (3 - POWER[weighting])
    return np.asarray(weights / weights.sum(), dtype=float)


def number_fractions(low: Array, high: Array, f: Array) -> Array:
    """Number fractions that add to 1, from volume fractions."""
    n = f / class_sizes(low, high) ** 3
    return np.asarray(n / n.sum(), dtype=float)


def mean_size(low: Array, high: Array, f: Array, p: int, q: int) -> float:
    """D[p,q] = (sum n D^p / sum n D^q)^(1/(p-q)), p > q, in um; n = f / D^3.

    Limits: each class stands for its geometric mean, an error of order (ln(high/low))^2.

    >>> round(mean_size(np.array([1.0]), np.array([4.0]), np.array([1.0]), 4, 3), 6)
    2.0
    """
    d = class_sizes(low, high)
    return float((np.sum(f * d ** (p - 3)) / np.sum(f * d ** (q - 3))) ** (1.0 / (p - q)))


def mean_size_within(low: Array, high: Array, f: Array, p: int, q: int) -> float:
    """D[p,q] with the volume of each class spread evenly over ln D instead of at the class size."""
    return float(
        (_spread_moment(low, high, f, p - 3) / _spread_moment(low, high, f, q - 3)) ** (1.0 / (p - q))
    )


def _spread_moment(low: Array, high: Array, f: Array, power: int) -> float:
    if power == 0:
        return float(f.sum())
    return float(np.sum(f * (high**power - low**power) / (power * np.log(high / low))))


def mean_size_slopes(low: Array, high: Array, f: Array, p: int, q: int) -> Array:
    """d D[p,q] / d f_i for p - q = 1, shape of ``f``, in um per unit of volume fraction."""
    d = class_sizes(low, high)
    above, below = float(np.sum(f * d ** (p - 3))), float(np.sum(f * d ** (q - 3)))
    return np.asarray(d ** (p - 3) / below - above / below**2 * d ** (q - 3), dtype=float)


def quantile(low: Array, high: Array, f: Array, share: float) -> float:
    """Size below which ``share`` of the volume lies, linear in ln D within its class, in um."""
    cumulative = np.concatenate(([0.0], np.cumsum(f)))
    cumulative /= cumulative[-1]
    i = int(np.clip(np.searchsorted(cumulative, share, side="left") - 1, 0, len(f) - 1))
    part = (share - cumulative[i]) / (cumulative[i + 1] - cumulative[i])
    return float(low[i] * (high[i] / low[i]) ** part)


def quantile_spline(low: Array, high: Array, f: Array, share: float) -> float:
    """Size below which ``share`` of the volume lies, by a monotone cubic (PCHIP) in ln D."""
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import brentq

    cumulative = np.concatenate(([0.0], np.cumsum(f)))
    cumulative /= cumulative[-1]
    edges = np.log(np.concatenate((low[:1], high)))
    i = int(np.clip(np.searchsorted(cumulative, share, side="left") - 1, 0, len(f) - 1))
    curve = PchipInterpolator(edges, cumulative - share)
    if curve(edges[i]) == 0.0:
        return float(np.exp(edges[i]))
    if curve(edges[i + 1]) == 0.0:
        return float(np.exp(edges[i + 1]))
    return float(np.exp(brentq(curve, edges[i], edges[i + 1], xtol=1e-12)))


def quantile_slopes(low: Array, high: Array, f: Array, share: float) -> Array:
    """d quantile / d f_i with the fractions renormalised, shape of ``f``, in um per unit of fraction."""
    x = quantile(low, high, f, share)
    below = np.clip(np.log(x / low) / np.log(high / low), 0.0, 1.0)
    i = int(np.clip(np.searchsorted(low, x, side="right") - 1, 0, len(f) - 1))
    density = f[i] / np.log(high[i] / low[i]) / x
    return np.asarray((share - below) / density, dtype=float)
