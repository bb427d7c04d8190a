"""Splitting clumps of touching particles at their necks.

Watershed of the distance transform; two basins are one particle where the neck between them is wide
against the narrower of the two (a relative h-maxima transform, so that one setting serves all sizes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Labels = NDArray[np.int32]
    Mask = NDArray[np.bool_]

NECK = 0.80  # half-width of a neck over the smaller inscribed radius; wider is one particle
SPLIT_ABOVE = 3.0  # px; inscribed radius of the smallest piece that may be split off


def split(mask: Mask) -> Labels:
    """Labels 1..n of the pieces of a mask, cut at narrow necks."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter, maximum_filter, label
    from skimage.segmentation import watershed

    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1].astype(np.float32)
    smooth = gaussian_filter(depth, 1.0)
    peaks = (smooth >= maximum_filter(smooth, size=5)) & (depth >= SPLIT_ABOVE)
    whole, _ = label(mask)
    seeds, n = label(peaks, structure=np.ones((3, 3)))
    basins = np.asarray(watershed(-smooth, seeds, mask=mask), dtype=np.int32)
    return basins
