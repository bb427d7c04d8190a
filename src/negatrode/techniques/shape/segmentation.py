"""From the grey values of a micrograph to labelled candidate particles.

Steps: an information bar at the bottom is cut off; the picture is turned so that particles are
bright; a smooth background is taken off; the threshold lies half-way between background and the
dimmer particles; hollow outlines are filled; clumps are split at their necks (splitting.py).
Nothing here knows a length: all is in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from negatrode.core.errors import Refusal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Grey = NDArray[np.float32]
    Labels = NDArray[np.int32]
    Mask = NDArray[np.bool_]

SMOOTHING = 1.0  # px, standard deviation of the Gaussian before thresholding
SMALLEST_SIDE = 64  # px
SEPARABILITY = 0.68  # Otsu's eta; pure Gaussian noise gives 2 / pi = 0.64
CONTRAST_TO_NOISE = 1.5  # contrast over the noise of one pixel; smoothed white noise gives 0.45
BAR_SHARE = 0.25  # an information bar takes at most this share of the height


@dataclass(frozen=True, eq=False)
class Ground:
    """A picture ready to be thresholded: smoothed, background taken off, particles bright.

    ``grey`` is 0 at the background; ``threshold`` is half-way up to the dimmer particles.
    """

    grey: Grey
    threshold: float
    noise: float
    polarity: str
    separability: float


def information_bar(values: Floats) -> int:
    """Rows of an information bar at the bottom of a picture from a microscope; 0 where there is none.

    A bar is drawn, not recorded: most of each of its rows has exactly one grey value, and the picture
    above it has not. A picture whose own background is one exact value needs a full line of division.
    """
    height, width = values.shape
    lowest = np.round(values[-max(4, height // 50) :])
    levels, counts = np.unique(lowest, return_counts=True)
    flat = np.mean(np.abs(values - levels[np.argmax(counts)]) < 0.5, axis=1)
    ruled = np.ptp(values, axis=1) < 0.02 * max(float(np.ptp(values)), 1.0)
    start = height
    while start > 0 and (flat[start - 1] >= 0.4 or ruled[start - 1]):
        start -= 1
    rows = height - start
    above = float(np.median(flat[:start])) if start > 0 else 1.0
    if 8 <= rows <= BAR_SHARE * height and above < 0.3:
        return rows
    return _ruled_bar(ruled, flat, height)


def _ruled_bar(ruled: Mask, flat: Floats, height: int) -> int:
    """A bar divided off by a full line of one grey value, where the picture's ground is clipped too."""
    first = int(height * (1.0 - BAR_SHARE))
    lines = np.flatnonzero(ruled[first:])
    if lines.size == 0 or not np.any(~ruled[: first + int(lines[0])]):
        return 0
    start = first + int(lines[0])
    if np.mean(ruled[:start]) > 0.01 or np.median(flat[start:]) < 0.5 or height - start < 8:
        return 0
    return height - start


def pixel_noise(values: Floats) -> float:
    """Standard deviation of the noise of single pixels, by Immerkaer's difference of Laplacians.

    Source: J. Immerkaer, Comput. Vis. Image Underst. 64 (1996) 300, with the median in place of the
    mean, so that edges and texture weigh little.
    """
    v = values
    twice = (
        v[:-2, :-2] + v[:-2, 2:] + v[2:, :-2] + v[2:, 2:]
        - 2.0 * (v[:-2, 1:-1] + v[1:-1, :-2] + v[1:-1, 2:] + v[2:, 1:-1])
        + 4.0 * v[1:-1, 1:-1]
    )  # fmt: skip
    return float(np.median(np.abs(twice[::2, ::2]))) / (0.6745 * 6.0)


def otsu(values: Grey) -> tuple[float, float]:
    """Otsu's threshold and its separability eta = between-class variance / total variance.

    Source: N. Otsu, IEEE Trans. Syst. Man Cybern. 9 (1979) 62.
    """
    low, high = float(values.min()), float(values.max())
    if not high > low:
        return low, 0.0
    counts, edges = np.histogram(values, bins=512, range=(low, high))
    middle = 0.5 * (edges[1:] + edges[:-1])
    weight = np.cumsum(counts) / counts.sum()
    moment = np.cumsum(counts * middle) / counts.sum()
    mean = moment[-1]
    inner = weight * (1.0 - weight)
    between = np.divide((mean * weight - moment) ** 2, inner, out=np.zeros_like(inner), where=inner > 1e-12)
    best = np.flatnonzero(between >= between.max() * (1.0 - 1e-9))
    variance = float(np.sum(counts * (middle - mean) ** 2) / counts.sum())
    return float(edges[1:][best].mean()), float(between.max()) / variance if variance > 0.0 else 0.0


def _surface(coarse: Grey, is_ground: Mask, shape: tuple[int, int]) -> tuple[Grey, Grey]:
    """Second-order surface through the ground of a coarse picture; (coarse, full size)."""
    rows, cols = (np.linspace(-1.0, 1.0, n, dtype=np.float32) for n in coarse.shape)
    y, x = np.meshgrid(rows, cols, indexing="ij")

    def terms(y: Grey, x: Grey) -> list[Grey]:
        return [np.ones_like(x + y), x + 0 * y, y + 0 * x, x * x + 0 * y, y * y + 0 * x, x * y]

    design = np.stack([t[is_ground] for t in terms(y, x)], axis=1)
    weights, *_ = np.linalg.lstsq(design, coarse[is_ground], rcond=None)
    fine_y = np.linspace(-1.0, 1.0, shape[0], dtype=np.float32)[:, None]
    fine_x = np.linspace(-1.0, 1.0, shape[1], dtype=np.float32)[None, :]
    w = weights.astype(np.float32)
    full = (w[0] + w[2] * fine_y + w[4] * fine_y**2) + (w[1] * fine_x + w[3] * fine_x**2)
    full = full + w[5] * fine_y * fine_x
    at_coarse = sum(wi * t for wi, t in zip(w, terms(y, x), strict=True))
    return np.asarray(at_coarse, dtype=np.float32), np.asarray(full, dtype=np.float32)


def level_ground(values: Floats, particles: str | None) -> Ground:
    """Turn, smooth and level a picture, and find its threshold; Refusal where nothing stands out."""
    from scipy.ndimage import gaussian_filter

    height, width = values.shape
    if min(height, width) < SMALLEST_SIDE:
        raise Refusal(
            f"the picture has {width} x {height} pixels",
            rule=f"an outline needs a picture of at least {SMALLEST_SIDE} pixels a side",
            remedy="Give the picture at its full resolution",
        )
    noise = pixel_noise(values)
    smooth = gaussian_filter(values.astype(np.float32), SMOOTHING, mode="nearest")
    if float(np.ptp(smooth)) <= 0.0:
        raise Refusal("the picture has one grey value throughout", rule="particles must differ from the ground")
    polarity = particles or find_polarity(smooth)
    if polarity == "dark":
        smooth = -smooth
    step = max(1, min(height, width) // 256)
    coarse = smooth[::step, ::step]
    level, _ = otsu(coarse)
    levelled, full = coarse, np.zeros(1, dtype=np.float32)
    for _ in range(3):
        is_ground = levelled < level
        if np.mean(is_ground) < 0.02:
            break
        surface, full = _surface(coarse, is_ground, smooth.shape)
        levelled = coarse - surface
        level, _ = otsu(levelled)
    grey = smooth - full
    level, eta = otsu(levelled)
    threshold, contrast = _half_height(levelled, level)
    if eta < SEPARABILITY or contrast < CONTRAST_TO_NOISE * noise:
        raise Refusal(
            f"the particles do not stand out from the ground (separability {eta:.2f}, "
            f"contrast {contrast / noise if noise else np.inf:.1f} times the noise of a pixel)",
            rule=f"Otsu's separability must reach {SEPARABILITY}, the contrast {CONTRAST_TO_NOISE} times the noise",
            remedy="Take the picture with more contrast, or trace the particles by hand",
        )
    return Ground(grey, threshold, noise, polarity, eta)


def _half_height(levelled: Grey, level: float) -> tuple[float, float]:
    """Threshold half-way from the ground to the dimmer particles, and the contrast of the particles.

    Otsu's level suits the mean particle; dim ones would be eaten away, bright ones do not mind a
    lower level since their flank is steep.
    """
    ground = float(np.median(levelled[levelled < level]))
    inside = levelled[levelled >= level]
    dim = float(np.percentile(inside, 20.0))
    return min(level, 0.5 * (ground + dim)), float(np.median(inside)) - ground


def find_polarity(smooth: Grey) -> str:
    """Whether the particles are "bright" or "dark", from which class is made of compact separate pieces.

    Of each class the pieces that do not span the picture are filled and weighed by area and solidity;
    the ground spans the picture. Where both score alike, the class that holds the frame is the ground.
    """
    step = max(1, min(smooth.shape) // 200)
    coarse = smooth[::step, ::step]
    level, _ = otsu(coarse)
    bright = coarse >= level
    scores = [_compactness(bright), _compactness(~bright)]
    if abs(scores[0] - scores[1]) > 0.1:
        return "bright" if scores[0] > scores[1] else "dark"
    frame = np.concatenate([bright[0], bright[-1], bright[1:-1, 0], bright[1:-1, -1]])
    return "dark" if frame.mean() > 0.5 else "bright"


def _compactness(mask: Mask) -> float:
    """Mean solidity of the pieces of a mask, by area, pieces that span the picture counting 0."""
    from scipy.ndimage import binary_fill_holes, find_objects, label

    labels, n = label(mask)
    total = score = 0.0
    for k, box in enumerate(find_objects(labels), start=1):
        rows, cols = (s.stop - s.start for s in box)
        own = labels[box] == k
        area = float(own.sum())
        if area < 9:
            continue
        total += area
        if rows < 0.8 * mask.shape[0] and cols < 0.8 * mask.shape[1]:
            filled = binary_fill_holes(own)
            score += area * solidity(filled)
    return score / total if total else 0.0


def solidity(mask: Mask) -> float:
    """Area over the area of the convex hull of the pixels (as squares)."""
    from scipy.spatial import ConvexHull

    rows, cols = np.nonzero(mask)
    if rows.size < 3:
        return 1.0
    ends = []
    for r in np.unique(rows):
        own = cols[rows == r]
        ends += [(r, own.min()), (r, own.max() + 1), (r + 1, own.min()), (r + 1, own.max() + 1)]
    return float(rows.size / ConvexHull(np.array(ends, dtype=np.float64)).volume)


def foreground(ground: Ground) -> Mask:
    """The particles' pixels, hollow outlines filled, specks of under ten pixels dropped."""
    from scipy.ndimage import label

    mask = ground.grey > ground.threshold
    fill_hollow(mask)
    labels, n = label(mask)
    keep = np.bincount(labels.ravel(), minlength=n + 1) >= 10
    keep[0] = False
    return np.asarray(keep[labels])


def fill_hollow(mask: Mask) -> None:
    """Fill, in place, the holes that lie within one particle: small ones, and convex ones.

    The gap that three touching particles enclose has concave sides and stays open.
    """
    from scipy.ndimage import find_objects, label

    labels, n = label(~mask)
    areas = np.bincount(labels.ravel(), minlength=n + 1)
    fill = np.zeros(n + 1, dtype=bool)
    height, width = mask.shape
    for k, box in enumerate(find_objects(labels), start=1):
        rows, cols = box
        if rows.start == 0 or cols.start == 0 or rows.stop == height or cols.stop == width:
            continue
        if areas[k] < 30 or (areas[k] < 0.1 * mask.size and solidity(labels[box] == k) > 0.9):
            fill[k] = True
    mask |= fill[labels]
