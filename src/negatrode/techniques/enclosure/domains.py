"""Domains of A, particles of the material, and what the frame cuts.

Connectivity: pixels of A that touch at a side or a corner (8 neighbours in 2-D, 26 in 3-D) are one domain,
and so are those of a particle. A contact at the limit of resolution thus joins, which cannot make A look more
enclosed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.phases.model import OUTSIDE, PHASE_A

Labels = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Domains:
    """Connected parts of a mask.

    ``numbers``: 1 ... count in the mask and 0 elsewhere, int32; ``sizes`` (pixels) and ``cut`` (touches the
    frame of the array) are indexed by number - 1.
    """

    numbers: NDArray[np.int32]
    sizes: NDArray[np.int64]
    cut: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.sizes)


def connected(mask: NDArray[np.bool_]) -> Domains:
    """The connected parts of a mask of two or three dimensions.

    >>> found = connected(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=bool))
    >>> found.sizes.tolist(), found.cut.tolist()
    ([2, 1], [True, True])
    """
    from scipy.ndimage import label

    numbers = np.empty(mask.shape, dtype=np.int32)
    count = label(mask, structure=np.ones((3,) * mask.ndim), output=numbers)
    sizes = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
    cut = np.zeros(count + 1, dtype=bool)
    for axis in range(mask.ndim):
        for end in (0, -1):
            cut[np.unique(np.take(numbers, end, axis=axis))] = True
    return Domains(numbers, sizes, cut[1:])


def domains_of_a(labels: Labels) -> Domains:
    """The domains of A."""
    return connected(labels == PHASE_A)


def particles(labels: Labels) -> tuple[int, int]:
    """Number of particles (connected material: everything but OUTSIDE), and how many the frame cuts."""
    found = connected(labels != OUTSIDE)
    return found.count, int(found.cut.sum())


def without_specks(labels: Labels, smallest: int) -> tuple[Labels, int]:
    """Labels without connected parts of fewer than ``smallest`` pixels, and the number of parts taken out.

    A speck gets the label that most of its neighbours outside specks have: below the resolution it is an
    error of the segmentation more likely than a domain.
    """
    speck = np.zeros(labels.shape, dtype=bool)
    count = 0
    for value in np.unique(labels):
        found = connected(labels == value)
        small = found.sizes < smallest
        if small.any() and not small.all():
            speck |= np.concatenate([[False], small])[found.numbers]
            count += int(small.sum())
    if count == 0:
        return labels, 0
    return _filled(labels, speck), count


def _filled(labels: Labels, speck: NDArray[np.bool_]) -> Labels:
    """Pixels of specks relabelled from their rim inwards by the majority of their known neighbours."""
    values = np.unique(labels)
    padded = np.pad(labels, 1, mode="edge")
    open_ = np.pad(speck, 1)
    steps = np.argwhere(np.ones((3,) * labels.ndim)) - 1
    places = np.argwhere(open_)
    while len(places):
        votes = np.zeros((len(places), len(values)), dtype=np.int16)
        for step in steps:
            near = tuple((places + step).T)
            votes += (padded[near][:, None] == values) & ~open_[near][:, None]
        known = votes.any(axis=1)
        if not known.any():
            break
        done = tuple(places[known].T)
        padded[done] = values[votes[known].argmax(axis=1)]
        open_[done] = False
        places = places[~known]
    return np.ascontiguousarray(padded[(slice(1, -1),) * labels.ndim])
