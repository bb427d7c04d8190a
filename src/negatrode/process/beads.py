"""Bead sizes: the means of a size distribution that the claims and the links ask for, draw by draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sizes:
    """Means of a distribution of diameters (m), (n,) each (ISO 9276-2).

    ``dv50`` median by volume; ``d43`` volume-weighted mean; ``d32`` Sauter mean; ``d21`` and ``d10`` length
    averages, D[2,1] and D[1,0]; ``sigma`` the standard deviation of ln d by volume.
    """

    dv50: Array
    d43: Array
    d32: Array
    d21: Array
    d10: Array
    sigma: Array

    def scaled(self, factor: Array) -> Sizes:
        """The same distribution with every diameter times a factor (n,)."""
        dv50, d43, d32, d21, d10 = (m * factor for m in (self.dv50, self.d43, self.d32, self.d21, self.d10))
        return Sizes(dv50, d43, d32, d21, d10, self.sigma)


def log_normal(dv50: Array, sigma: Array) -> Sizes:
    """Means of a log-normal distribution: ``D[p,q] = Dv50 exp((p + q - 6) s^2 / 2)`` (exact).

    >>> found = log_normal(np.array([10.0]), np.array([0.605]))
    >>> round(float(found.d43[0] / found.d10[0]), 2)  # D4/D1 = exp(3 s^2)
    3.0
    """
    s2 = sigma**2

    def mean(p: int, q: int) -> Array:
        found: Array = dv50 * np.exp((p + q - 6) * s2 / 2.0)
        return found

    return Sizes(dv50, mean(4, 3), mean(3, 2), mean(2, 1), mean(1, 0), sigma)


def of_classes(diameters: Array, volume: Array) -> Sizes:
    """Means of distributions given by classes: ``diameters`` (classes,), ``volume`` (n, classes), sums 1.

    Number moments are ``sum(volume d^(p - 3))``; the median is interpolated in ln d between the classes'
    borders (midway between neighbours in ln d).
    """
    x = np.log(diameters)
    share = volume / volume.sum(axis=1, keepdims=True)

    def moment(p: int) -> Array:
        found: Array = share @ diameters ** (p - 3.0)
        return found

    mean = share @ x
    sigma = np.sqrt(np.maximum(share @ x**2 - mean**2, 0.0))
    edges = np.concatenate([[1.5 * x[0] - 0.5 * x[1]], 0.5 * (x[1:] + x[:-1]), [1.5 * x[-1] - 0.5 * x[-2]]])
    below = np.concatenate([np.zeros((len(share), 1)), np.cumsum(share, axis=1)], axis=1)
    dv50 = np.exp([np.interp(0.5, row, edges) for row in below])
    return Sizes(
        dv50,
        moment(4) / moment(3),
        moment(3) / moment(2),
        moment(2) / moment(1),
        moment(1) / moment(0),
        sigma,
    )
