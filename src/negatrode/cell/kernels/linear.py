"""Gaussian elimination within the profile of a banded matrix.

Row ``i`` of ``a`` holds column ``j`` at ``a[i, j - i + band]``. ``last[k]`` is the last row that column ``k``
(and the last column that row ``k``) reaches. No pivoting: the potentials' block is definite (a resistor
network) and the concentrations' block is a mass plus a definite diffusion, so the pivots keep their sign.
"""

from __future__ import annotations

from numba import njit

from negatrode.cell.kernels.lookup import _options


@njit(**_options)
def factor(a, last, band):
    """Factorise in place into L (unit diagonal) and U; the pivots are stored inverted."""
    n = a.shape[0]
    for k in range(n):
        pivot = 1.0 / a[k, band]
        a[k, band] = pivot
        end = last[k]
        width = end - k
        for i in range(k + 1, end + 1):
            at = k - i + band
            m = a[i, at] * pivot
            if m != 0.0:
                a[i, at] = m
                for j in range(1, width + 1):
                    a[i, at + j] -= m * a[k, band + j]


@njit(**_options)
def solve(a, last, band, b):
    """Solve in place with the factors of :func:`factor`."""
    n = a.shape[0]
    for k in range(n):
        x = b[k]
        if x != 0.0:
            for i in range(k + 1, last[k] + 1):
                b[i] -= a[i, k - i + band] * x
    for k in range(n - 1, -1, -1):
        x = b[k]
        for j in range(1, last[k] - k + 1):
            x -= a[k, band + j] * b[k + j]
        b[k] = x * a[k, band]
