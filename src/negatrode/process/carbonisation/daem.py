"""Distributed activation energies (D. Anthony, J. Howard, AIChE J. 22 (1976) 625).

A species is bound by bonds whose activation energies are distributed as f(E); each bond breaks at the
first order, k = k0 exp(-E / R T). What is left of it is the integral over E of f(E) exp(-X(E, t)), with the
exposure X(E, t), the integral of k over the furnace programme.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError
from negatrode.material.table import GAS_CONSTANT

Array = NDArray[np.float64]


def exposure(seconds: Array, kelvin: Array, energies: Array, k0: float) -> Array:
    """X(E, t), the integral of k0 exp(-E / R T) over time; shape (energies, times), 0 at the first time.

    ``seconds`` and ``kelvin`` (m,): temperature between two of them is taken as that whose rate constant
    changes exponentially, exact to second order in the step; with steps of 2 K it is good to 1e-3 at
    800 kJ/mol and 600 K.
    """
    seconds, kelvin = np.asarray(seconds, dtype=np.float64), np.asarray(kelvin, dtype=np.float64)
    if seconds.shape != kelvin.shape or seconds.size < 2 or np.any(np.diff(seconds) <= 0):
        raise InputError(
            "times that do not rise, or not one temperature each", rule="shape (m,), rising, m >= 2"
        )
    if not np.all(kelvin > 0):
        raise InputError(f"{kelvin.min():g} K", rule="temperatures are above absolute zero")
    ln_k = np.log(k0) - np.asarray(energies)[:, None] / (GAS_CONSTANT * kelvin[None, :])
    k = np.exp(np.maximum(ln_k, -700.0))
    rise = np.diff(ln_k, axis=1)
    # (k2 - k1) / ln(k2 / k1), which turns into the mean where both are the same
    near = np.abs(rise) < 1e-6
    mean = np.where(near, 0.5 * (k[:, 1:] + k[:, :-1]), np.diff(k, axis=1) / np.where(near, 1.0, rise))
    total: Array = np.zeros_like(k)
    np.cumsum(mean * np.diff(seconds), axis=1, out=total[:, 1:])
    return total


def gaussian(energies: Array, mean: ArrayLike, sd: ArrayLike) -> Array:
    """Quadrature weights of Gaussian distributions of E over the energies, cut at their ends; rows sum to 1.

    ``mean`` and ``sd`` (J/mol) are numbers or (n,); returns (energies,) or (n, energies). The energies are
    evenly spaced; a distribution truncated at an energy has its first of them there.
    """
    m, s = np.asarray(mean, dtype=np.float64)[..., None], np.asarray(sd, dtype=np.float64)[..., None]
    weights = np.exp(-0.5 * ((energies - m) / s) ** 2)
    weights[..., [0, -1]] *= 0.5  # trapezoids
    total: Array = weights / weights.sum(axis=-1, keepdims=True)
    return total


def energies_between(low: float, high: float, most: float = 2500.0) -> Array:
    """Evenly spaced energies (J/mol) with both ends among them, no further apart than ``most``."""
    return np.asarray(np.linspace(low, high, int(np.ceil((high - low) / most)) + 1), dtype=np.float64)


def remaining(weights: Array, exposures: Array) -> Array:
    """What is left, 0 to 1: weights (energies,) or (n, energies), exposures (energies, times)."""
    left: Array = weights @ np.exp(-np.minimum(exposures, 700.0))
    return left
