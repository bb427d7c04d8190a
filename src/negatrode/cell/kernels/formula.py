"""Numerical differentiation formulas of order 1 to 5 in backward differences.

Shampine and Reichelt, SIAM J. Sci. Comput. 18, 1 (1997). Row ``m`` of the history holds the m-th backward
difference of every variable at the present step ``h``; order 4 and 5 are the plain backward differentiation
formulas at order 5.
"""

from __future__ import annotations

from numba import njit

from negatrode.cell.kernels.lookup import _options

ROWS = 8
_KAPPA = (0.0, -0.1850, -1.0 / 9.0, -0.0823, -0.0415, 0.0)
_GAMMA = (0.0, 1.0, 1.5, 11.0 / 6.0, 25.0 / 12.0, 137.0 / 60.0)
ALPHA = tuple((1.0 - k) * g for k, g in zip(_KAPPA, _GAMMA, strict=True))
ERROR = tuple(k * g + 1.0 / (i + 1) for i, (k, g) in enumerate(zip(_KAPPA, _GAMMA, strict=True)))
GAMMA = _GAMMA


@njit(**_options)
def predict(history, order, y, psi, differential):
    """Extrapolate every variable into ``y``; ``psi`` is what the formula adds to ``dt f``."""
    n = len(y)
    for i in range(n):
        y[i] = history[0, i]
        psi[i] = 0.0
    for m in range(1, order + 1):
        weight = GAMMA[m] / ALPHA[order]
        for i in range(n):
            y[i] += history[m, i]
        for i in range(differential):
            psi[i] += weight * history[m, i]
    for i in range(differential):
        psi[i] = y[i] - psi[i]


@njit(**_options)
def accept(history, order, y, change):
    """Move the differences on by one step; ``change`` is solution minus prediction."""
    n = len(y)
    for i in range(n):
        history[order + 2, i] = change[i] - history[order + 1, i]
        history[order + 1, i] = change[i]
    for m in range(order, -1, -1):
        for i in range(n):
            history[m, i] += history[m + 1, i]


@njit(**_options)
def _weights(order, factor, r):
    for j in range(order + 1):
        r[0, j] = 1.0
    for i in range(1, order + 1):
        r[i, 0] = 0.0
        for j in range(1, order + 1):
            r[i, j] = r[i - 1, j] * (i - 1 - factor * j) / i


@njit(**_options)
def rescale(history, order, factor, small):
    """Differences at a step that is ``factor`` times the present one."""
    r, u, ru = small[0], small[1], small[2]
    _weights(order, factor, r)
    _weights(order, 1.0, u)
    k = order + 1
    for i in range(k):
        for j in range(k):
            total = 0.0
            for m in range(k):
                total += r[i, m] * u[m, j]
            ru[i, j] = total
    # The new differences are upper triangular in the old ones: row j needs rows j and above only.
    n = history.shape[1]
    for j in range(1, k):
        own = ru[j, j]
        for i in range(n):
            history[j, i] *= own
        for m in range(j + 1, k):
            weight = ru[m, j]
            for i in range(n):
                history[j, i] += weight * history[m, i]


@njit(**_options)
def interpolate(history, order, back, y):
    """The solution ``back`` steps (0 to 1) before the present time."""
    n = len(y)
    for i in range(n):
        y[i] = history[0, i]
    product = 1.0
    for m in range(1, order + 1):
        product *= (m - 1 - back) / m
        for i in range(n):
            y[i] += product * history[m, i]
