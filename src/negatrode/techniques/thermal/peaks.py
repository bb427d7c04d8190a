"""Exothermic peaks of a heating run: smoothing, baseline, which maxima are peaks, where their tops are.

The run is smoothed over 12 K (Savitzky-Golay, cubic); the baseline is the lower convex hull, straight
under each peak; a top is the vertex of a cubic through the points above 85 % of the height.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal

Array = NDArray[np.float64]

SMOOTHING = 12.0  # K
START = 2.0  # min of heating, in which the furnace settles
CLEAR = 8.0  # standard deviations of the smoothed noise that a peak rises above its surroundings
SHARE = 0.05  # of the tallest peak, below which a maximum is none
WIDTHS = (4.0, 300.0)  # K at half height
TOP, WIDER_TOP = 0.85, 0.70
FALLEN = 0.5  # of its height, by which the last peak must have come down within the record
STILL_MOVING = 0.15  # of the steepest slope, at the end of the record
DIP, DIP_WIDTH = 0.10, 150.0  # of the tallest peak, K: endotherms that deep are kept out of the baseline


@dataclass(frozen=True, eq=False)
class Curve:
    """A signal over an even grid, with its baseline and noise.

    ``raw``, ``smooth``, ``lifted`` (smoothed, deep endotherms filled up), ``baseline`` and
    ``temperature`` have shape (n,); ``noise`` is the standard
    deviation of one raw point, ``step`` the mean spacing in K; ``dip`` the depth of the endotherms kept
    out of the baseline (0 where none).
    """

    temperature: Array
    raw: Array
    smooth: Array
    lifted: Array
    baseline: Array
    noise: float
    step: float
    dip: float = 0.0

    @property
    def height(self) -> Array:
        """Smoothed signal above the baseline."""
        return self.lifted - self.baseline


@dataclass(frozen=True)
class Top:
    """The top of a peak: temperature in degC, height, and the standard uncertainties of the position in K."""

    temperature: float
    height: float
    area: float
    u_noise: float
    u_shape: float
    u_baseline: float


def curve_of(temperature: Array, signal: Array, *, rate: float) -> Curve:
    """Smoothed signal and baseline, without the first two minutes of heating."""
    from scipy.ndimage import median_filter
    from scipy.signal import savgol_filter

    begin = temperature[0] + min(START * rate, 0.1 * float(np.ptp(temperature)))
    kept = slice(int(np.argmax(temperature >= begin)), None)
    temperature, raw = temperature[kept], signal[kept]
    noise = _noise(raw)
    despiked = median_filter(raw, size=5, mode="nearest")
    raw = np.where(np.abs(raw - despiked) > max(20.0 * noise, 1e-12), despiked, raw)
    step = float(np.ptp(temperature)) / (len(raw) - 1)
    window = smoothing_window(step, len(raw))
    smooth = savgol_filter(raw, window, 3)
    noise = max(noise, _spread(raw - smooth) / math.sqrt(max(1.0 - 2.25 / window, 0.2)))
    warm = np.maximum.accumulate(savgol_filter(temperature, window, 1))
    lifted, dip = _without_dips(smooth, step)
    return Curve(warm, raw, smooth, lifted, lower_hull(lifted), noise, step, dip)


def smoothing_window(step: float, points: int) -> int:
    """Odd number of points over 12 K, five at least."""
    return min(max(5, int(SMOOTHING / max(step, 1e-9)) // 2 * 2 + 1), (points - 1) // 2 * 2 - 1)


def _noise(raw: Array) -> float:
    """Standard deviation of white noise, from the second differences."""
    return _spread(np.diff(raw, 2)) / math.sqrt(6.0)


def _spread(values: Array) -> float:
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _without_dips(smooth: Array, step: float) -> tuple[Array, float]:
    """The signal with its endotherms filled up to the chord between the ends of the run, and their depth.

    A wide hollow is drift of the baseline and stays.
    """
    from scipy.signal import find_peaks

    edge = max(3, len(smooth) // 30)
    chord = np.linspace(np.median(smooth[:edge]), np.median(smooth[-edge:]), len(smooth))
    limit = DIP * float(np.max(smooth - chord))
    at, _ = find_peaks(-smooth, prominence=max(limit, 1e-300), width=(None, DIP_WIDTH / step))
    depth = float(np.max((chord - smooth)[at], initial=0.0))
    return (np.maximum(smooth, chord), depth) if depth > limit else (smooth, 0.0)


def lower_hull(values: Array) -> Array:
    """The lower convex hull of values on an even grid: the straight lines under the peaks.

    >>> lower_hull(np.array([0.0, 5.0, 1.0, 4.0, 0.0])).tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    y = values.tolist()
    hull: list[int] = []
    for i in range(len(y)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (y[b] - y[a]) * (i - a) >= (y[i] - y[a]) * (b - a):
                hull.pop()
            else:
                break
        hull.append(i)
    at = np.array(hull)
    return np.asarray(np.interp(np.arange(len(y)), at, values[at]), dtype=float)


def tops(curve: Curve, path: str, *, what: str = "exothermic peak") -> tuple[Top, ...]:
    """All peaks by rising temperature; Refusal where there is none or the last one is cut off."""
    from scipy.signal import find_peaks, peak_widths, savgol_coeffs

    height = curve.height
    window = smoothing_window(curve.step, len(height))
    limit = CLEAR * curve.noise * float(np.sqrt(np.sum(savgol_coeffs(window, 3) ** 2)))
    limit = max(limit, 1e-9 * float(np.max(np.abs(curve.raw))))
    at, found = find_peaks(height, prominence=limit)
    width = peak_widths(height, at)[0] * curve.step if len(at) else np.zeros(0)
    clear = (width >= max(WIDTHS[0], 3.0 * curve.step)) & (width <= WIDTHS[1])
    at, prominence = at[clear], found["prominences"][clear]
    at = at[prominence >= SHARE * float(np.max(prominence, initial=0.0))]
    _require_complete(curve, at, limit, path, what)
    if not len(at):
        raise Refusal(
            f"no {what} rises above {limit:.3g}, {CLEAR:g} times the noise",
            where=path,
            rule="a peak rises clearly above its surroundings and comes down again",
            remedy="Check thermal.direction and the atmosphere; measure with more sample",
        )
    return tuple(_top(curve, int(i)) for i in at)


def _require_complete(curve: Curve, at: NDArray[np.int_], limit: float, path: str, what: str) -> None:
    """Refusal where the record ends on the flank of a peak: rising, hardly fallen, or still steep."""
    lifted = curve.lifted
    last = int(at[-1]) if len(at) else int(np.argmax(lifted))
    span = float(np.ptp(lifted))
    edge = max(5, round(15.0 / curve.step))
    slope = float(np.polyfit(np.arange(edge), curve.raw[-edge:], 1)[0])
    steepest = float(np.max(np.abs(np.gradient(curve.smooth))))
    moving = abs(slope) > STILL_MOVING * steepest and abs(slope) * edge > 0.5 * limit
    rise = float(lifted[-1] - np.min(lifted[last:]))
    fallen = float(lifted[last] - lifted[-1]) < FALLEN * float(lifted[last] - np.min(lifted[: last + 1]))
    if not len(at):
        cut = span > 2.0 * limit and slope > 0.0 and moving
    else:
        cut = fallen or (moving and slope < 0.0) or (moving and rise > max(2.0 * limit, 0.1 * span))
    if cut:
        raise Refusal(
            f"the record ends at {curve.temperature[-1]:.0f} degC before the last {what} is complete",
            where=path,
            rule="a peak comes down again within the record",
            remedy="Heat further, or export the whole run",
        )


def _top(curve: Curve, i: int) -> Top:
    """Position of a top by a cubic through its points; its uncertainty from noise, window, baseline."""
    left, right = _feet(curve, i)
    straight = curve.raw - curve.baseline
    u, spread = _vertex(straight, *_above(curve.height, i, TOP), curve.noise)
    wider, _ = _vertex(straight, *_above(curve.height, i, WIDER_TOP), curve.noise)
    stepped = curve.raw - _stepped(curve, left, right)
    other, _ = _vertex(stepped, *_above(curve.height, i, TOP), curve.noise)
    at, here = np.interp((u, u + 0.5, u - 0.5), np.arange(len(straight)), curve.temperature), curve.step
    local = max(float(at[1] - at[2]), 0.2 * here)
    return Top(
        temperature=float(at[0]),
        height=float(curve.height[i]),
        area=float(np.sum(curve.height[left : right + 1])) * here,
        u_noise=local * math.hypot(spread, 1.0 / math.sqrt(12.0) if spread == 0.0 else 0.0),
        u_shape=local * abs(wider - u) / math.sqrt(3.0),
        u_baseline=local * abs(other - u) / math.sqrt(3.0),
    )


def _above(height: Array, i: int, share: float) -> tuple[int, int]:
    """First and last index around ``i`` above a share of its height, three points on either side."""
    low = np.flatnonzero(height < share * height[i])
    before, after = low[low < i], low[low > i]
    first = int(before[-1]) + 1 if len(before) else 0
    last = int(after[0]) - 1 if len(after) else len(height) - 1
    return max(0, min(first, i - 3)), min(len(height) - 1, max(last, i + 3))


def _feet(curve: Curve, i: int) -> tuple[int, int]:
    return _above(curve.height, i, 0.02)


def _vertex(values: Array, first: int, last: int, noise: float) -> tuple[float, float]:
    """Maximum of a cubic through values[first..last] as an index, and its standard deviation."""
    middle, half = 0.5 * (first + last), 0.5 * (last - first)
    x = (np.arange(first, last + 1) - middle) / half
    design = np.vander(x, 4, increasing=True)
    inverse = np.linalg.inv(design.T @ design)
    c = inverse @ design.T @ values[first : last + 1]
    fine = np.linspace(-1.0, 1.0, 401)
    z = float(fine[np.argmax(c[0] + fine * (c[1] + fine * (c[2] + fine * c[3])))])
    for _ in range(3):
        bend = 2.0 * c[2] + 6.0 * c[3] * z
        if bend >= 0.0:
            break
        z = min(1.0, max(-1.0, z - float(c[1] + 2.0 * c[2] * z + 3.0 * c[3] * z * z) / float(bend)))
    bend = float(2.0 * c[2] + 6.0 * c[3] * z)
    slope = np.array([0.0, 1.0, 2.0 * z, 3.0 * z * z])
    spread = noise * math.sqrt(float(slope @ inverse @ slope)) / abs(bend) if bend < 0.0 else 1.0
    return middle + half * z, half * min(spread, 1.0)


def _stepped(curve: Curve, left: int, right: int) -> Array:
    """Baseline that goes from foot to foot with the area burnt so far, as the heat capacity does."""
    share = np.concatenate(([0.0], np.cumsum(np.clip(curve.height[left:right], 0.0, None))))
    share = share / share[-1] if share[-1] > 0.0 else np.linspace(0.0, 1.0, len(share))
    baseline = curve.baseline.copy()
    baseline[left : right + 1] = baseline[left] + (baseline[right] - baseline[left]) * share
    return baseline
