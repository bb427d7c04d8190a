"""Particle-size distributions as classes of equal spheres."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from negatrode.cell.electrode import Particle
from negatrode.core.errors import InputError

Array = NDArray[np.float64]

RULES = ("gauss", "midpoint")


def size_distributed(
    particle: Particle,
    standard_deviation: float,
    classes: int,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    rule: str = "gauss",
) -> tuple[Particle, ...]:
    """Split a population into classes of an area-weighted log-normal distribution of radii.

    With ``f_a(R)`` the log-normal of mean ``particle.radius`` and the given standard deviation (of R itself),
    cut at the limits and normalised, class k has the radius ``R_k`` and

        a_k = a w_k,    eps_k = a_k R_k / 3,    a = 3 eps / Rbar,    Rbar = sum_k w_k R_k,

    so that each class consists of whole spheres and the volume fraction is kept exactly. The reactive area is
    ``3 eps / Rbar``: that of the population where the cut leaves the mean radius as it is. This is PyBaMM's
    definition (``"particle size": "distribution"``; T. Kirk and others, SIAM J. Appl. Math. 81 (2021) 506).

    Parameters
    ----------
    particle:
        The population; its radius is the area-weighted mean.
    standard_deviation:
        Of the radius by area, relative to the mean.
    classes:
        How many.
    minimum, maximum:
        Limits relative to the mean radius; by default five standard deviations away, and not below zero.
    rule:
        ``"gauss"``: the quadrature of Gauss for this density, with which few classes suffice.
        ``"midpoint"``: equal steps of the radius as on PyBaMM's default mesh, whose results it repeats with
        the same number of classes.

    Raises
    ------
    InputError
        A standard deviation, limits or a number of classes out of range, a rule of another name, or a
        population whose area per volume is not that of its spheres.

    Examples
    --------
    >>> from negatrode.material.active import ActiveMaterial
    >>> from negatrode.material.table import Table
    >>> flat = Table.constant(1.0)
    >>> host = ActiveMaterial("host", 3e4, flat, Table.constant(1e-14), flat)
    >>> parts = size_distributed(Particle(host, 5e-6, 0.6, 0.5), 0.3, 6)
    >>> len(parts), round(sum(p.volume_fraction for p in parts), 12)
    (6, 0.6)
    """
    low, high = _limits(particle, standard_deviation, classes, minimum, maximum, rule)
    radii, weights = (_gauss if rule == "gauss" else _midpoint)(low, high, classes, standard_deviation)
    keep = weights > 1e-14 * weights.max()  # a class without particles is none
    radii, weights = radii[keep], weights[keep] / weights[keep].sum()
    mean = float(weights @ radii)
    return tuple(
        replace(
            particle,
            radius=particle.radius * float(r),
            volume_fraction=particle.volume_fraction * float(w * r) / mean,
        )
        for r, w in zip(radii, weights, strict=True)
    )


def lognormal(radius: Array, standard_deviation: float) -> Array:
    """Log-normal density of mean one and the given standard deviation at ``radius`` > 0."""
    spread = math.log(1 + standard_deviation**2)
    shifted = np.log(radius) + spread / 2
    density: Array = np.exp(-(shifted**2) / (2 * spread)) / (radius * math.sqrt(2 * math.pi * spread))
    return density


def _gauss(low: float, high: float, classes: int, deviation: float) -> tuple[Array, Array]:
    """Gauss quadrature for the cut density itself: ``2 classes - 1`` moments of the radius are exact.

    The recurrence of its orthogonal polynomials by Stieltjes on a fine grid, the nodes after G. H. Golub and
    J. H. Welsch, Math. Comput. 23 (1969) 221.
    """
    spread = math.log(1 + deviation**2) ** 0.5
    # In the logarithm the density is a normal one: beyond 8 standard deviations there is nothing.
    a = max(math.log(low) if low > 0 else -math.inf, -(spread**2) / 2 - 8 * spread)
    b = min(math.log(high), -(spread**2) / 2 + 8 * spread)
    nodes, fine = _rule()
    radii = np.asarray(np.exp(a + (b - a) * (nodes + 1) / 2), dtype=np.float64)
    weights = np.asarray(fine, dtype=np.float64) * lognormal(radii, deviation) * radii
    diagonal, coupling = _recurrence(radii, weights / weights.sum(), classes)
    matrix = np.diag(diagonal) + np.diag(coupling, 1) + np.diag(coupling, -1)
    at, vectors = np.linalg.eigh(matrix)
    return np.asarray(at, dtype=np.float64), np.asarray(vectors[0] ** 2, dtype=np.float64)


@cache
def _rule() -> tuple[Array, Array]:
    """The fine rule of Gauss and Legendre."""
    nodes, weights = np.polynomial.legendre.leggauss(160)
    return np.asarray(nodes, dtype=np.float64), np.asarray(weights, dtype=np.float64)


def _recurrence(x: Array, weights: Array, count: int) -> tuple[Array, Array]:
    """Diagonal and off-diagonal of the Jacobi matrix of a discrete measure."""
    before, now = np.zeros_like(x), np.ones_like(x)
    diagonal, coupling = np.zeros(count), np.zeros(count - 1)
    for k in range(count):  # the polynomials are kept at length one
        diagonal[k] = float(weights @ (x * now**2))
        if k + 1 < count:
            following = (x - diagonal[k]) * now - (coupling[k - 1] if k else 0.0) * before
            coupling[k] = float(weights @ following**2) ** 0.5
            before, now = now, following / coupling[k]
    return diagonal, coupling


def _midpoint(low: float, high: float, classes: int, deviation: float) -> tuple[Array, Array]:
    step = (high - low) / classes
    radii = np.asarray(low + step * (np.arange(classes) + 0.5), dtype=np.float64)
    return radii, lognormal(radii, deviation)


def _limits(
    particle: Particle,
    deviation: float,
    classes: int,
    minimum: float | None,
    maximum: float | None,
    rule: str,
) -> tuple[float, float]:
    if not 0 < deviation < 3:
        raise InputError(f"a relative standard deviation of {deviation:g}", rule="0 < standard deviation < 3")
    if classes < 1:
        raise InputError(f"{classes} classes of size", rule="one at least")
    if rule not in RULES:
        raise InputError(f"the rule {rule!r}", rule="one of " + ", ".join(RULES))
    low = max(0.0, 1 - 5 * deviation) if minimum is None else minimum
    high = 1 + 5 * deviation if maximum is None else maximum
    if not 0 <= low < high:
        raise InputError(
            f"radii from {low:g} to {high:g} of the mean", rule="0 <= minimum < maximum, relative to the mean"
        )
    if not low < 1 < high:
        raise InputError(
            f"radii from {low:g} to {high:g} of the mean", rule="the mean radius lies between the limits"
        )
    spheres = 3 * particle.volume_fraction / particle.radius
    if not math.isclose(particle.area, spheres, rel_tol=1e-9):
        raise InputError(
            f"{particle.material.name}: an area of {particle.area:g} per m, of its spheres {spheres:g}",
            rule="a distribution of radii is one of spheres",
            remedy="leave area_per_volume unset",
        )
    return low, high
