"""From a micrograph to its particles: ground, threshold, holes, touching particles.

Grey values are smoothed, freed of a slow gradient and cut by the threshold of Otsu (1979); holes are
filled; components that are not convex are split at their necks by a watershed of the distance to the
outside (Beucher and Lantuejoul 1979), wherever the neck is narrower than SPLIT_RATIO of the smaller part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from negatrode.core.errors import Refusal
from negatrode.techniques.shape import morphology
from negatrode.techniques.shape.morphology import Array, Labels, Mask

SMALLEST_SIDE = 64  # px
NOISE_SIGMA = 1.2  # px of the smoothing before the threshold
BLOCK = 8  # px: what is seen at this scale is no pixel noise
NOISE_GATE = 0.45  # contrast left after averaging blocks; noise alone keeps about a quarter
SPECK = 6.0  # px in diameter: below it a component is dust or noise, and not counted at all
GAP = 8.0  # px in diameter: a hole as dark as the ground and as wide is a gap between particles
SPLIT_SOLIDITY = 0.985
SPLIT_RATIO = 0.90
SPLIT_SIDE = 192  # px: necks of wider components are sought on a coarser grid
POLARITY_MARGIN = 0.3
GROUND_SIGMAS, LOW_SHARE = 6.0, 0.25  # the threshold lies above the noise and a quarter of the contrast


@dataclass(frozen=True, eq=False)
class Scene:
    """A segmented picture.

    ``field``: (grey - threshold) / contrast, positive in particles; ``ground``: its median in the ground;
    ``labels``: particle numbers from 1, 0 for the ground; ``polarity``: "bright" or "dark" particles;
    ``sure``: whether both readings of the polarity differ clearly; ``rows``: rows kept above the
    information bar.
    """

    field: Array
    ground: float
    labels: Labels
    polarity: str
    sure: bool
    rows: int


def info_bar(values: Array) -> int:
    """Rows of an information bar at the bottom: rows of mostly one grey value under rows that are not."""
    rows = len(values)
    middle = np.median(values, axis=1, keepdims=True)
    span = float(np.ptp(values))
    flat = np.mean(np.abs(values - middle) <= 0.005 * span, axis=1)
    begin = rows
    for row in range(rows - 1, int(0.7 * rows), -1):
        if flat[row] > 0.5 and np.mean(flat[row:] > 0.5) > 0.6:
            begin = row
    above = flat[: int(0.7 * rows)]
    is_bar = rows - begin >= max(8, 0.02 * rows) and float(np.median(above)) < 0.4
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
    ground = float(np.median(field[::4, ::4][labels[::4, ::4] == 0]))
    return Scene(field, ground, labels, "bright" if sign > 0.0 else "dark", sure, len(grey))


def _separation(values: Array) -> float:
    """Difference of the means of the two classes of Otsu's threshold."""
    if float(np.ptp(values)) <= 0.0:
        return 0.0
    cut = morphology.otsu(values)
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
    """+1 where the bright class is made of separate compact parts, -1 where the dark class is; how sure.

    Score of a class: area of the largest circles inscribed in its components over their area, and the
    share that is not its largest component. The ground is one wide, branched component and scores low.
    """
    coarse = _blocks(grey, 4)
    bright = coarse > morphology.otsu(coarse)
    scores = [_compactness(bright), _compactness(~bright)]
    sure = abs(scores[0] - scores[1]) > POLARITY_MARGIN
    return (1.0 if scores[0] >= scores[1] else -1.0), sure


def _compactness(mask: Mask) -> float:
    from scipy.ndimage import distance_transform_edt, label

    numbers, n = label(mask)
    sizes = np.bincount(numbers.ravel(), minlength=n + 1).astype(float)
    sizes[0] = 0.0
    kept = sizes >= 9.0
    total = float(sizes[kept].sum())
    if total <= 0.0:
        return 0.0
    radius = _largest(distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1], numbers, n)
    circles = np.minimum(math.pi * radius**2, sizes)
    return float(circles[kept].sum()) / total + 1.0 - float(sizes.max()) / total


def _largest(values: Array, numbers: Labels, n: int) -> Array:
    """Largest value under each number, shape (n + 1,)."""
    found = np.zeros(n + 1)
    np.maximum.at(found, numbers.ravel(), values.ravel())
    return found


def _levelled(grey: Array) -> Array:
    """(grey - gradient - threshold) / contrast, the gradient a quadratic fitted to the ground alone."""
    coarse = _blocks(grey, BLOCK)
    y, x = np.mgrid[0 : coarse.shape[0], 0 : coarse.shape[1]]
    u, v = (x + 0.5) * BLOCK / grey.shape[1] - 0.5, (y + 0.5) * BLOCK / grey.shape[0] - 0.5
    terms = np.stack([np.ones_like(u), u, v, u * v, u * u, v * v], axis=-1)
    slow = np.zeros(6)
    for _ in range(3):
        flat = coarse - terms @ slow
        ground = flat < morphology.otsu(flat)
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
    cut = morphology.otsu(flat)
    ground = flat[flat <= cut]
    particle = float(np.median(flat[flat > cut]))
    base = float(np.median(ground))
    spread = base - float(np.percentile(ground, 16.0))  # the lower side holds no flanks of particles
    contrast = max(particle - base, 1e-12)
    # dim particles (in shadow, deep in the bed) lie below Otsu's threshold, which halves the bright ones
    cut = min(cut, base + max(GROUND_SIGMAS * spread, LOW_SHARE * contrast))
    return np.asarray((flat - cut) / contrast, dtype=float)


def _particles(field: Array) -> Labels:
    """Numbered particles: filled, specks removed, components that are not convex split at their necks."""
    from scipy.ndimage import binary_opening, find_objects, label

    mask = binary_opening(_filled(field), iterations=1)
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
        if not at_edge and _mask_solidity(own) >= SPLIT_SOLIDITY:
            continue
        parts = _split(own)
        for part in range(2, int(parts.max()) + 1):
            labels[box][parts == part] = following
            following += 1
    return labels


def _filled(field: Array) -> Mask:
    """The mask of particles without its holes, save wide holes as dark as the ground: gaps between them."""
    from scipy.ndimage import binary_fill_holes, find_objects, label

    mask = field > 0.0
    filled = np.asarray(binary_fill_holes(mask))
    holes, n = label(filled & ~mask)
    sizes = np.bincount(holes.ravel(), minlength=n + 1)
    ground = float(np.median(field[~mask]))
    for number, box in enumerate(find_objects(holes), start=1):
        if sizes[number] >= math.pi / 4.0 * GAP**2:
            own = holes[box] == number
            if float(np.median(field[box][own])) < 0.5 * ground:
                filled[box][own] = False
    return filled


def _mask_solidity(own: Mask) -> float:
    """Pixels over the pixels of the convex hull (Pick's theorem on the ends of the rows)."""
    from scipy.spatial import ConvexHull

    rows = np.flatnonzero(own.any(axis=1))
    first, last = own[rows].argmax(axis=1), own.shape[1] - 1 - own[rows, ::-1].argmax(axis=1)
    points = np.concatenate([np.column_stack([first, rows]), np.column_stack([last, rows])])
    if len(rows) < 3 or float(np.ptp(points[:, 0])) < 1.0:
        return 1.0
    hull = ConvexHull(points)  # in two dimensions "volume" is the area and "area" the perimeter
    return float(own.sum() / (hull.volume + 0.4 * hull.area + 1.0))


def _split(own: Mask) -> Labels:
    """Parts of one component, from 1, by a watershed whose markers are maxima of the log distance.

    On the logarithm a fixed height is a fixed ratio of the neck to the part, whatever the size.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter, label

    step = -(-max(own.shape) // SPLIT_SIDE)
    full = distance_transform_edt(np.pad(own, 2))[2:-2, 2:-2]
    distance = gaussian_filter(full, 1.0)[::step, ::step]
    height = -math.log(SPLIT_RATIO)
    log_distance = np.log(np.maximum(distance, 0.5))
    dome = log_distance - morphology.reconstructed(log_distance - height, log_distance)
    markers, n = label(dome > 1e-6, structure=np.ones((3, 3)))
    tall = (_largest(dome, markers, n) >= 0.999 * height) & (_largest(distance, markers, n) >= SPECK / 2.0)
    tall[0] = False
    if tall.sum() < 2:
        return np.asarray(own, dtype=np.int32)
    seeds = np.zeros(own.shape, dtype=np.int32)
    seeds[::step, ::step] = np.where(tall, np.cumsum(tall), 0)[markers]
    return morphology.watershed(-full, seeds * own, own)
