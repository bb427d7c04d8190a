"""The maximum of a posterior over standard-normal unknowns, and its Gaussian about it (Laplace).

Residuals are in units of their noise; the prior of every unknown is N(0, 1). Gauss and Newton, damped; where
the fit is worse than chance allows, the covariance is widened by what remains (Birge).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Residuals (n,) and their derivatives (n, unknowns) at values of the unknowns.
Residuals = Callable[[Array], tuple[Array, Array]]
_ROUNDS = 12
# The maximum is found where a round gains less than this in the exponent (twice the logarithm).
_ENOUGH = 0.02


@dataclass(frozen=True, eq=False)
class Peak:
    """Where the posterior is largest, and the Gaussian about it.

    ``misfit``: root mean square of the residuals; ``noise_scale`` by which the covariance was widened.
    """

    mean: Array
    covariance: Array
    misfit: float
    noise_scale: float
    rounds: int


def peak(residuals: Residuals, unknowns: int, *, rounds: int = _ROUNDS) -> Peak:
    """The posterior's maximum, by at most so many rounds, and its Gaussian."""
    z, taken = _maximum(residuals, unknowns, rounds)
    residual, jacobian = residuals(z)
    hessian = jacobian.T @ jacobian + np.eye(len(z))
    remain = float(residual @ residual)
    freedom = max(len(residual) - float(np.trace(np.linalg.solve(hessian, jacobian.T @ jacobian))), 1.0)
    # Widened only where chance does not explain the misfit (three standard deviations of chi squared).
    scale = remain / freedom if remain > freedom + 3 * (2 * freedom) ** 0.5 else 1.0
    covariance = np.linalg.inv(jacobian.T @ jacobian / scale + np.eye(len(z)))
    return Peak(z, np.asarray(covariance, dtype=np.float64), (remain / len(residual)) ** 0.5, scale, taken)


def _maximum(residuals: Residuals, unknowns: int, rounds: int) -> tuple[Array, int]:
    z = np.zeros(unknowns)
    residual, jacobian = residuals(z)
    value, damping = float(residual @ residual + z @ z), 0.0
    for turn in range(1, rounds + 1):
        hessian = jacobian.T @ jacobian + np.eye(len(z)) * (1 + damping)
        step = -np.linalg.solve(hessian, jacobian.T @ residual + z)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        tried = residuals(z + step)
        new = float(tried[0] @ tried[0] + (z + step) @ (z + step))
        if new <= value * (1 + 1e-9):
            z, (residual, jacobian), gained = z + step, tried, value - new
            value, damping = new, damping / 10
            if gained < _ENOUGH or float(np.abs(step).max()) < 1e-3:
                return z, turn
        else:
            damping = max(10 * damping, 1.0)
    return z, rounds


def draws(mean: Array, covariance: Array, n: int, seed: int) -> Array:
    """Draws of the Gaussian, shape (n, unknowns); the first is its centre."""
    # A root of the covariance that rounding cannot make impossible.
    size, axes = np.linalg.eigh((covariance + covariance.T) / 2)
    shape = axes * np.sqrt(np.maximum(size, 0.0))
    noise = np.random.default_rng(seed).standard_normal((n, len(mean)))
    noise[0] = 0.0
    found: Array = mean + noise @ shape.T
    return found
