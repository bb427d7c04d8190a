"""Counts pooled over blocks of pixels, and their composition in coordinates of constant noise.

For N counts shared out as n_e the square roots sqrt(n_e / N) have nearly the same variance 1/(4 N) in every
direction and at every composition (Bartlett, J. R. Stat. Soc. Suppl. 3 (1936) 68; the small-count term 3/8
is Anscombe's, Biometrika 35 (1948) 246). Euclidean distances there are Hellinger distances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]
Mask = NDArray[np.bool_]

SIZES = (1, 2, 3, 4, 6, 8)  # sides of the blocks, px
FEWEST_COUNTS = 16.0  # a block: below it the square root is not near-normal
MOST_BLOCKS = 50_000
DEEP = 4.0  # px: no signal of what lies outside the mask reaches so far (assumed)
ANSCOMBE = 0.375


@dataclass(frozen=True, eq=False)
class Pools:
    """Blocks of pixels.

    ``counts``: sums, shape (blocks, elements); ``pixels``: pixels that were summed, shape (blocks,);
    ``slope``: change of the composition (Hellinger distance) to the next block, shape (blocks,).
    ``deep``: whether the block lies DEEP px or more from where the mask ends, shape (blocks,).
    """

    counts: NDArray[np.float64]
    pixels: NDArray[np.float64]
    slope: NDArray[np.float64]
    deep: NDArray[np.bool_]

    @property
    def totals(self) -> NDArray[np.float64]:
        """Counts of all elements together, shape (blocks,)."""
        return np.asarray(self.counts.sum(axis=1))


def pooled(
    values: Planes, size: int, mask: Mask | None = None, *, deep: Mask | None = None, share: float = 0.5
) -> Pools:
    """Sums over blocks of ``size`` x ``size`` pixels of ``mask``; those it fills by less than ``share`` drop.

    ``values`` has the shape (elements, rows, columns); ``deep`` is what ``deep_inside`` gives. At most
    MOST_BLOCKS blocks, evenly spread.
    """
    inside = np.ones(values.shape[1:], dtype=bool) if mask is None else mask
    filled = _blocks(inside.astype(np.float32), size)
    keep = np.flatnonzero(filled.ravel() >= share * size * size)
    if keep.size > MOST_BLOCKS:
        keep = keep[np.linspace(0, keep.size - 1, MOST_BLOCKS).astype(int)]
    masked = values if mask is None else values * inside
    sums = np.stack([_blocks(plane, size) for plane in masked])
    np.clip(sums, 0.0, None, out=sums)
    counts = sums.reshape(len(sums), -1)[:, keep].T.astype(float)
    depth = np.zeros(keep.size) if deep is None else _blocks(deep.astype(np.float32), size).ravel()[keep]
    return Pools(counts, filled.ravel()[keep].astype(float), _slope(sums, keep), depth >= 0.5 * size * size)


def deep_inside(inside: Mask) -> Mask:
    """Pixels DEEP px or more from where a mask ends; all of them where it has no end."""
    from scipy.ndimage import distance_transform_edt

    if inside.all():
        return inside
    return np.asarray(distance_transform_edt(inside) >= DEEP, dtype=bool)


def _slope(sums: Planes, keep: NDArray[np.intp]) -> NDArray[np.float64]:
    """Half the Hellinger distance between the neighbours on either side, down and across together.

    Zero on a ridge as on a plateau: the middle of a thin layer counts as even, its flanks do not.
    """
    rows, columns = sums.shape[1:]
    r, c = np.divmod(keep, columns)
    across = _apart(sums, (r, np.maximum(c - 1, 0)), (r, np.minimum(c + 1, columns - 1)))
    down = _apart(sums, (np.maximum(r - 1, 0), c), (np.minimum(r + 1, rows - 1), c))
    return np.asarray(np.hypot(across, down))


_Places = tuple[NDArray[np.intp], NDArray[np.intp]]


def _apart(sums: Planes, one: _Places, other: _Places) -> NDArray[np.float64]:
    ends = [sums[:, r, c].T.astype(float) for r, c in (one, other)]
    empty = np.minimum(ends[0].sum(axis=1), ends[1].sum(axis=1)) < 1.0
    distance = 0.5 * np.linalg.norm(hellinger(ends[0]) - hellinger(ends[1]), axis=1)
    return np.asarray(np.where(empty, 0.0, distance))


def _blocks(plane: Planes, size: int) -> Planes:
    rows, columns = plane.shape[0] // size, plane.shape[1] // size
    cut = plane[: rows * size, : columns * size]
    if size == 1:
        return cut
    # adding strided views is far quicker than a sum over two short axes
    lines = np.add.reduce([cut[i::size] for i in range(size)])
    return np.asarray(np.add.reduce([lines[:, i::size] for i in range(size)]), dtype=np.float32)


def hellinger(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Square roots of the shares of the elements, shape (blocks, elements).

    >>> hellinger(np.array([[400.0, 400.0]])).round(3).tolist()
    [[0.707, 0.707]]
    """
    roots = np.sqrt(counts + ANSCOMBE)
    return np.asarray(roots / np.sqrt((roots**2).sum(axis=1, keepdims=True)))


def principal(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """The features along their direction of largest variance, shape (blocks,)."""
    centred = features - features.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ vectors[:, -1])
