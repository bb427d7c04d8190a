"""Position and width of a band on a straight background: arrays in, numbers out.

All functions take curves of shape (m, n), m noise copies of one scan, so that a bootstrap costs one call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shape:
    """Of each curve (shape (m,) each), angles in deg: centroid over the window and above half height,
    top, middle of the chord at half height, full width there, integral breadth, net height."""

    centroid: Array
    upper_centroid: Array
    top: Array
    middle: Array
    width: Array
    breadth: Array
    height: Array


def straight_line(x: Array, y: Array, feet: tuple[float, float], reach: float) -> Array:
    """Background through the means of the points within ``reach`` (deg) of each foot; shape of y."""
    means, places = [], []
    for foot in feet:
        near = np.abs(x - foot) <= reach
        if not near.any():
            near = np.abs(x - foot) <= np.min(np.abs(x - foot)) + 1e-12
        means.append(y[:, near].mean(axis=1))
        places.append(float(x[near].mean()))
    slope = (means[1] - means[0]) / (places[1] - places[0])
    line: Array = means[0][:, None] + slope[:, None] * (x - places[0])[None, :]
    return line


def smoothed(x: Array, y: Array, width: float) -> Array:
    """Savitzky-Golay, cubic, over ``width`` deg; a width well below the band's leaves it as it is."""
    from scipy.signal import savgol_filter

    step = float(np.median(np.diff(x)))
    points = max(5, 2 * round(width / step / 2.0) + 1)
    points = min(points, 2 * ((len(x) - 1) // 2) - 1)
    return np.asarray(savgol_filter(y, points, 3, axis=1), dtype=float)


def shape(x: Array, net: Array, smooth: Array) -> Shape:
    """Position and width of each net curve; ``smooth`` is used for the top and the half-height chord only."""
    weight = np.gradient(x)[None, :]
    area = np.sum(net * weight, axis=1)
    centroid = np.sum(net * weight * x, axis=1) / area
    top, height = _top(x, smooth)
    left, right = _chord(x, smooth, top, 0.5 * height)
    inside = (x[None, :] >= left[:, None]) & (x[None, :] <= right[:, None])
    upper = np.where(inside, net, 0.0) * weight
    upper_centroid = np.sum(upper * x, axis=1) / np.sum(upper, axis=1)
    return Shape(centroid, upper_centroid, top, 0.5 * (left + right), right - left, area / height, height)


def _top(x: Array, smooth: Array) -> tuple[Array, Array]:
    """Maximum of the cubic through the points above 80 % of the largest (a band's top is lopsided)."""
    tops, heights = np.empty(len(smooth)), np.empty(len(smooth))
    for i, curve in enumerate(smooth):
        peak = int(np.argmax(curve))
        near = _run_above(curve, peak, 0.8 * curve[peak])
        tops[i], heights[i] = x[peak], curve[peak]
        if near.stop - near.start < 6:
            continue
        cubic = np.polynomial.Polynomial.fit(x[near], curve[near], 3)
        roots = cubic.deriv().roots()
        real = roots[np.isreal(roots)].real
        inside = real[(real >= x[near.start]) & (real <= x[near.stop - 1]) & (cubic.deriv(2)(real) < 0.0)]
        if inside.size:
            tops[i] = float(inside[np.argmax(cubic(inside))])
            heights[i] = float(cubic(tops[i]))
    return tops, heights


def _run_above(curve: Array, peak: int, level: float) -> slice:
    below = np.flatnonzero(curve < level)
    start = below[below < peak].max(initial=-1) + 1
    stop = below[below > peak].min(initial=len(curve))
    return slice(int(start), int(stop))


def _chord(x: Array, smooth: Array, top: Array, level: Array) -> tuple[Array, Array]:
    left, right = np.empty(len(smooth)), np.empty(len(smooth))
    for i, curve in enumerate(smooth):
        run = _run_above(curve, int(np.argmin(np.abs(x - top[i]))), level[i])
        left[i] = _crossing(x, curve, run.start - 1, level[i])
        right[i] = _crossing(x, curve, run.stop - 1, level[i])
    return left, right


def _crossing(x: Array, curve: Array, at: int, level: float) -> float:
    """Angle between two points where the curve crosses the level; the end of the scan where it does not."""
    if at < 0:
        return float(x[0])
    if at + 1 >= len(x):
        return float(x[-1])
    rise = curve[at + 1] - curve[at]
    share = 0.5 if rise == 0.0 else (level - curve[at]) / rise
    return float(x[at] + np.clip(share, 0.0, 1.0) * (x[at + 1] - x[at]))
