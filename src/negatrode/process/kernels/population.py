"""Break-up and coalescence of drops on fixed pivots, stepped by RODAS3; compiled.

State x: share of the dispersed volume in each class, sum 1. Every event is treated for number and for
volume: what it takes and gives away sums to zero in volume, in the rates and in the Jacobian, so that a
Rosenbrock step keeps the sum to rounding.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def factor_at(t, times, values):
    """A table, linear in time, that of the ends beyond them."""
    if t <= times[0]:
        return values[0]
    if t >= times[-1]:
        return values[-1]
    k = np.searchsorted(times, t) - 1
    s = (t - times[k]) / (times[k + 1] - times[k])
    return values[k] + s * (values[k + 1] - values[k])


@njit(cache=True)
def rates(x, v, up, down, breaks, gain, kernel, fb, fc, f):
    """f = dx/dt. breaks (m,): break-up rate; gain (m, m): column k the volume shares of the daughters of
    class k; kernel (m, m): events between classes per x_i x_j; up (m, m): lower pivot of the sum, -1 where it
    would leave the grid; down (m, m): share of the number that goes to the lower pivot."""
    m = x.size
    for i in range(m):
        f[i] = -fb * breaks[i] * x[i]
    if fb > 0.0:
        for i in range(m):
            s = 0.0
            for k in range(i, m):
                s += gain[i, k] * breaks[k] * x[k]
            f[i] += fb * s
    if fc > 0.0:
        for i in range(m):
            for j in range(i + 1):
                k = up[i, j]
                if k < 0:
                    continue
                r = fc * kernel[i, j] * x[i] * x[j]
                if i == j:
                    r *= 0.5
                f[i] -= v[i] * r
                f[j] -= v[j] * r
                f[k] += v[k] * down[i, j] * r
                if k + 1 < m:
                    f[k + 1] += v[k + 1] * (1.0 - down[i, j]) * r


@njit(cache=True)
def jacobian(x, v, up, down, breaks, gain, kernel, fb, fc, jac):
    """jac = df/dx."""
    m = x.size
    for i in range(m):
        for k in range(m):
            jac[i, k] = fb * gain[i, k] * breaks[k]
        jac[i, i] -= fb * breaks[i]
    if fc <= 0.0:
        return
    for i in range(m):
        for j in range(i + 1):
            k = up[i, j]
            if k < 0:
                continue
            q = fc * kernel[i, j]
            if i == j:
                q *= 0.5
            by_i, by_j = q * x[j], q * x[i]
            low, high = v[k] * down[i, j], 0.0
            if k + 1 < m:
                high = v[k + 1] * (1.0 - down[i, j])
            jac[i, i] -= v[i] * by_i
            jac[i, j] -= v[i] * by_j
            jac[j, i] -= v[j] * by_i
            jac[j, j] -= v[j] * by_j
            jac[k, i] += low * by_i
            jac[k, j] += low * by_j
            if high != 0.0:
                jac[k + 1, i] += high * by_i
                jac[k + 1, j] += high * by_j


@njit(cache=True)
def factorise(a, pivot):
    """LU with row pivots, in place."""
    m = a.shape[0]
    for c in range(m):
        best, row = abs(a[c, c]), c
        for r in range(c + 1, m):
            if abs(a[r, c]) > best:
                best, row = abs(a[r, c]), r
        pivot[c] = row
        if row != c:
            for k in range(m):
                a[c, k], a[row, k] = a[row, k], a[c, k]
        for r in range(c + 1, m):
            if a[r, c] != 0.0:
                a[r, c] /= a[c, c]
                s = a[r, c]
                for k in range(c + 1, m):
                    a[r, k] -= s * a[c, k]


@njit(cache=True)
def solve(a, pivot, b):
    """Solve with the factors, in place."""
    m = b.size
    for c in range(m):
        if pivot[c] != c:
            b[c], b[pivot[c]] = b[pivot[c]], b[c]
    for r in range(m):
        s = b[r]
        for k in range(r):
            s -= a[r, k] * b[k]
        b[r] = s
    for r in range(m - 1, -1, -1):
        s = b[r]
        for k in range(r + 1, m):
            s -= a[r, k] * b[k]
        b[r] = s / a[r, r]


@njit(cache=True)
def march(
    x, v, up, down, breaks, gain, kernel, times, break_factor, merge_factor, saves, out, tolerance, most
):
    """March x over ``saves`` (rising, the first the start) and write it there; returns steps, or -1 when
    ``most`` steps did not do. RODAS3: A. Sandu and others, Atmos. Environ. 31 (1997) 3459."""
    m = x.size
    f0, f1, ft = np.empty(m), np.empty(m), np.empty(m)
    k1, k2, k3, k4, y = np.empty(m), np.empty(m), np.empty(m), np.empty(m), np.empty(m)
    jac, lu, pivot = np.empty((m, m)), np.empty((m, m)), np.empty(m, np.int64)
    t, steps = saves[0], 0
    out[0] = x
    h = 1e-3 * (saves[-1] - saves[0])
    for n in range(1, saves.size):
        end = saves[n]
        while t < end:
            fb, fc = factor_at(t, times, break_factor), factor_at(t, times, merge_factor)
            rates(x, v, up, down, breaks, gain, kernel, fb, fc, f0)
            jacobian(x, v, up, down, breaks, gain, kernel, fb, fc, jac)
            done = False
            while not done:
                if steps >= most:
                    return -1
                steps += 1
                last = t + h >= end * (1.0 - 1e-14)
                if last:
                    h = end - t
                fb1, fc1 = factor_at(t + h, times, break_factor), factor_at(t + h, times, merge_factor)
                # df/dt over the step: the slope that the tables have there
                rates(x, v, up, down, breaks, gain, kernel, fb1, fc1, f1)
                for i in range(m):
                    ft[i] = f1[i] - f0[i]
                    for k in range(m):
                        lu[i, k] = -jac[i, k]
                    lu[i, i] += 2.0 / h
                factorise(lu, pivot)
                for i in range(m):
                    k1[i] = f0[i] + 0.5 * ft[i]
                solve(lu, pivot, k1)
                for i in range(m):
                    k2[i] = f0[i] + 4.0 / h * k1[i] + 1.5 * ft[i]
                solve(lu, pivot, k2)
                for i in range(m):
                    y[i] = x[i] + 2.0 * k1[i]
                rates(y, v, up, down, breaks, gain, kernel, fb1, fc1, f1)
                for i in range(m):
                    k3[i] = f1[i] + (k1[i] - k2[i]) / h
                solve(lu, pivot, k3)
                for i in range(m):
                    y[i] = x[i] + 2.0 * k1[i] + k3[i]
                rates(y, v, up, down, breaks, gain, kernel, fb1, fc1, f1)
                for i in range(m):
                    k4[i] = f1[i] + (k1[i] - k2[i] - 8.0 / 3.0 * k3[i]) / h
                solve(lu, pivot, k4)
                off = 0.0
                for i in range(m):
                    e = k4[i] / (tolerance * (0.01 + abs(x[i])))
                    off += e * e
                off = np.sqrt(off / m)
                if not off <= 1.0:
                    h *= max(0.1, 0.9 * off ** (-1.0 / 3.0)) if off == off else 0.1
                    continue
                for i in range(m):
                    x[i] += 2.0 * k1[i] + k3[i] + k4[i]
                t = end if last else t + h
                h *= min(5.0, 0.9 * max(off, 1e-6) ** (-1.0 / 3.0))
                done = True
        out[n] = x
    return steps


@njit(cache=True)
def march_many(
    start, v, up, down, breaks, gain, merging, exponent, rate, weaken, times, break_factor, merge_factor,
    end, tolerance, most, out, steps,
):
    """A run a row: breaks (n, m); kernel of run i = rate[i] merging exp(-weaken[i] exponent)."""
    m = v.size
    kernel = np.empty((m, m))
    saves = np.array([0.0, end])
    rows = np.empty((2, m))
    for n in range(breaks.shape[0]):
        for i in range(m):
            for j in range(i + 1):
                kernel[i, j] = rate[n] * merging[i, j] * np.exp(-min(weaken[n] * exponent[i, j], 700.0))
        x = start[n].copy()
        steps[n] = march(
            x, v, up, down, breaks[n], gain, kernel, times, break_factor[n], merge_factor[n], saves, rows,
            tolerance, most,
        )
        out[n] = x
