"""Area and perimeter of one particle: sub-pixel contour, polygon, Crofton and pixel counts.

Sphericity here is the ratio of lengths psi = sqrt(4 pi A) / P (1 for a disc). The ratio needs no
pixel size. Pixel perimeters are kept to show their bias; they are no measure of a length.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]


def length_ratio(area: float, perimeter: float) -> float:
    """Sqrt(4 pi A) / P: circumference of the circle of equal area over the perimeter.

    >>> round(length_ratio(1.0, 4.0), 4)
    0.8862
    """
    return math.sqrt(4.0 * math.pi * area) / perimeter


def polygon_area_perimeter(vertices: Floats) -> tuple[float, float]:
    """Area (shoelace) and perimeter of a closed polygon, vertices (n, 2).

    >>> polygon_area_perimeter(np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]]))
    (2.0, 6.0)
    """
    x, y = (vertices - vertices.mean(axis=0)).T
    x2, y2 = np.roll(x, -1), np.roll(y, -1)
    return 0.5 * abs(float(np.sum(x * y2 - x2 * y))), float(np.hypot(x2 - x, y2 - y).sum())


def polygon_deficit(n_vertices: int) -> float:
    """By how much the ratio of a circle falls when traced as a regular polygon of n vertices.

    >>> round(polygon_deficit(9), 4), round(polygon_deficit(40), 4)
    (0.0209, 0.001)
    """
    n = max(n_vertices, 3)
    return 1.0 - math.sqrt(math.pi / (n * math.tan(math.pi / n)))


def outer_contour(field: Floats, level: float) -> Floats:
    """The longest closed contour of a field at a level, vertices (n, 2) in order x, y; n = 0 where none.

    Marching squares (scikit-image ``find_contours``), crossings interpolated linearly between samples.
    The field must lie below the level on its border, so that the contours close.
    """
    from skimage.measure import find_contours

    found = find_contours(field, level)
    if not found:
        return np.empty((0, 2))
    longest: Floats = max(found, key=len)
    return np.asarray(longest[:-1, ::-1])


def crofton_perimeter(mask: Mask) -> float:
    """Perimeter by Crofton's formula over four directions (scikit-image)."""
    from skimage.measure import perimeter_crofton

    return float(perimeter_crofton(np.pad(mask, 1), directions=4))


def pixel_perimeter(mask: Mask, neighbourhood: int) -> float:
    """Weighted count of border pixels (scikit-image ``perimeter``), 4- or 8-neighbour border."""
    from skimage.measure import perimeter

    return float(perimeter(np.pad(mask, 1), neighborhood=neighbourhood))


@cache
def mask_ratio_of_disc(diameter: float, method: str) -> float:
    """What a method of counting on a mask gives for a disc of that diameter (pixels); 1 were unbiased.

    Mean over eight positions of the centre against the grid. ``method``: "crofton", "4" or "8".
    """
    ratios = []
    for k in range(8):
        mask = disc_mask(diameter, 0.125 * k, 0.377 * k % 1.0)
        ratios.append(mask_ratio(mask, method))
    return float(np.mean(ratios))


def mask_ratio(mask: Mask, method: str) -> float:
    """Sqrt(4 pi A) / P of a mask: A the count of its pixels, P by "crofton", "4" or "8"."""
    if method == "crofton":
        length = crofton_perimeter(mask)
    else:
        length = pixel_perimeter(mask, int(method))
    return length_ratio(float(mask.sum()), length) if length > 0.0 else math.nan


def disc_mask(diameter: float, shift_x: float, shift_y: float) -> Mask:
    """Pixels whose centre lies in a disc, with the disc's centre off the grid by the shifts."""
    half = int(math.ceil(diameter / 2.0)) + 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    return np.asarray(np.hypot(x - shift_x, y - shift_y) <= diameter / 2.0)
