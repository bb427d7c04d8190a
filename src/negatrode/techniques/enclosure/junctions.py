"""Where cover ends: points (2-D) or lines (3-D) at which A, B and something else meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# mean number of grid edges a unit length of a line of random direction has, 3 <|cos|> = 3/2
_EDGES_PER_LENGTH = 1.5


def junction_measure(centres: NDArray[np.float32], covered: NDArray[np.bool_]) -> float:
    """Number of triple points (2-D), or length of the contact lines in px (3-D).

    Counted are the corners (edges) of the grid at which a covered and an uncovered side of A meet.
    """
    # on the grid of half pixels a side has one odd coordinate, its rims lie one step along another axis
    doubled = np.rint(2.0 * centres).astype(np.int64) + 4
    span = tuple(doubled.max(axis=0) + 4)
    meeting = np.intersect1d(_rims(doubled[covered], span), _rims(doubled[~covered], span))
    return len(meeting) / (1.0 if centres.shape[1] == 2 else _EDGES_PER_LENGTH)


def _rims(doubled: NDArray[np.int64], span: tuple[int, ...]) -> NDArray[np.int64]:
    """Numbers of the grid corners (2-D) or edges (3-D) that bound sides, given by twice their centres."""
    across = (doubled % 2).argmax(axis=1)
    found = [np.empty(0, dtype=np.int64)]
    for axis in range(doubled.shape[1]):
        along = doubled[across != axis]
        for step in (-1, 1):
            rim = along.copy()
            rim[:, axis] += step
            found.append(np.ravel_multi_index(tuple(rim.T), span))
    return np.unique(np.concatenate(found))
