"""The functions of scikit-image used here, with types (it ships none for them) and imported on use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Labels = NDArray[np.int32]
_Untyped = Callable[..., Any]


def otsu(values: Array) -> float:
    """Threshold that separates two classes best (Otsu 1979)."""
    from skimage import filters

    call: _Untyped = filters.threshold_otsu
    return float(call(values))


def contours(field: Array, level: float) -> list[Array]:
    """Contours by marching squares, each in row, column."""
    from skimage import measure

    call: _Untyped = measure.find_contours
    return list(call(field, level))


def reconstructed(seed: Array, mask: Array) -> Array:
    """Grey-scale reconstruction of ``seed`` under ``mask`` by dilation (Vincent 1993)."""
    from skimage import morphology

    call: _Untyped = morphology.reconstruction
    return np.asarray(call(seed, mask, method="dilation"), dtype=float)


def watershed(relief: Array, seeds: Labels, mask: Mask) -> Labels:
    """Basins of a relief flooded from numbered seeds, within a mask."""
    from skimage import segmentation

    call: _Untyped = segmentation.watershed
    return np.asarray(call(relief, seeds, mask=mask), dtype=np.int32)


def pixel_perimeters(mask: Mask) -> tuple[float, float, float]:
    """Perimeters by Crofton's formula in four directions, of 4-connected and of 8-connected pixels."""
    from skimage import measure

    crofton: _Untyped = measure.perimeter_crofton
    pixels: _Untyped = measure.perimeter
    return float(crofton(mask, 4)), float(pixels(mask, 4)), float(pixels(mask, 8))


def raster(points: Array, shape: tuple[int, int]) -> Mask:
    """Pixels within a polygon of x, y."""
    from skimage import draw

    call: _Untyped = draw.polygon2mask
    return np.array(call(shape, points[:, ::-1]), dtype=np.bool_)
