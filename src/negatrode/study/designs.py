"""Designs of experiments: how points are spread over axes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from negatrode.core.errors import InputError
from negatrode.study.axis import Axis
from negatrode.study.model import Value

Array = NDArray[np.float64]
Point = dict[str, Value]
MOST = 1_000_000


def grid(axes: Sequence[Axis], levels: Sequence[int]) -> list[Point]:
    """All combinations of the levels, the last axis fastest."""
    whole = math.prod(len(a.values) or n for a, n in zip(axes, levels, strict=True))
    _bounded(whole)
    steps = [a.levels(n) for a, n in zip(axes, levels, strict=True)]
    return [dict(zip((a.name for a in axes), row, strict=True)) for row in itertools.product(*steps)]


def sobol(axes: Sequence[Axis], count: int, seed: int) -> list[Point]:
    """A scrambled Sobol sequence (Joe and Kuo's directions, as scipy has them).

    Its evenness is best at powers of two; a longer design begins with the shorter one.
    """
    return from_shares(axes, sobol_shares(len(axes), count, seed))


def sobol_shares(dimensions: int, count: int, seed: int) -> Array:
    """Shares from 0 to 1 of a scrambled Sobol sequence, shape (count, dimensions)."""
    from scipy.stats import qmc

    _bounded(count)
    engine = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
    found: Array = engine.random_base2(max(math.ceil(math.log2(count)), 0))[:count]
    return found


def latin_hypercube(axes: Sequence[Axis], count: int, seed: int) -> list[Point]:
    """A Latin hypercube: every axis cut into ``count`` strips, one point in each."""
    from scipy.stats import qmc

    _bounded(count)
    engine = qmc.LatinHypercube(len(axes), scramble=True, rng=np.random.default_rng(seed))
    return from_shares(axes, engine.random(count))


DESIGNS: dict[str, Callable[[Sequence[Axis], int, int], list[Point]]] = {
    "sobol": sobol,
    "latin-hypercube": latin_hypercube,
}


def from_shares(axes: Sequence[Axis], shares: Array) -> list[Point]:
    """Points at shares (0 to 1) of the axes, shape (n, axes)."""
    return [{a.name: a.of_share(float(u)) for a, u in zip(axes, row, strict=True)} for row in shares]


def _bounded(count: int) -> None:
    if not 1 <= count <= MOST:
        raise InputError(f"{count} points", rule=f"from 1 to {MOST}", remedy="give fewer levels or axes")
