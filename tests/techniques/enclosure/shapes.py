"""Discs and spheres of A with cover of B, drawn at the pixel centres; the covered share is known."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, PHASE_B

Labels = NDArray[np.int8]


def disc(
    radius: float,
    *,
    covered: float = 1.0,
    start: float = 0.0,
    shell: float = 5.0,
    offset: tuple[float, float] = (0.0, 0.0),
) -> Labels:
    """A disc of A, of whose turn a share is covered from the angle ``start`` on."""
    n = int(2 * (radius + shell)) + 12
    middle = (n - 1) / 2.0
    y, x = np.mgrid[:n, :n].astype(float)
    y, x = y - middle - offset[0], x - middle - offset[1]
    r, turn = np.hypot(y, x), np.mod(np.arctan2(y, x) - start, 2.0 * math.pi)
    labels = np.full((n, n), OUTSIDE, dtype=np.int8)
    labels[(r < radius + shell) & (turn <= 2.0 * math.pi * covered)] = PHASE_B
    labels[r < radius] = PHASE_A
    return labels


def sphere(
    radius: float, *, theta: float = math.pi, axis: NDArray[np.float64] | None = None, shell: float = 4.0
) -> Labels:
    """A sphere of A, covered up to the polar angle ``theta`` about ``axis``: over (1 - cos theta)/2."""
    n = int(2 * (radius + shell)) + 10
    grid = np.mgrid[:n, :n, :n] - (n - 1) / 2.0
    way = np.array([1.0, 0.0, 0.0]) if axis is None else axis / np.linalg.norm(axis)
    r = np.sqrt((grid**2).sum(axis=0))
    cap = np.tensordot(way, grid, 1) >= r * math.cos(theta) - 1e-9
    labels = np.full((n, n, n), OUTSIDE, dtype=np.int8)
    labels[(r < radius + shell) & cap] = PHASE_B
    labels[r < radius] = PHASE_A
    return labels


def beside(pieces: list[Labels], columns: int) -> Labels:
    """Sections of equal shape laid out in rows of ``columns``."""
    rows = [np.concatenate(pieces[k : k + columns], axis=1) for k in range(0, len(pieces), columns)]
    return np.concatenate(rows, axis=0)
