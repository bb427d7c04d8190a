"""Whether a sample of one coordinate has two modes: a Gaussian mixture fitted by EM to its histogram.

Two components count as two modes where (i) the Bayes information criterion prefers two over one (Schwarz,
Ann. Stat. 6 (1978) 461), (ii) they are cleanly apart, D = sqrt(2) |m1 - m2| / sqrt(s1^2 + s2^2) > 2 (Ashman,
Bird and Zepf, Astron. J. 108 (1994) 2348), and (iii) the fitted density has a valley between them. No
component is narrower than the counting noise. A uniform component takes up mixed pixels and outliers
(Banfield and Raftery, Biometrics 49 (1993) 803), which would else make one mode broad.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BINS = 256
STEPS = 200
MOST_GROUND = 0.3  # share of the uniform component: no mode of its own
ASHMAN = 2.0
FAINT = 1.0  # separation below which two components are no candidates even
VALLEY = 0.9  # density in the valley over that of the lower mode
SMALLEST_SHARE = 0.005
FEWEST = 24  # blocks: below it no test


@dataclass(frozen=True)
class TwoModes:
    """Two Gaussians: means ascending, standard deviations, shares; ``cut`` between them.

    ``clear``: all three conditions hold; otherwise BIC alone prefers two.
    """

    means: tuple[float, float]
    widths: tuple[float, float]
    shares: tuple[float, float]
    cut: float
    separation: float
    clear: bool


def otsu_of(x: Array) -> float:
    """Threshold that separates two classes best (Otsu, IEEE Trans. SMC 9 (1979) 62), on a histogram."""
    weights, centres = _histogram(x)
    below = np.cumsum(weights)
    first = np.cumsum(weights * centres)
    above = below[-1] - below
    ok = (below > 0.0) & (above > 0.0)
    means = np.where(
        ok, first / np.maximum(below, 1e-300) - (first[-1] - first) / np.maximum(above, 1e-300), 0
    )
    spread = below * above * means**2
    best = np.flatnonzero(spread >= spread.max() * (1.0 - 1e-12))
    return float(centres[best].mean() + 0.5 * (centres[1] - centres[0]))


def two_modes(x: Array, noise: float, *, smallest: float = SMALLEST_SHARE) -> TwoModes | None:
    """Two modes of ``x``, or None where one Gaussian is enough by BIC.

    ``noise``: standard deviation of a value by counting; ``smallest``: least share of a mode.
    """
    if x.size < FEWEST or float(np.ptp(x)) <= 0.0:
        return None
    weights, centres = _histogram(x)
    width = float(centres[1] - centres[0])
    floor = max(noise, 1.5 * width)
    best = max(
        (_fitted(weights, centres, cut, floor) for cut in _starts(x)), key=lambda fit: fit[0], default=None
    )
    if best is None:
        return None
    likelihood, means, widths, shares = best
    alone = _single(weights, centres, floor)
    if 2.0 * (likelihood - alone) < 3.0 * math.log(x.size):
        return None
    separation = math.sqrt(2.0) * (means[1] - means[0]) / math.hypot(*widths)
    if separation < FAINT or min(shares) < max(smallest, 8.0 / x.size):
        return None
    cut = _valley(means, widths, shares)
    return TwoModes(
        (float(means[0]), float(means[1])),
        (float(widths[0]), float(widths[1])),
        (float(shares[0]), float(shares[1])),
        _equal_density(means, widths, shares) if cut is None else cut,
        separation,
        clear=cut is not None and separation >= ASHMAN,
    )


def _equal_density(means: Array, widths: Array, shares: Array) -> float:
    x = np.linspace(means[0], means[1], 201)
    low, high = _densities(x, means, widths, shares)
    return float(x[int(np.argmax(high >= low))])


def _starts(x: Array) -> tuple[float, ...]:
    quantiles = np.quantile(x, (0.03, 0.25, 0.75, 0.97))
    return (otsu_of(x), *map(float, quantiles))


def _histogram(x: Array) -> tuple[Array, Array]:
    low, high = float(x.min()), float(x.max())
    weights, edges = np.histogram(x, bins=BINS, range=(low, high if high > low else low + 1.0))
    return weights.astype(float), 0.5 * (edges[1:] + edges[:-1])


def _densities(centres: Array, means: Array, widths: Array, shares: Array) -> Array:
    z = (centres - means[:, None]) / widths[:, None]
    return np.asarray(shares[:, None] / (widths[:, None] * math.sqrt(2.0 * math.pi)) * np.exp(-0.5 * z * z))


def _single(weights: Array, centres: Array, floor: float) -> float:
    return _em(weights, centres, np.ones((1, centres.size)), floor)[0]


def _fitted(weights: Array, centres: Array, cut: float, floor: float) -> tuple[float, Array, Array, Array]:
    return _em(weights, centres, np.stack([centres <= cut, centres > cut]).astype(float), floor)


def _em(weights: Array, centres: Array, held: Array, floor: float) -> tuple[float, Array, Array, Array]:
    """Log likelihood, means ascending, widths and shares of Gaussians over a uniform ground.

    ``held``: what each Gaussian holds of each bin at the start, shape (Gaussians, bins).
    """
    total = weights.sum()
    flat = 1.0 / (centres[-1] - centres[0] + centres[1] - centres[0])
    ground = 0.02
    likelihood = -math.inf
    held = held * (1.0 - ground)
    for _ in range(STEPS):
        mass = np.maximum(held @ weights, 1e-9)
        shares = mass / total
        means = held @ (weights * centres) / mass
        spread = np.einsum("kb,kb->k", held * weights, (centres - means[:, None]) ** 2) / mass
        widths = np.sqrt(np.maximum(spread, floor**2))
        p = _densities(centres, means, widths, shares)
        mixed = p.sum(axis=0) + ground * flat
        held = p / mixed
        ground = float(np.clip(weights @ (1.0 - held.sum(axis=0)) / total, 1e-6, MOST_GROUND))
        before, likelihood = likelihood, float(weights @ np.log(mixed))
        if likelihood - before < 1e-6 * total:
            break
    order = np.argsort(means)
    return likelihood, means[order], widths[order], shares[order]


def _valley(means: Array, widths: Array, shares: Array) -> float | None:
    """Place of the lowest density between the modes; None where there is no valley."""
    x = np.linspace(means[0], means[1], 201)
    density = _densities(x, means, widths, shares).sum(axis=0)
    lowest = int(np.argmin(density))
    left, right = float(density[: lowest + 1].max()), float(density[lowest:].max())
    if density[lowest] > VALLEY * min(left, right):
        return None
    return float(x[lowest])
