"""Classes of drop volume and how events are shared among them: fixed pivots.

A drop that is no pivot is given to the two pivots beside it so that its number and its volume are both kept
(S. Kumar, D. Ramkrishna, Chem. Eng. Sci. 51 (1996) 1311).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError

Array = NDArray[np.float64]
# Cumulative number and volume of daughters up to a share of the mother's volume: C0(1) = 2, C1(1) = 1.
Daughters = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True, eq=False)
class Grid:
    """Pivots of volume (m3), rising geometrically, shape (m,).

    ``up`` and ``down``, (m, m): where the sum of two pivots goes: lower pivot (-1 beyond the grid) and the
    share of its number that goes there.
    """

    volumes: Array
    up: NDArray[np.int64]
    down: Array

    @property
    def diameters(self) -> Array:
        """Diameters of spheres of the pivots' volumes (m)."""
        found: Array = np.cbrt(6.0 * self.volumes / np.pi)
        return found


def grid(least: float, most: float, classes: int) -> Grid:
    """Geometric pivots from ``least`` to ``most`` (volumes, m3)."""
    if not 0.0 < least < most or classes < 4:
        raise InputError(
            f"{classes} classes from {least:g} to {most:g} m3", rule="four or more, between rising volumes"
        )
    v = np.geomspace(least, most, classes)
    total = v[:, None] + v[None, :]
    lower = np.searchsorted(v, total.ravel(), side="right").reshape(total.shape) - 1
    inside = total <= v[-1] * (1.0 + 1e-12)
    lower = np.minimum(lower, classes - 1)
    above = np.minimum(lower + 1, classes - 1)
    width = np.where(above > lower, v[above] - v[lower], 1.0)
    share = np.where(above > lower, (v[above] - total) / width, 1.0)
    up = np.where(inside, lower, -1).astype(np.int64)
    return Grid(v, up, np.ascontiguousarray(share))


def gain_of(pivots: Grid, daughters: Daughters) -> Array:
    """Share of a mother's volume that each class gets when it breaks, (m, m): column k for mother k.

    Daughters between two pivots are shared by straight lines in volume, integrated in closed form from the
    cumulative number and volume of the law. Those below the least pivot keep their volume there. Columns
    sum to one.
    """
    v = pivots.volumes
    m = v.size
    gain = np.zeros((m, m))
    for k in range(m):
        edges = np.minimum(v[: k + 1] / v[k], 1.0)
        c0, c1 = daughters(edges)
        number, volume = np.diff(c0), np.diff(c1) * v[k]
        for i in range(k):  # daughters between pivots i and i + 1
            width = v[i + 1] - v[i]
            gain[i, k] += v[i] * (v[i + 1] * number[i] - volume[i]) / width
            gain[i + 1, k] += v[i + 1] * (volume[i] - v[i] * number[i]) / width
        gain[0, k] += c1[0] * v[k]
        gain[:, k] /= gain[:, k].sum()  # what rounding left of v[k]
    return gain


def uniform(x: Array) -> tuple[Array, Array]:
    """Two daughters, every split of the volume as likely: b = 2 / v."""
    return 2.0 * x, x**2


def bell(x: Array) -> tuple[Array, Array]:
    """Two daughters, normal about one half with sd 1/6 of the volume, cut at 0 and 1.

    C. Coulaloglou, L. Tavlarides, Chem. Eng. Sci. 32 (1977) 1289 (4.6 exp(-4.5 (2 v' - v)^2 / v^2) / v).
    """
    from scipy.special import ndtr

    s = 1.0 / 6.0
    z, z0 = (x - 0.5) / s, -0.5 / s
    norm = ndtr(-z0) - ndtr(z0)
    number = (ndtr(z) - ndtr(z0)) / norm
    bump = (np.exp(-0.5 * z**2) - np.exp(-0.5 * z0**2)) / np.sqrt(2.0 * np.pi) / norm
    return 2.0 * number, 2.0 * (0.5 * number - s * bump)
