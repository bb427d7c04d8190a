"""Shift between pictures of one section from separate scans, by phase correlation of their edges."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal

Picture = NDArray[np.float32]

UPSAMPLING = 20  # parts of a pixel (Guizar-Sicairos, Thurman and Fienup, Opt. Lett. 33 (2008) 156)
EDGE_SIGMA = 1.5  # px
LEAST_CORRELATION = 0.2  # of the edges after the shift; chance gives about 1/sqrt(pixels)
LARGEST_SHIFT = 0.25  # of a side


@dataclass(frozen=True)
class Shift:
    """What is added to the rows and columns of a picture to bring it onto the first, px."""

    rows: float
    columns: float
    correlation: float


def edges(picture: Picture) -> Picture:
    """Magnitude of the gradient, compressed by a square root; free of sign, so that contrasts may differ."""
    from scipy.ndimage import gaussian_gradient_magnitude

    return np.asarray(np.sqrt(gaussian_gradient_magnitude(picture, EDGE_SIGMA)), dtype=np.float32)


def shift_between(first: Picture, second: Picture, *, where: str) -> Shift:
    """The shift that brings ``second`` onto ``first``; Refusal where their edges do not match.

    Signals of different contrast (an electron image and counts) are compared by their edges.
    """
    from skimage import registration

    correlate: Callable[..., Any] = registration.phase_cross_correlation
    one, two = (_windowed(edges(p)) for p in (first, second))
    found, *_ = correlate(one, two, upsample_factor=UPSAMPLING, normalization=None)
    rows, columns = float(found[0]), float(found[1])
    shift = Shift(rows, columns, 0.0)
    area = common_area([shift], first.shape)
    match = _correlation(edges(first)[area], edges(moved(second, shift))[area])
    far = max(abs(rows) / first.shape[0], abs(columns) / first.shape[1])
    if match < LEAST_CORRELATION or far > LARGEST_SHIFT:
        raise Refusal(
            f"edges correlate by {match:.2f} after a shift of {rows:.1f} rows and {columns:.1f} columns",
            where=where,
            rule=f"scans of one section correlate by {LEAST_CORRELATION:g} or more, under a quarter apart",
            remedy="Check that they show the same place at the same magnification",
        )
    return Shift(rows, columns, match)


def moved(picture: Picture, shift: Shift) -> Picture:
    """The picture moved by whole pixels: interpolation would correlate the counts of neighbours."""
    by = (round(shift.rows), round(shift.columns))
    return np.roll(picture, by, axis=(0, 1))


def common_area(shifts: Sequence[Shift], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The part of the first picture that all moved ones cover."""
    rows = [math.ceil(abs(s.rows)) * (1 if s.rows > 0 else -1) for s in shifts]
    columns = [math.ceil(abs(s.columns)) * (1 if s.columns > 0 else -1) for s in shifts]
    return _kept(rows, shape[0]), _kept(columns, shape[1])


def _kept(by: list[int], side: int) -> slice:
    return slice(max([0, *by]), side + min([0, *by]))


def _windowed(picture: Picture) -> Picture:
    # the cyclic correlation must not see the jump between opposite borders
    window = np.outer(np.hanning(picture.shape[0]), np.hanning(picture.shape[1]))
    return np.asarray((picture - picture.mean()) * window, dtype=np.float32)


def _correlation(one: Picture, two: Picture) -> float:
    if min(one.shape) < 8:
        return 0.0
    a, b = one - one.mean(), two - two.mean()
    norm = math.sqrt(float((a * a).sum(dtype=np.float64)) * float((b * b).sum(dtype=np.float64)))
    return float((a * b).sum(dtype=np.float64)) / norm if norm > 0.0 else 0.0
