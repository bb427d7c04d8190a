"""Closed contours: area, perimeter, convexity, and the outline of a labelled particle.

Coordinates are pixels in the order x, y; a contour has shape (n, 2) and its last side is implied.
"""

from __future__ import annotations

import math

import numpy as np

from negatrode.techniques.shape import morphology
from negatrode.techniques.shape.morphology import Array, Mask

SMOOTHING = 1.5  # px along the outline: longer than the correlation of pixel noise, shorter than a particle
REACH = 3  # px from the mask within which another threshold may move the outline
_STEP = 0.5  # px between the vertices of a smoothed outline


def perimeter(contour: Array) -> float:
    """Length of the closed polygon.

    >>> perimeter(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    4.0
    """
    sides = np.roll(contour, -1, axis=0) - contour
    return float(np.hypot(sides[:, 0], sides[:, 1]).sum())


def area(contour: Array) -> float:
    """Area enclosed by the polygon (shoelace formula; the sense of turning does not matter)."""
    x, y = (contour - contour[0]).T
    return 0.5 * abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)))


def equal_area_diameter(enclosed: float) -> float:
    """Diameter of the circle of equal area."""
    return 2.0 * math.sqrt(enclosed / math.pi)


def l_ratio(enclosed: float, length: float) -> float:
    """Circumference of the circle of equal area over the projected circumference, sqrt(4 pi A)/P."""
    return math.sqrt(4.0 * math.pi * enclosed) / length if length > 0.0 else math.nan


def solidity(contour: Array) -> float:
    """Area over the area of the convex hull; 0 for a contour that encloses nothing."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        hull = float(ConvexHull(contour).volume)  # in two dimensions "volume" is the area
    except QhullError:
        return 0.0
    return min(area(contour) / hull, 1.0) if hull > 0.0 else 0.0


def smoothed(contour: Array, sigma: float = SMOOTHING) -> Array:
    """The outline filtered by a Gaussian of ``sigma`` px along its length.

    A circle shrinks by exp(-sigma^2 / (2 R^2)) and stays a circle, so that its ratio of area to
    perimeter squared is kept; pixel noise and the steps of a cut are taken out.
    """
    closed = np.vstack([contour, contour[:1]])
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    total = float(length[-1])
    if total <= 0.0:
        return contour
    n = max(16, round(total / _STEP))
    even = np.linspace(0.0, total, n, endpoint=False)
    line = np.interp(even, length, closed[:, 0]) + 1j * np.interp(even, length, closed[:, 1])
    spectrum = np.fft.fft(line) * np.exp(-0.5 * (2.0 * math.pi * np.fft.fftfreq(n, total / n) * sigma) ** 2)
    line = np.fft.ifft(spectrum)
    return np.column_stack([line.real, line.imag])


def longest_contour(field: Array, level: float = 0.0) -> Array:
    """The longest contour of a field at a level, in x, y of the field; empty where there is none."""
    found = morphology.contours(field, level)
    if not found:
        return np.empty((0, 2))
    points = max(found, key=len)
    if len(points) > 1 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    return np.ascontiguousarray(points[:, ::-1], dtype=float)


def particle_contour(
    field: Array, own: Mask, *, ground: float, shift: float = 0.0, sigma: float = SMOOTHING
) -> Array:
    """Outline of the particle ``own`` (shape of ``field``) where the field is half its own height.

    ``field`` is the smoothed grey value less the threshold over the contrast, positive in particles, and
    ``ground`` its value outside. Half of the particle's own height is where a blurred edge lies, whatever
    the threshold that found it; ``shift`` moves the level by a share of that height. Where the field does
    not tell (filled holes, neighbours cut off, texture far from the edge) the mask is followed.
    """
    from scipy.ndimage import binary_dilation, binary_erosion

    height = max(float(np.median(field[own])) - ground, -ground)
    level = np.clip((field - ground) / height - 0.5 - shift, -0.5, 0.5)
    level[np.where(own, field <= 0.0, field > 0.0)] = -0.5
    level[own & (field <= 0.0)] = 0.5
    level[binary_erosion(own, iterations=REACH)] = 0.5
    level[~binary_dilation(own, iterations=REACH)] = -0.5
    rough = longest_contour(np.pad(level, 1, constant_values=-0.5))
    return smoothed(rough, sigma) - 1.0 if len(rough) >= 3 else rough
