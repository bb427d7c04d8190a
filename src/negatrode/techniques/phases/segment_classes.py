"""The classes of a section: is there an outside, how many phases do the counts support, what are their rates.

Blocks of pixels are split while their composition has two modes (segment_modes). The first split sees all of
the material; the later ones see the interior of one phase at a time, so that the mixed pixels of a border
never make a phase of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from negatrode.core.estimate import Finding
from negatrode.techniques.phases.segment_labels import (
    Classes,
    blur_of,
    blurred,
    classified,
    mean_counts,
)
from negatrode.techniques.phases.segment_modes import FEWEST, otsu_of, two_modes
from negatrode.techniques.phases.segment_pools import (
    FEWEST_COUNTS,
    SIZES,
    Pools,
    deep_inside,
    hellinger,
    pooled,
    principal,
)

Array = NDArray[np.float64]
Planes = NDArray[np.float32]
Labels = NDArray[np.int8]
Mask = NDArray[np.bool_]
Scalar = TypeVar("Scalar", bound=np.generic)

MOST_PHASES = 4
MOSAIC, TILE = 3, 128  # tiles a side, px a tile
ROUNDS = 3
FWHM = 2.3548  # of a Gaussian, in standard deviations
OUT = 0  # class numbers in the labels: 0 the outside, 1.. the phases
# Resin is made of these; a map of them does not show where the material ends
_RESIN = ("H", "C", "N", "O", "Cl")
_FAINT = 0.02  # share of all counts below which an element does not show where the material ends
_DARK = 0.35  # of the material's level: the outside is below it
_OUTSIDE_POOL = 50.0  # counts a block in the test for an outside
_LEAST_PART = 0.005  # of the material: a phase is more than that
LEAST_STEP = 0.5  # of the difference of two phases that is passed at their borders
EXPLAINED = 0.9  # share of the repeatable variation that two sharp phases must explain
_EVEN = 0.1  # of the span of the composition: a block that changes more to its neighbours is a border
_HALO = 0.1  # a phase that is another with less than that of a third mixed in is the other's rim
_ON_LINE = 0.1  # misfit (share of the rates) up to which a composition lies on a mixing line


@dataclass(frozen=True, eq=False)
class Layout:
    """A section divided into classes.

    ``labels``: 0 outside, 1 to K the phases; ``held``: posterior of each phase, then of the outside;
    ``sigma``: standard deviation of the blur, px.
    """

    labels: Labels
    held: Planes
    classes: Classes
    sigma: float
    findings: tuple[Finding, ...] = ()


def material_of(values: Planes, elements: tuple[str, ...], outside: str) -> tuple[Mask, tuple[Finding, ...]]:
    """Pixels that belong to the material, roughly (by blocks), and what was found of an outside.

    The signal of each element over its own high level, the largest of them per block: an outside is where
    all elements are low, whatever the phases' totals. ``outside``: "yes", "no" or "auto" (tested).
    """
    whole = np.ones(values.shape[1:], dtype=bool)
    if outside == "no":
        return whole, (Finding("outside", "no outside, as declared"),)
    size = _size_for(values, _OUTSIDE_POOL)
    level, noise = _level(values, elements, size)
    modes = two_modes(np.sqrt(level).ravel(), noise)
    split = (
        None
        if modes is None or not modes.clear or modes.means[0] > _DARK**0.5 * modes.means[1]
        else modes.cut
    )
    if split is None and outside == "auto":
        return whole, (Finding("outside", "no outside: no part of the section is poor in all elements"),)
    if split is None:
        split = otsu_of(np.sqrt(level).ravel())
    inside = np.kron(level > split**2, np.ones((size, size), dtype=bool))
    rows, columns = values.shape[1:]
    mask = np.pad(inside, ((0, rows - inside.shape[0]), (0, columns - inside.shape[1])), mode="edge")
    share = float(mask.mean())
    return mask, (
        Finding("outside", f"{100.0 * (1.0 - share):.3g} % of the section is outside (low counts)"),
    )


def _size_for(values: Planes, counts: float) -> int:
    """Side of the smallest block that holds so many counts on average, px."""
    mean = max(float(values.sum(axis=0, dtype=np.float64).mean()), 1e-9)
    largest = max(min(values.shape[1:]) // 8, 1)
    return int(min(next((s for s in SIZES if s * s * mean >= counts), SIZES[-1]), largest))


def _level(values: Planes, elements: tuple[str, ...], size: int) -> tuple[Array, float]:
    rows, columns = values.shape[1] // size, values.shape[2] // size
    cut = values[:, : rows * size, : columns * size]
    sums = cut.reshape(len(values), rows, size, columns, size).sum(axis=(2, 4)).astype(float)
    means = sums.mean(axis=(1, 2))
    marks = [i for i, e in enumerate(elements) if e not in _RESIN and means[i] > _FAINT * means.sum()]
    marks = marks or list(range(len(elements)))
    high = np.array([np.quantile(sums[i], 0.99) for i in marks])
    high = np.maximum(high, 1e-9)
    level = np.max(np.clip(sums[marks], 0.0, None) / high[:, None, None], axis=0)
    return level, float(0.5 / np.sqrt(high.min()))


def layout(values: Planes, noise: Array, elements: tuple[str, ...], outside: str) -> Layout:
    """The section with as many phases as the data support (1 to MOST_PHASES).

    Classes and blur of a large map come from a mosaic of tiles spread over it; the labels from all of it.
    """
    part = mosaic(values)
    found = _layout(part, noise, elements, outside)
    return found if part is values else whole(values, found)


def whole(values: Planes, found: Layout) -> Layout:
    """The labels of a whole map by classes found on a part of it."""
    again = settled(values, found.classes, rounds=1, sigma=found.sigma)
    return Layout(again.labels, again.held, found.classes, found.sigma, found.findings)


def mosaic(values: NDArray[Scalar]) -> NDArray[Scalar]:
    """MOSAIC x MOSAIC tiles of TILE pixels, evenly spread and set side by side; small maps as they are.

    ``values``: rows and columns on the last two axes.
    """
    rows, columns = (_spread(n) for n in values.shape[-2:])
    if rows is None and columns is None:
        return values
    cut = values if rows is None else values[..., rows, :]
    return np.ascontiguousarray(cut if columns is None else cut[..., columns])


def _spread(side: int) -> NDArray[np.intp] | None:
    if side <= MOSAIC * TILE:
        return None
    starts = np.linspace(0, side - TILE, MOSAIC).astype(int)
    return np.concatenate([np.arange(s, s + TILE) for s in starts])


def _layout(values: Planes, noise: Array, elements: tuple[str, ...], outside: str) -> Layout:
    mask, findings = material_of(values, elements, outside)
    out = _rates(values, ~mask) if not mask.all() else None
    parts = _first_split(values, mask, Classes(np.zeros((0, len(values))), out, noise))
    if parts is None:
        labels = mask.astype(np.int8)
        held = np.stack([mask, ~mask][: 1 if out is None else 2]).astype(np.float32)
        return Layout(labels, held, Classes(_rates(values, mask)[None], out, noise), 0.0, findings)
    found = settled(values, Classes(parts, out, noise))
    while found.classes.count < MOST_PHASES:
        finer = _finer(values, found)
        if finer is None:
            break
        found = finer
    return Layout(found.labels, found.held, found.classes, found.sigma, findings)


def _finer(values: Planes, found: Layout) -> Layout | None:
    """The same with one phase more, where the interior of a phase has two modes; None where none has."""
    areas = np.bincount(found.labels.ravel(), minlength=found.classes.count + 1)
    for k in range(1, found.classes.count + 1):
        inner = interior_of(found.labels, found.sigma) & (found.labels == k)
        scale = float(areas[1:].sum()) / max(float(inner.sum()), 1.0)
        split = next(_splits(values, inner, found.classes.noise, scale), None)
        if split is None or not split.clear:
            continue
        rates = np.concatenate([np.delete(found.classes.rates, k - 1, axis=0), split.rates])
        finer = settled(values, Classes(rates, found.classes.outside, found.classes.noise))
        if all_real(finer):
            return finer
    return None


def all_real(found: Layout) -> bool:
    """Whether every phase has an area and an interior of its own, and none is the rim of another.

    A film of mixed pixels has no interior; a rim into which the blur carries a little of a neighbour lies on
    the mixing line of the two, close to one end.
    """
    inner = interior_of(found.labels, found.sigma)
    areas = np.bincount(found.labels.ravel(), minlength=found.classes.count + 1)[1:]
    cores = np.bincount(found.labels[inner], minlength=found.classes.count + 1)[1:]
    least = max(_LEAST_PART * float(areas.sum()), 12.0)
    if not ((areas >= least).all() and (cores >= 0.05 * areas).all()):
        return False
    k = found.classes.count
    triples = [(i, j, n) for i in range(k) for j in range(k) for n in range(k) if len({i, j, n}) == 3]
    return not any(_is_halo(found.classes.rates, *triple) for triple in triples)


def _is_halo(rates: Array, halo: int, owner: int, other: int) -> bool:
    """Whether phase ``halo`` is ``owner`` with up to _HALO of ``other`` mixed in, or less of it."""
    weight = 1.0 / np.sqrt(np.maximum(rates.mean(axis=0), 1e-9))
    ends = (rates[[owner, other]] * weight).T
    target = rates[halo] * weight
    shares, *_ = np.linalg.lstsq(ends, target, rcond=None)
    misfit = float(np.linalg.norm(ends @ shares - target)) / max(float(np.linalg.norm(target)), 1e-300)
    return misfit < _ON_LINE and abs(float(shares[1])) < _HALO * max(float(shares.sum()), 1e-300)


def interior_of(labels: Labels, sigma: float) -> Mask:
    """Pixels farther from every border of classes than the width at half height of the blur."""
    return border_distance(labels) >= max(FWHM * sigma, 1.0)


def border_distance(labels: Labels) -> NDArray[np.float32]:
    """Distance of each pixel's centre from the nearest border of classes, px (to half a pixel)."""
    from scipy.ndimage import distance_transform_edt

    border = np.zeros(labels.shape, dtype=bool)
    for one, other in (
        ((slice(1, None),), (slice(None, -1),)),
        ((..., slice(1, None)), (..., slice(None, -1))),
    ):
        differs = labels[one] != labels[other]
        border[one] |= differs
        border[other] |= differs
    if not border.any():
        return np.full(labels.shape, float(min(labels.shape)), dtype=np.float32)
    return np.asarray(distance_transform_edt(~border) + 0.5, dtype=np.float32)


def _rates(values: Planes, mask: Mask) -> Array:
    return np.asarray(values[:, mask].mean(axis=1, dtype=np.float64))


@dataclass(frozen=True, eq=False)
class _Split:
    """Mean counts of two modes, shape (2, elements); ``clear`` as in segment_modes."""

    rates: Array
    clear: bool


def _first_split(values: Planes, mask: Mask, single: Classes) -> Array | None:
    """Mean counts of two phases that a repeated map confirms (segment_repeat), the clear modes first."""
    from negatrode.techniques.phases.segment_repeat import judged

    for split in list(_splits(values, mask, single.noise, 1.0))[:3]:
        verdict = judged(values, mask, Classes(split.rates, single.outside, single.noise))
        if verdict.step >= LEAST_STEP and (split.clear or verdict.explained >= EXPLAINED):
            return split.rates
    return None


def _splits(values: Planes, mask: Mask, noise: Array, scale: float) -> Iterator[_Split]:
    """Splits of the material under ``mask`` by composition, the clear one of the smallest blocks first.

    ``noise``: background counts a pixel. The composition is that of the gross counts: square roots of net
    counts are far noisier than those of counts where a faint line stands on a high background, and an
    element that tells nothing would hide those that do. ``scale``: area of all the material over that of
    the mask (a phase must be a share of the whole).
    """
    unclear = []
    gross = values + noise[:, None, None].astype(np.float32)
    deep = deep_inside(mask)
    for size in SIZES:
        if size > min(values.shape[1:]) // 6:
            break
        pools = pooled(gross, size, mask, deep=deep)
        if pools.totals.size == 0 or float(np.median(pools.totals)) < FEWEST_COUNTS:
            continue
        split = _modes_of(pools, noise, scale)
        if split is not None and split.clear:
            yield split
            break
        if split is not None:
            unclear.append(split)
    yield from unclear


def _modes_of(pools: Pools, background: Array, scale: float) -> _Split | None:
    """Two modes of the composition: of blocks away from borders, else of all blocks.

    Small domains have hardly a block that no border reaches; with all blocks the mixed ones between the
    modes are a valley that fills, so that the modes are seldom clear.
    """
    # dark blocks at the rim hold little of the material; dark ones deep inside are a phase of fewer counts
    keep = pools.deep | (pools.totals >= 0.5 * float(np.median(pools.totals)))
    counts, pixels = pools.counts[keep], pools.pixels[keep]
    if counts.shape[1] == 1:
        x, noise = np.sqrt(counts[:, 0] / pixels), 0.5 / float(np.sqrt(np.median(pixels)))
        return _split_of(x, noise, counts, pixels, background, scale)
    x, noise = principal(hellinger(counts)), float(np.sqrt(np.mean(0.25 / counts.sum(axis=1))))
    span = float(np.subtract(*np.quantile(x, (0.99, 0.01))))
    even = pools.slope[keep] <= max(_EVEN * span, 1.5 * noise)
    if even.sum() >= FEWEST and even.mean() > 0.05:
        split = _split_of(x[even], noise, counts[even], pixels[even], background, scale)
        if split is not None:
            return split
    return _split_of(x, noise, counts, pixels, background, scale)


def _split_of(
    x: Array, noise: float, counts: Array, pixels: Array, background: Array, scale: float
) -> _Split | None:
    modes = two_modes(x, noise, smallest=min(_LEAST_PART * scale, 0.2))
    if modes is None:
        return None
    near = [np.abs(x - m) <= 1.5 * w for m, w in zip(modes.means, modes.widths, strict=True)]
    sides = [near[0] & (x <= modes.cut), near[1] & (x > modes.cut)]
    if not (sides[0].any() and sides[1].any()):
        return None
    rates = np.stack([counts[s].sum(axis=0) / pixels[s].sum() for s in sides])
    return _Split(np.clip(rates - background, 0.0, None), modes.clear)


def settled(values: Planes, classes: Classes, *, rounds: int = ROUNDS, sigma: float = 0.0) -> Layout:
    """Labels, rates and blur that agree with each other, after ``rounds`` of one from the other."""
    for step in range(rounds):
        held = classified(values, classes, sigma)
        labels = _numbers(held, classes)
        names = tuple(range(1, classes.count + 1)) + ((OUT,) if classes.outside is not None else ())
        if len(np.unique(labels)) < len(names) or step == rounds - 1:
            break
        sigma = blur_of(values, labels, names)
        rates = mean_counts(values, blurred(labels, names, sigma))
        out = rates[-1] if classes.outside is not None else None
        classes = Classes(rates[: classes.count], out, classes.noise)
    return Layout(labels, held, classes, sigma)


def _numbers(held: Planes, classes: Classes) -> Labels:
    best = held.argmax(axis=0)
    names = np.array([*range(1, classes.count + 1), OUT], dtype=np.int8)
    return np.asarray(names[best], dtype=np.int8)
