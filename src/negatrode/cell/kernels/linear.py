"""Gaussian elimination within the profile of a banded matrix.

Row ``i`` of ``a`` holds column ``j`` at ``a[i, j - i + band]``. ``last[k]`` is the last row that column ``k``
(and the last column that row ``k``) reaches. No pivoting: the potentials' block is definite (a resistor
network) and the concentrations' block is a mass plus a definite diffusion, so the pivots keep their sign.

Unknowns that reach equally far (all those of a node) are eliminated two at a time, in two rows at a time:
the loops are bound by loads and stores, and that halves them.
"""

from __future__ import annotations

from numba import njit

from negatrode.cell.kernels.lookup import _options


@njit(**_options)
def factor(a, last, band):
    """Factorise in place into L (unit diagonal) and U; the pivots are stored inverted."""
    n = a.shape[0]
    k = 0
    while k < n:
        end = last[k]
        a[k, band] = 1.0 / a[k, band]
        if k + 1 < n and last[k + 1] == end:
            own = a[k + 1, band - 1] * a[k, band]
            a[k + 1, band - 1] = own
            for j in range(1, end - k + 1):
                a[k + 1, band - 1 + j] -= own * a[k, band + j]
            a[k + 1, band] = 1.0 / a[k + 1, band]
            eliminate_two(a, k, end, band)
            k += 2
        else:
            for i in range(k + 1, end + 1):
                at = k - i + band
                m = a[i, at] * a[k, band]
                a[i, at] = m
                for j in range(1, end - k + 1):
                    a[i, at + j] -= m * a[k, band + j]
            k += 1


@njit(**_options)
def eliminate_two(a, k, end, band):
    """Subtract rows ``k`` and ``k + 1``, which are ready, from the rows below them."""
    first, second, between = a[k, band], a[k + 1, band], a[k, band + 1]
    i = k + 2
    while i < end:
        at = k - i + band
        m = a[i, at] * first
        n = (a[i, at + 1] - m * between) * second
        p = a[i + 1, at - 1] * first
        q = (a[i + 1, at] - p * between) * second
        a[i, at], a[i, at + 1] = m, n
        a[i + 1, at - 1], a[i + 1, at] = p, q
        for j in range(2, end - k + 1):
            x, y = a[k, band + j], a[k + 1, band - 1 + j]
            a[i, at + j] -= m * x + n * y
            a[i + 1, at - 1 + j] -= p * x + q * y
        i += 2
    if i == end:
        at = k - i + band
        m = a[i, at] * first
        n = (a[i, at + 1] - m * between) * second
        a[i, at], a[i, at + 1] = m, n
        for j in range(2, end - k + 1):
            a[i, at + j] -= m * a[k, band + j] + n * a[k + 1, band - 1 + j]


@njit(**_options)
def solve(a, last, band, b):
    """Solve in place with the factors of :func:`factor`."""
    n = a.shape[0]
    k = 0
    while k < n:
        x = b[k]
        if k + 1 < n and last[k + 1] == last[k]:
            y = b[k + 1] - a[k + 1, band - 1] * x
            b[k + 1] = y
            for i in range(k + 2, last[k] + 1):
                b[i] -= a[i, k - i + band] * x + a[i, k + 1 - i + band] * y
            k += 2
        else:
            for i in range(k + 1, last[k] + 1):
                b[i] -= a[i, k - i + band] * x
            k += 1
    k = n - 1
    while k >= 0:
        x = b[k]
        if k > 0 and last[k - 1] == last[k]:
            y = b[k - 1]
            for j in range(1, last[k] - k + 1):
                known = b[k + j]
                x -= a[k, band + j] * known
                y -= a[k - 1, band + 1 + j] * known
            x *= a[k, band]
            b[k] = x
            b[k - 1] = (y - a[k - 1, band + 1] * x) * a[k - 1, band]
            k -= 2
        else:
            for j in range(1, last[k] - k + 1):
                x -= a[k, band + j] * b[k + j]
            b[k] = x * a[k, band]
            k -= 1
