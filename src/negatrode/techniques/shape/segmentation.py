"""From a micrograph to its particles: ground, threshold, holes, touching particles.

Grey values are smoothed, freed of a slow gradient and cut by the threshold of Otsu (1979); holes are
filled; components that are not convex are split at their necks by a watershed of the distance to the
outside (Beucher and Lantuejoul 1979), wherever the neck is narrower than SPLIT_RATIO of the smaller part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import Refusal
from negatrode.techniques.shape.contour import Array, Mask, particle_contour, solidity

Labels = NDArray[np.int32]

SMALLEST_SIDE = 64  # px
NOISE_SIGMA = 1.2  # px of the smoothing before the threshold
BLOCK = 8  # px: what is seen at this scale is no pixel noise
NOISE_GATE = 0.45  # contrast left after averaging blocks; noise alone keeps about a quarter
SPECK = 6.0  # px in diameter: below it a component is dust or noise, and not counted at all
SPLIT_SOLIDITY = 0.96
SPLIT_RATIO = 0.85


@dataclass(frozen=True, eq=False)
class Scene:
    """A segmented picture.

    ``field``: (grey - threshold) / contrast, positive in particles; ``labels``: particle numbers from 1,
    0 for the ground; ``polarity``: "bright" or "dark" particles; ``sure``: whether both readings of the
    polarity differ clearly; ``rows``: rows kept above the information bar.
    """

    field: Array
    labels: Labels
    polarity: str
    sure: bool
    rows: int


def info_bar(values: Array) -> int:
    """Rows of an information bar at the bottom: rows of mostly one grey value under rows that are not."""
    rows = len(values)
    middle = np.median(values, axis=1, keepdims=True)
    span = float(np.ptp(values))
    flat = np.mean(np.abs(values - middle) <= 0.01 * span, axis=1)
    begin = rows
    for row in range(rows - 1, int(0.7 * rows), -1):
        if flat[row] > 0.5 and np.mean(flat[row:] > 0.5) > 0.6:
            begin = row
    above = flat[: int(0.7 * rows)]
    is_bar = rows - begin >= max(8, 0.02 * rows) and float(np.median(above)) < 0.3
    return rows - begin if is_bar else 0


def segment(values: Array, *, polarity: str | None, crop_bottom: int | None, where: str) -> Scene:
    """Label the particles of a picture; Refusal where it is blank, too small or shows noise alone."""
    from scipy.ndimage import gaussian_filter

    if min(values.shape) < SMALLEST_SIDE:
        raise Refusal(
            f"{values.shape[1]} x {values.shape[0]} pixels",
            where=where,
            rule=f"shape is measured on pictures of {SMALLEST_SIDE} pixels or more a side",
        )
    if float(np.ptp(values)) <= 0.0:
        raise Refusal(
            f"every pixel is {values.flat[0]:g}", where=where, rule="a blank picture has no particle"
        )
    bar = info_bar(values) if crop_bottom is None else crop_bottom
    if len(values) - bar < SMALLEST_SIDE:
        raise Refusal(f"{bar} of {len(values)} rows are cropped", where=where, rule="too few rows are left")
    grey = gaussian_filter(np.asarray(values[: len(values) - bar], dtype=np.float32), NOISE_SIGMA)
    _require_contrast(values[: len(values) - bar], where)
    sign, sure = _polarity(grey)
    if polarity is not None:
        sign, sure = (1.0 if polarity == "bright" else -1.0), True
    field = _levelled(sign * grey)
    labels = _particles(field)
    return Scene(field, labels, "bright" if sign > 0.0 else "dark", sure, len(grey))


def _separation(values: Array) -> float:
    """Difference of the means of the two classes of Otsu's threshold."""
    from skimage.filters import threshold_otsu

    if float(np.ptp(values)) <= 0.0:
        return 0.0
    cut = threshold_otsu(values)
    above = values > cut
    if above.all() or not above.any():
        return 0.0
    return float(values[above].mean() - values[~above].mean())


def _blocks(values: Array, size: int) -> Array:
    rows, columns = values.shape[0] // size, values.shape[1] // size
    cut = values[: rows * size, : columns * size]
    return np.asarray(cut.reshape(rows, size, columns, size).mean(axis=(1, 3)), dtype=float)


def _require_contrast(values: Array, where: str) -> None:
    fine, coarse = _separation(values), _separation(_blocks(values, BLOCK))
    if coarse < NOISE_GATE * fine:
        raise Refusal(
            f"the contrast falls from {fine:.3g} to {coarse:.3g} when {BLOCK} x {BLOCK} pixels are averaged",
            where=where,
            rule="particles keep their contrast, noise does not",
        )


def _polarity(grey: Array) -> tuple[float, bool]:
    """+1 where the bright class is made of compact parts, -1 where the dark class is, and how sure.

    Compactness: area of the largest inscribed circles over the area of the components. The ground is one
    wide, branched component and scores low.
    """
    from scipy.ndimage import distance_transform_edt, label, maximum
    from skimage.filters import threshold_otsu

    coarse = _blocks(grey, 4)
    bright = coarse > threshold_otsu(coarse)
    scores = []
    for mask in (bright, ~bright):
        numbers, n = label(mask)
        if not n:
            scores.append(0.0)
            continue
        index = np.arange(1, n + 1)
        sizes = np.bincount(numbers.ravel())[1:].astype(float)
        radius = np.atleast_1d(maximum(distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1], numbers, index))
        kept = sizes >= 9.0
        border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean()
        compact = np.minimum(math.pi * radius**2, sizes)[kept].sum() / max(sizes[kept].sum(), 1.0)
        scores.append(float(compact) + 0.5 * (1.0 - float(border)))
    return (
        (1.0, scores[0] > scores[1] + 0.15)
        if scores[0] >= scores[1]
        else (-1.0, scores[1] > scores[0] + 0.15)
    )


def _levelled(grey: Array) -> Array:
    """(grey - gradient - threshold) / contrast, the gradient a quadratic fitted to the ground alone."""
    from skimage.filters import threshold_otsu

    coarse = _blocks(grey, BLOCK)
    y, x = np.mgrid[0 : coarse.shape[0], 0 : coarse.shape[1]]
    u, v = (x + 0.5) * BLOCK / grey.shape[1] - 0.5, (y + 0.5) * BLOCK / grey.shape[0] - 0.5
    terms = np.stack([np.ones_like(u), u, v, u * v, u * u, v * v], axis=-1)
    slow = np.zeros(6)
    for _ in range(3):
        flat = coarse - terms @ slow
        ground = flat < threshold_otsu(flat)
        edge = np.percentile(flat[ground], 75)  # blocks that hold part of a particle stay out
        ground &= flat <= edge
        if ground.sum() < 60 or np.ptp(u[ground]) < 0.6 or np.ptp(v[ground]) < 0.6:
            break
        slow = np.linalg.lstsq(terms[ground], coarse[ground], rcond=None)[0]
    rows, columns = grey.shape
    v_full = ((np.arange(rows) + 0.5) / rows - 0.5)[:, None]
    u_full = ((np.arange(columns) + 0.5) / columns - 0.5)[None, :]
    gradient = (
        slow[0]
        + slow[1] * u_full
        + slow[2] * v_full
        + slow[3] * u_full * v_full
        + slow[4] * u_full**2
        + slow[5] * v_full**2
    )
    flat = grey - gradient.astype(np.float32)
    cut = float(threshold_otsu(flat))
    above = flat > cut
    contrast = float(flat[above].mean() - flat[~above].mean()) if above.any() and not above.all() else 1.0
    return np.asarray((flat - cut) / contrast, dtype=float)


def _particles(field: Array) -> Labels:
    """Numbered particles: filled, specks removed, components that are not convex split at their necks."""
    from scipy.ndimage import binary_fill_holes, binary_opening, find_objects, label

    mask = binary_opening(binary_fill_holes(field > 0.0), iterations=1)
    numbers, n = label(mask)
    sizes = np.bincount(numbers.ravel(), minlength=n + 1)
    keep = sizes >= math.pi / 4.0 * SPECK**2
    keep[0] = False
    renumber = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
    labels = np.asarray(renumber[numbers], dtype=np.int32)
    following = int(labels.max()) + 1
    for number, box in enumerate(find_objects(labels), start=1):
        own = labels[box] == number
        at_edge = any(s.start == 0 or s.stop == size for s, size in zip(box, labels.shape, strict=True))
        outline = particle_contour(field[box], own)
        if len(outline) < 3 or (not at_edge and solidity(outline) >= SPLIT_SOLIDITY):
            continue
        parts = _split(own)
        for part in range(2, int(parts.max()) + 1):
            labels[box][parts == part] = following
            following += 1
    return labels


def _split(own: Mask) -> Labels:
    """Parts of one component, from 1, by a watershed whose markers are maxima of the log distance.

    On the logarithm a fixed height is a fixed ratio of the neck to the part, whatever the size.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter, label, maximum
    from skimage.morphology import reconstruction
    from skimage.segmentation import watershed

    padded = np.pad(own, 2)
    distance = gaussian_filter(distance_transform_edt(padded), 1.0)
    height = -math.log(SPLIT_RATIO)
    log_distance = np.log(np.maximum(distance, 0.5))
    dome = log_distance - reconstruction(log_distance - height, log_distance, method="dilation")
    markers, n = label(dome > 1e-6, structure=np.ones((3, 3)))
    tall = np.zeros(n + 1, dtype=bool)
    if n:
        index = np.arange(1, n + 1)
        tall[1:] = (maximum(dome, markers, index) >= 0.999 * height) & (
            np.atleast_1d(maximum(distance, markers, index)) >= SPECK / 2.0
        )
    if tall.sum() < 2:
        return np.asarray(own, dtype=np.int32)
    chosen = np.where(tall, np.cumsum(tall), 0)[markers]
    parts = watershed(-distance, chosen, mask=padded)
    return np.asarray(parts[2:-2, 2:-2], dtype=np.int32)
