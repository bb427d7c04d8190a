"""Grey levels of a stack: noise taken out, how many classes there are, thresholds between them.

Everything works on slabs of slices and on a histogram, so that memory stays at one more copy of the stack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal

Floats = NDArray[np.float64]
Voxels = NDArray[np.float32]

# standard deviation in voxels of the blur of each filter (the median leaves straight edges where they are)
BLUR = {"gaussian": 1.0, "median": 0.0, "none": 0.0}
BINS = 256
_SLAB = 32
_HALO = 4
_PROMINENCE = 0.2  # of its own height, above the valleys: what a mode must have (assumed)
_SMALLEST = 0.005  # share of all voxels in five bins of a peak's prominence; below it is noise (assumed)
_APART = 13  # of 256 bins between peaks, 5 % of the range (assumed)


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts in bins of equal width; ``levels`` are the centres, ``counts`` sum to the number of voxels."""

    levels: Floats
    counts: Floats


def denoised(values: Voxels, method: str) -> Voxels:
    """The stack without noise: Gaussian of sigma 1 voxel, median of 3 x 3 x 3 voxels, or as it is."""
    from scipy.ndimage import gaussian_filter, median_filter

    if method == "none":
        return values
    out = np.empty(values.shape, dtype=np.float32)
    for start in range(0, values.shape[0], _SLAB):
        low = max(start - _HALO, 0)
        part = np.asarray(values[low : start + _SLAB + _HALO], dtype=np.float32)
        if method == "gaussian":
            clean = gaussian_filter(part, 1.0, mode="nearest", truncate=3.0)
        else:
            clean = median_filter(part, size=3, mode="nearest")
        out[start : start + _SLAB] = clean[start - low : start - low + _SLAB]
    return out


def histogram_of(values: Voxels) -> Histogram:
    """Histogram between the 0.01 and 99.99 percentiles; Refusal where all voxels are equal."""
    step = max(1, round((values.size / 1e6) ** (1.0 / 3.0)))
    sample = values[::step, ::step, ::step]
    low, high = np.quantile(sample, [1e-4, 1.0 - 1e-4])
    if not high > low:
        raise Refusal(
            f"all voxels have the grey value {low:g}", rule="phases are told apart by their grey values"
        )
    if np.array_equal(sample, np.rint(sample)):
        # bins of equal numbers of whole grey values, or the histogram of an 8-bit stack becomes a comb
        width = max(1.0, np.ceil((high - low + 1.0) / BINS))
        low, high = low - 0.5, low - 0.5 + width * np.ceil((high - low + 1.0) / width)
        edges = np.arange(low, high + 0.5 * width, width)
    else:
        edges = np.linspace(low, high, BINS + 1)
    counts = np.zeros(len(edges) - 1)
    for start in range(0, values.shape[0], _SLAB):
        counts += np.histogram(np.clip(values[start : start + _SLAB], low, high), bins=edges)[0]
    # the end bins hold what was clipped
    counts[0], counts[-1] = min(counts[0], counts[1]), min(counts[-1], counts[-2])
    return Histogram(0.5 * (edges[1:] + edges[:-1]), counts)


def modes(histogram: Histogram) -> Floats:
    """Grey values of the peaks of the histogram, each standing out from the valleys beside it.

    A peak counts where its prominence is at least 0.2 of its own height and five bins of that prominence
    hold at least 0.5 % of the voxels. Of peaks closer than 5 % of the range the highest counts.
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    smooth = gaussian_filter1d(histogram.counts, 2.5, mode="constant")
    padded = np.pad(smooth, 1)
    peaks, found = find_peaks(padded, prominence=0.0, distance=max(1, round(_APART * len(padded) / BINS)))
    stands_out = found["prominences"]
    share = 5.0 * stands_out / histogram.counts.sum()
    real = (stands_out >= _PROMINENCE * padded[peaks]) & (share >= _SMALLEST)
    return np.asarray(histogram.levels[peaks[real] - 1])


def otsu_thresholds(histogram: Histogram, classes: int) -> Floats:
    """Thresholds that make the variance between the classes largest (Otsu, IEEE Trans. SMC 9 (1979) 62)."""
    from skimage.filters import threshold_multiotsu

    counts = np.maximum(histogram.counts, 1e-9)
    otsu: Callable[..., Floats] = threshold_multiotsu
    found = otsu(hist=(counts / counts.sum(), histogram.levels), classes=classes)
    # the class ends with its bin: the threshold lies at the bin's upper edge
    return np.asarray(found, dtype=float) + 0.5 * float(histogram.levels[1] - histogram.levels[0])


def mixture_thresholds(histogram: Histogram, starts: Floats) -> Floats:
    """Thresholds midway between the means of neighbouring classes, found by a mixture fit.

    One normal density a class, all of one width (the noise is that of the instrument), and a flat density
    between the darkest and the brightest for voxels of mixed phases (after Santago and Gage, IEEE Trans. Med.
    Imaging 12 (1993) 566); expectation maximisation on the histogram, started at one mode a class. The border
    of a blurred flat edge lies where the grey value is midway.
    """
    x, n = histogram.levels, histogram.counts / histogram.counts.sum()
    means, least = starts.astype(float), float(x[1] - x[0])
    spread = 0.15 * float(np.diff(starts).min())
    shares = np.full(len(means) + 1, 1.0 / (len(means) + 1))
    for _ in range(200):
        normal = np.exp(-0.5 * ((x[:, None] - means) / spread) ** 2) / (spread * np.sqrt(2.0 * np.pi))
        flat = ((x > means[0]) & (x < means[-1])) / max(means[-1] - means[0], least)
        density = shares * np.column_stack([normal, flat])
        belongs = density / np.maximum(density.sum(axis=1, keepdims=True), 1e-300) * n[:, None]
        shares = np.maximum(belongs.sum(axis=0), 1e-12)
        own = belongs[:, :-1]
        means = own.T @ x / shares[:-1]
        spread = max(float(np.sqrt((own * (x[:, None] - means) ** 2).sum() / own.sum())), least)
    means = np.sort(means)
    return np.asarray(0.5 * (means[1:] + means[:-1]))


def check_classes(thresholds: Floats, levels: Floats) -> None:
    """Refuse thresholds that do not have one of the grey levels between each two of them.

    Raises Refusal where a class holds no mode or two: these thresholds do not part the phases.
    """
    classes = np.searchsorted(thresholds, levels)
    if len(levels) != len(thresholds) + 1 or not np.array_equal(classes, np.arange(len(levels))):
        raise Refusal(
            f"thresholds {', '.join(f'{t:.4g}' for t in thresholds)} for grey levels "
            f"{', '.join(f'{v:.4g}' for v in levels)}",
            rule="each class between two thresholds must hold one peak of the histogram",
            remedy="Try the other recipe, another denoise, or give a stack of labels",
        )
