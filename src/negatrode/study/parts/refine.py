"""Proposals of a response surface: a quadratic fitted about the best point so far (Box and Wilson 1951).

A sampler of densities (TPE) finds the region and is slow to close in; the surface closes in and knows one
region only. Inverse design takes its proposals from both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.study.designs import sobol_shares

Array = NDArray[np.float64]
_CANDIDATES = 1024
# Two points closer than this (share of every axis) are one.
_SAME = 1e-5
_RIDGE = 1e-8
# Further than this share of an axis from the best point, another optimum may lie.
_FAR = 0.25


@dataclass(frozen=True, eq=False)
class Told:
    """What was evaluated: shares of the axes (n, d), one value to be made small (n,), violations (n, m), of
    which none is above zero where a point is inside.
    """

    shares: Array
    value: Array
    violations: Array

    @property
    def best(self) -> int:
        """The least value inside, else the least violation."""
        return int(self.order[0])

    @property
    def order(self) -> NDArray[np.intp]:
        """From the best to the worst: those inside by value, the others by violation."""
        worst = self.violation
        return np.lexsort((self.value, worst))

    @property
    def second(self) -> int:
        """The best of the points far from the best: another hill, where there is one."""
        away = np.abs(self.shares - self.shares[self.best]).max(axis=1)
        far = [int(k) for k in self.order if away[k] > _FAR]
        return far[0] if far else self.best

    @property
    def violation(self) -> Array:
        """Sum of what is above zero, each limit on the scale that it has here."""
        if not self.violations.shape[1]:
            return np.zeros(len(self.value))
        scale = np.maximum(np.abs(self.violations).max(axis=0), 1e-300)
        found: Array = np.maximum(self.violations / scale, 0.0).sum(axis=1)
        return found


def refined(told: Told, about: int, *, shrink: float, seed: int) -> Array | None:
    """The point that the surface about one of them proposes, as shares (d,); None where too few are told.

    ``shrink``: the step may go so far, in distances to the furthest of the points that the surface rests on.
    """
    n, d = told.shares.shape
    if n < d + 2:
        return None
    centre = told.shares[about]
    away = np.abs(told.shares - centre).max(axis=1)
    near = np.argsort(away, kind="stable")[: min(n, (d + 1) * (d + 2))]
    reach = max(float(away[near].max()), 1e-6)
    surface = _Surface.fitted(told, near, centre, reach)
    radius = shrink * reach
    point = centre
    for turn in range(3):  # each turn looks closer about the last one's finding
        box = radius * 0.2**turn
        around = np.clip(point + box * (2 * sobol_shares(d, _CANDIDATES, seed + turn) - 1), 0.0, 1.0)
        around = np.clip(around, centre - radius, centre + radius)
        point = around[surface.choose(around)]
    is_new = bool(np.abs(told.shares - point).max(axis=1).min() >= _SAME)
    return np.asarray(point, dtype=np.float64) if is_new else None


@dataclass(frozen=True, eq=False)
class _Surface:
    """Quadratics (linear where points are few) of the value and of every violation about a centre."""

    centre: Array
    reach: float
    is_quadratic: bool
    weights: Array

    @classmethod
    def fitted(cls, told: Told, near: NDArray[np.intp], centre: Array, reach: float) -> _Surface:
        d = told.shares.shape[1]
        is_quadratic = len(near) >= (d + 1) * (d + 2) // 2
        x = (told.shares[near] - centre) / reach
        # Nearer points count more (the tricube of local regression).
        trust = (1 - np.minimum(np.abs(x).max(axis=1), 0.999) ** 3) ** 1.5
        basis = _basis(x, is_quadratic) * trust[:, None]
        y = np.column_stack((told.value[near], told.violations[near])) * trust[:, None]
        ridge = _RIDGE * np.eye(basis.shape[1])
        weights = np.linalg.lstsq(
            np.vstack((basis, ridge)), np.vstack((y, np.zeros((len(ridge), y.shape[1])))), rcond=None
        )[0]
        return cls(centre, reach, is_quadratic, weights)

    def choose(self, shares: Array) -> int:
        """The candidate with the least value among those inside, else with the least violation."""
        found = _basis((shares - self.centre) / self.reach, self.is_quadratic) @ self.weights
        value, violations = found[:, 0], found[:, 1:]
        if not violations.shape[1]:
            return int(np.argmin(value))
        over = np.maximum(violations, 0.0).sum(axis=1)
        inside = over <= 0
        if inside.any():
            return int(np.flatnonzero(inside)[np.argmin(value[inside])])
        return int(np.argmin(over))


def _basis(x: Array, is_quadratic: bool) -> Array:
    d = x.shape[1]
    columns = [np.ones(len(x)), *x.T]
    if is_quadratic:
        columns += [x[:, i] * x[:, j] for i in range(d) for j in range(i, d)]
    return np.column_stack(columns)
