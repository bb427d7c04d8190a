"""Sharp lines: found, measured (silicon) or masked (holder, graphite, impurities)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Si (111): a = 0.543102 nm (SRM 640 family) over sqrt(3)
SILICON_D111 = 0.543102 / np.sqrt(3.0)
SHARP = 0.7  # deg: wider features are bands
SIGMAS = 6.0


@dataclass(frozen=True)
class Line:
    """A sharp line: position and width at half height (deg), height above the band, its noise."""

    two_theta: float
    width: float
    height: float
    noise: float


def noise_factor(y: Array, smooth: Array) -> float:
    """phi of var = phi * intensity, from the residuals of a smooth curve (1 for Poisson counts).

    The median of squared normal residuals is 0.4549 of their variance; a median is blind to lines.
    """
    level = np.maximum(smooth, 1e-9 + 1e-6 * float(np.max(np.abs(smooth))))
    return max(float(np.median((y - smooth) ** 2 / level)) / 0.4549, 1e-12)


def sharp_lines(x: Array, y: Array, scale: float = 1.0) -> tuple[list[Line], NDArray[np.bool_], Array]:
    """Lines narrower than SHARP * scale that stand SIGMAS above; their mask; the bands without them.

    The bands are a cubic Savitzky-Golay curve of the scan with everything above it clipped, repeated:
    it follows the curvature of a band and, clipped, is not lifted by a line.
    """
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import find_peaks, peak_widths, savgol_filter

    step = float(np.median(np.diff(x)))
    points = min(max(7, 2 * round(0.9 * scale / step) + 1), 2 * ((len(x) - 1) // 2) - 1)
    base = np.asarray(savgol_filter(y, points, 3), dtype=float)
    for _ in range(10):
        phi = noise_factor(y, base)
        noise = np.sqrt(phi * np.maximum(base, 1e-12))
        base = np.asarray(savgol_filter(np.minimum(y, base + 2.0 * noise), points, 3), dtype=float)
    phi = noise_factor(y, base)
    noise = np.sqrt(phi * np.maximum(base, 1e-12))
    light = max(1, round(0.08 * scale / step))
    excess = uniform_filter1d(y - base, light, mode="nearest")
    peaks, _ = find_peaks(excess, height=SIGMAS * noise / np.sqrt(light))
    widths = peak_widths(excess, peaks, rel_height=0.5)[0] * step if len(peaks) else np.array([])
    lines = [
        Line(float(x[p]), float(w), float(excess[p]), float(noise[p]))
        for p, w in zip(peaks, widths, strict=True)
        if w <= SHARP * scale and excess[p] > 0.05 * base[p]
    ]
    mask = np.zeros(len(x), dtype=bool)
    for line in lines:
        # a line's Lorentzian tail is left out as far as it stands above half the noise
        tail = 0.5 * line.width * np.sqrt(2.0 * line.height / max(line.noise, 1e-12))
        mask |= np.abs(x - line.two_theta) <= np.clip(tail, max(2.0 * line.width, 3.0 * step), 1.6 * scale)
    return lines, mask, base


def bridged(x: Array, y: Array, mask: NDArray[np.bool_]) -> Array:
    """The scan with masked points replaced by a cubic through what stands on both sides of each gap.

    A straight line between the sides would miss the curvature of a band's flank. Where one side has too
    few points (the end of the scan), the mean of the others stands in the gap.
    """
    if not mask.any() or mask.all():
        return y
    filled = y.copy()
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        reach = max(5, (stop - start) // 2)
        left = np.flatnonzero(~mask[:start])[-reach:]
        right = stop + np.flatnonzero(~mask[stop:])[:reach]
        sides = np.concatenate([left, right])
        degree = 3 if min(len(left), len(right)) >= 4 else 0
        cubic = np.polynomial.Polynomial.fit(x[sides], y[sides], degree)
        filled[start:stop] = cubic(x[start:stop])
    return filled


@dataclass(frozen=True, eq=False)
class SiliconLine:
    """A fitted pseudo-Voigt: height, position and width (deg), Lorentzian share, error of the position.

    ``covariance`` (4, 4) is that of height, position, width and share.
    """

    height: float
    two_theta: float
    width: float
    eta: float
    error: float
    expected: float
    covariance: Array

    @property
    def offset(self) -> float:
        """2 theta measured minus true, deg."""
        return self.two_theta - self.expected

    def curve(self, x: Array) -> Array:
        """The line alone, with its tails, at the angles ``x``."""
        return _line(x, self.height, self.two_theta, self.width, self.eta)


def redrawn(line: SiliconLine, x: Array, rng: np.random.Generator, copies: int) -> Array:
    """What the line might have been instead: drawn curves minus the fitted one, shape (copies, n)."""
    values = np.array([line.height, line.two_theta, line.width, line.eta])
    drawn = rng.multivariate_normal(values, line.covariance, copies, method="eigh")
    drawn[:, 2] = np.clip(drawn[:, 2], 0.3 * line.width, 3.0 * line.width)
    drawn[:, 3] = np.clip(drawn[:, 3], 0.0, 1.0)
    return np.stack([_line(x, *row) for row in drawn]) - line.curve(x)


def _line(x: Array, height: float, place: float, width: float, eta: float) -> Array:
    t = (x - place) / width
    curve: Array = height * (eta / (1.0 + 4.0 * t * t) + (1.0 - eta) * np.exp(-4.0 * np.log(2.0) * t * t))
    return curve


def silicon_line(x: Array, y: Array, wavelength: float) -> SiliconLine | None:
    """The Si (111) line within 0.7 deg of where it must be, or None where no sharp line stands there.

    A pseudo-Voigt on a parabola is fitted within 1.6 deg; its tails reach far under the carbon band.
    """
    from scipy.optimize import curve_fit

    expected = float(2.0 * np.degrees(np.arcsin(min(wavelength / (2.0 * SILICON_D111), 1.0))))
    near = np.abs(x - expected) <= 1.6
    core = np.abs(x - expected) <= 0.7
    if core.sum() < 8 or near.sum() < 12:
        return None
    xs, ys = x[near], y[near]
    level = float(np.median(ys))
    peak = expected + float((x[core] - expected)[np.argmax(y[core])])
    height = float(np.max(y[core])) - level
    noise = np.sqrt(np.maximum(ys, max(level, 1e-9)) * noise_factor(ys, np.full(len(ys), max(level, 1e-9))))
    if height < 5.0 * float(np.median(noise)):
        return None

    def model(
        at: Array, a: float, place: float, w: float, eta: float, b0: float, b1: float, b2: float
    ) -> Array:
        t = at - expected
        return np.asarray(_line(at, a, place, w, eta) + b0 + b1 * t + b2 * t * t)

    step = float(np.median(np.diff(xs)))
    start = [height, peak, max(0.12, 2.0 * step), 0.5, level, 0.0, 0.0]
    low = [0.0, expected - 0.8, 0.5 * step, 0.0, -np.inf, -np.inf, -np.inf]
    high = [np.inf, expected + 0.8, SHARP, 1.0, np.inf, np.inf, np.inf]
    try:
        found, covariance = curve_fit(model, xs, ys, start, sigma=noise, bounds=(low, high), max_nfev=400)
    except (RuntimeError, ValueError):
        return None
    error = float(np.sqrt(covariance[1, 1]))
    if (
        not np.isfinite(error)
        or error > 0.05
        or found[0] < 5.0 * float(np.median(noise))
        or found[2] >= 0.99 * SHARP
    ):
        return None
    height, place, width, eta = (float(v) for v in found[:4])
    # the twentieth of a step stands for what sampling a narrow line leaves open
    return SiliconLine(
        height, place, width, eta, float(np.hypot(error, 0.05 * step)), expected, covariance[:4, :4]
    )
