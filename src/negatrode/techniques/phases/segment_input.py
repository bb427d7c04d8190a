"""What the segmentation works on: net counts, checked, in units in which their noise is that of counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.core.estimate import Finding
from negatrode.techniques.phases.model import ElementMaps

Planes = NDArray[np.float32]
Array = NDArray[np.float64]

SMALLEST_SIDE = 24  # px
FEWEST_COUNTS = 5_000.0  # of the whole map: below it no phase can be told
_BLOCK = 4
# rows of blocks are left out beyond this many: the median of these varies by 1 %
_ENOUGH_BLOCKS = 16_384  # px a side within which the noise is looked at
_MEDIAN_15 = 0.956  # median of chi^2 / dof at 15 degrees of freedom
_POISSON = (0.6, 1.6)  # variance over mean that passes as counts
_MOST = 1e4  # counts a pixel that stand for a map without visible noise
_FAINT = 1.0  # counts a pixel below which the noise of counts is not checked


@dataclass(frozen=True, eq=False)
class Signal:
    """Net counts a pixel (or what has their noise).

    ``values``: shape (elements, rows, columns); ``noise``: counts a pixel that were subtracted, by element.
    """

    elements: tuple[str, ...]
    values: Planes
    noise: Array
    findings: tuple[Finding, ...] = ()


def check(maps: ElementMaps) -> None:
    """Refuse maps on which nothing can be divided: too small, empty, negative, not finite."""
    grid = maps.shape if maps.elements else (maps.grey.shape if maps.grey is not None else (0, 0))
    if min(grid) < SMALLEST_SIDE:
        raise Refusal(
            f"{grid[1]} x {grid[0]} pixels",
            where=maps.path,
            rule=f"phases are told on maps of {SMALLEST_SIDE} pixels or more a side",
        )
    for symbol, plane in zip(maps.elements, maps.values, strict=True):
        if not np.isfinite(plane).all():
            raise Refusal(
                f"{int((~np.isfinite(plane)).sum())} pixels of {symbol} are not finite", where=maps.path
            )
        if maps.quantity == "counts" and float(plane.min()) < 0.0:
            raise Refusal(
                f"{symbol} has {int((plane < 0.0).sum())} pixels below 0, down to {float(plane.min()):.4g}",
                where=maps.path,
                rule="counts are not negative",
                remedy="Export the gross counts, not the difference from a background",
            )
    if maps.elements and not float(np.abs(maps.values).max(initial=0.0)) > 0.0:
        raise Refusal("every pixel of every element is zero", where=maps.path, rule="there is no signal")


def signal_of(maps: ElementMaps, leave_out: tuple[str, ...] = ()) -> Signal:
    """Net counts of the elements with a signal; wt% and at% are scaled so that their noise is of counts."""
    findings: list[Finding] = []
    symbols, planes, noises = [], [], []
    for i, symbol in enumerate(maps.elements):
        plane = maps.values[i]
        if symbol in leave_out or not float(plane.max()) > 0.0:
            continue
        under = maps.background[i] if maps.background is not None else None
        net = plane - under if under is not None else plane
        scale, finding = _scale(net if maps.quantity != "counts" else plane, symbol, maps.quantity)
        if finding is not None:
            findings.append(finding)
        symbols.append(symbol)
        planes.append(np.asarray(net * np.float32(scale), dtype=np.float32))
        noises.append(scale * float(under.mean(dtype=np.float64)) if under is not None else 0.0)
    if not symbols:
        raise Refusal(
            "no element with a signal is left", where=maps.path, rule="two phases need one that differs"
        )
    values = np.stack(planes)
    total = float(values.sum(dtype=np.float64))
    if total < FEWEST_COUNTS:
        raise Refusal(
            f"{total:.0f} counts in the whole map", where=maps.path, rule=f"{FEWEST_COUNTS:.0f} are the least"
        )
    return Signal(tuple(symbols), values, np.array(noises), tuple(findings))


def _scale(plane: Planes, symbol: str, quantity: str) -> tuple[float, Finding | None]:
    """Factor that makes the variance of neighbours equal to the mean, and what there is to say of it."""
    ratio = dispersion(plane)
    if quantity == "counts":
        if ratio is None or _POISSON[0] <= ratio <= _POISSON[1]:
            return 1.0, None
        text = f"the noise of {symbol} is not that of counts: variance {ratio:.3g} times the mean"
        level = float(plane.mean(dtype=np.float64))
        return min(1.0 / max(ratio, 1e-9), _MOST / level), Finding("not-counts", text, warning=True)
    level = max(float(np.quantile(plane, 0.9)), 1e-9)
    return min(1.0 / max(ratio if ratio is not None else level / 4.0, 1e-9), _MOST / level), None


def dispersion(plane: Planes) -> float | None:
    """Variance over mean of the noise, by blocks of 4 x 4 pixels in the brighter half; None where too faint.

    >>> flat = np.random.default_rng(1).poisson(20.0, (64, 64)).astype(np.float32)
    >>> 0.9 < dispersion(flat) < 1.1
    True
    """
    rows, columns = plane.shape[0] // _BLOCK, plane.shape[1] // _BLOCK
    cut = plane[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
    cut = cut[:: max(rows * columns // _ENOUGH_BLOCKS, 1)]
    means = cut.mean(axis=(1, 3), dtype=np.float64).ravel()
    spreads = cut.var(axis=(1, 3), ddof=1, dtype=np.float64).ravel()
    bright = (means >= np.median(means)) & (means > 0.0)
    if not bright.any() or float(np.median(means[bright])) < _FAINT:
        return None
    return float(np.median(spreads[bright] / means[bright])) / _MEDIAN_15
