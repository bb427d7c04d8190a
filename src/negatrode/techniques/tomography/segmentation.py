"""From a stack of grey values to labels: classes by threshold, and mixed voxels between the extremes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError, Refusal
from negatrode.core.estimate import Finding
from negatrode.core.settings import Settings
from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, PHASE_B
from negatrode.techniques.tomography.grey_levels import (
    Floats,
    Histogram,
    Voxels,
    check_classes,
    histogram_of,
    mixture_thresholds,
    modes,
    otsu_thresholds,
)

Labels = NDArray[np.int8]
RANKS = ("dark", "middle", "bright")
_SLAB = 32
_VOXEL = 1.0 / math.sqrt(12.0)  # standard deviation of the average over a voxel
_WIDEST_FILM = 6.0  # voxels; a stack blurred more than that has no shells to speak of


@dataclass(frozen=True, eq=False)
class GreyClasses:
    """What the histogram of a stack shows, and which class is what.

    ``meaning``: label of each class in rising order of grey; ``levels``: the peak of each.
    """

    histogram: Histogram
    levels: Floats
    meaning: tuple[int, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class GreyLabels:
    """Labels by one recipe; ``film``: thickness in voxels below which a layer of middle grey is mixture."""

    labels: Labels
    film: float
    findings: tuple[Finding, ...]


def classes_of(values: Voxels, settings: Settings) -> GreyClasses:
    """The classes of a denoised stack, named as the settings say; Refusal where its histogram lacks them."""
    meaning = _meaning(settings)
    histogram = histogram_of(values)
    levels = modes(histogram)
    spelled = ", ".join(f"{v:.4g}" for v in levels)
    if len(levels) < len(meaning):
        raise Refusal(
            f"{len(levels)} peaks in the histogram of grey values ({spelled or 'none'})",
            rule=f"{len(meaning)} classes are asked for; each must show as a peak of its own",
            remedy="Give another denoise, a stack of better contrast, or a stack of labels",
        )
    if len(levels) > len(meaning):
        raise Refusal(
            f"{len(levels)} peaks in the histogram of grey values ({spelled})",
            rule=f"{len(meaning)} classes are asked for, and which of the peaks they are nobody says",
            remedy="Crop the stack to the phases that are meant (or segment it and give the labels)",
        )
    return GreyClasses(histogram, levels, meaning, (Finding("grey-levels", f"grey levels {spelled}"),))


def _meaning(settings: Settings) -> tuple[int, ...]:
    why = "X-ray and electron grey values do not say which phase is which"
    a = settings.word("phase_a_grey", why=why)
    outside = settings.word("outside_grey", why=why)
    ranks = ("dark", "bright") if outside == "none" else RANKS
    if a == outside or a not in ranks:
        raise InputError(
            f"phase_a_grey = '{a}' and outside_grey = '{outside}'",
            where=settings.section,
            rule=f"A and the outside are different classes of {', '.join(ranks)}",
        )
    return tuple(PHASE_A if r == a else OUTSIDE if r == outside else PHASE_B for r in ranks)


def grey_labels(values: Voxels, classes: GreyClasses, recipe: str, *, least_blur: float) -> GreyLabels:
    """Labels of a denoised stack by the recipe "otsu-3d" or "gaussian-mixture-3d".

    Where three classes differ, voxels mixed of the darkest and the brightest look like the middle one. Layers
    of middle grey between the two that are thinner than the blur of an edge are divided between them at the
    mean of their grey levels. ``least_blur``: that of the filter that took the noise out, in voxels.
    """
    if recipe == "otsu-3d":
        thresholds = otsu_thresholds(classes.histogram, len(classes.meaning))
    else:
        thresholds = mixture_thresholds(classes.histogram, classes.levels)
    check_classes(thresholds, classes.levels)
    meaning = np.array(classes.meaning, dtype=np.int8)
    labels = np.empty(values.shape, dtype=np.int8)
    for start in range(0, values.shape[0], _SLAB):
        part = slice(start, start + _SLAB)
        labels[part] = meaning[np.digitize(values[part], thresholds).astype(np.int8)]
    spelled = ", ".join(f"{t:.4g}" for t in thresholds)
    found = [Finding("thresholds", f"thresholds {spelled} by {recipe}")]
    if len(thresholds) == 1:
        return GreyLabels(labels, 0.0, tuple(found))
    blur = math.hypot(max(edge_blur(values, labels, classes), least_blur), _VOXEL)
    film = min(_film(blur, classes.levels, thresholds), _WIDEST_FILM)
    share = _divide_films(values, labels, classes, film)
    text = (
        f"edges are blurred by a standard deviation of {blur:.1f} voxels; layers of middle grey thinner than "
        f"{film:.1f} voxels between the two others taken as mixed voxels ({100.0 * share:.1f} % of the stack)"
    )
    return GreyLabels(labels, film, (*found, Finding("mixed-voxels", text)))


def edge_blur(values: Voxels, labels: Labels, classes: GreyClasses) -> float:
    """Standard deviation of the blur of edges, in voxels.

    An edge of contrast D blurred by a Gaussian has the slope D / (sigma sqrt(2 pi)) at its middle. Taken are
    the median slopes where the middle class meets the two others, and the larger blur: slopes through mixed
    layers are those of the whole contrast, up to 1.6 times as steep.
    """
    level = dict(zip(classes.meaning, classes.levels, strict=True))
    ratios = []
    middle = classes.meaning[1]
    for other in (classes.meaning[0], classes.meaning[2]):
        slopes = _slopes(values, labels, middle, other)
        if len(slopes) >= 20:
            contrast, slope = abs(level[middle] - level[other]), max(float(np.median(slopes)), 1e-12)
            ratios.append(contrast / slope / math.sqrt(2.0 * math.pi))
    return max(ratios, default=1.0)


def _slopes(values: Voxels, labels: Labels, one: int, other: int) -> Floats:
    """Size of the grey gradient at up to 20 000 pairs of neighbours along axis 2 with these labels."""
    first, second = labels[1:-1, 1:-1, 1:-2], labels[1:-1, 1:-1, 2:-1]
    places = np.argwhere(((first == one) & (second == other)) | ((first == other) & (second == one)))
    places = places[:: max(1, len(places) // 20_000)] + 1
    z, y, x = places.T
    along = values[z, y, x + 1] - values[z, y, x]
    across = [
        0.25 * sum(s * values[z + s * dz, y + s * dy, x + dx] for s in (1, -1) for dx in (0, 1))
        for dz, dy in ((1, 0), (0, 1))
    ]
    return np.asarray(np.sqrt(along**2 + across[0] ** 2 + across[1] ** 2), dtype=float)


def _film(blur: float, levels: Floats, thresholds: Floats) -> float:
    """Thickness of the layer of middle grey at a blurred edge between the extremes, plus a voxel of grid."""
    from scipy.special import ndtri

    shares = np.clip((thresholds - levels[0]) / (levels[2] - levels[0]), 0.01, 0.99)
    return float(blur * (ndtri(shares[1]) - ndtri(shares[0])) + 1.0)


def _divide_films(values: Voxels, labels: Labels, classes: GreyClasses, film: float) -> float:
    """Divide thin layers of the middle class between the extremes, in place; the share of voxels changed."""
    from scipy.ndimage import binary_dilation, binary_opening

    low, middle, high = classes.meaning
    centre = 0.5 * float(classes.levels[0] + classes.levels[2])
    reach = math.ceil(film) + 1
    ball = _ball(0.5 * film + 0.5)  # half a voxel for the steps of oblique layers
    step, halo, changed = 64, 3 * reach + 2, 0
    source = labels.copy()
    for start in range(0, labels.shape[0], step):
        below = max(start - halo, 0)
        part = source[below : start + step + halo]
        mid = part == middle
        thick = binary_opening(np.pad(mid, reach, mode="edge"), ball)
        # the corners that an opening rounds belong to what it keeps
        thin = mid & ~binary_dilation(thick, ball)[(slice(reach, -reach),) * 3]
        for extreme in (low, high):
            thin &= binary_dilation(part == extreme, iterations=reach)
        own = slice(start - below, start - below + step)
        thin = thin[own]
        grey = values[start : start + step][thin]
        labels[start : start + step][thin] = np.where(grey > centre, high, low)
        changed += int(thin.sum())
    return changed / labels.size


def _ball(radius: float) -> NDArray[np.bool_]:
    """Voxels within a radius of the middle one."""
    n = math.floor(radius)
    grid = np.mgrid[-n : n + 1, -n : n + 1, -n : n + 1]
    return np.asarray((grid**2).sum(axis=0) <= radius**2)
