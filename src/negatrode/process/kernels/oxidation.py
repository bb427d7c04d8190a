"""Oxygen into a bead by shells, and heat in a bed of beads by layers; compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

GAS = 8.31446261815324


@njit(cache=True)
def steady_oxygen(u, a, surface, phi2, g, order, edges, centres, volumes, lower, diag, upper, right):
    """Oxygen u = c / c_ref in shells (radii in units of the bead's), quasi-steady, by Newton:
    (1/r2)(r2 u')' = phi2 g (1 - a) u^order, u = surface outside. ``u`` holds the guess and the result."""
    m = u.size
    eps = 1e-8
    for _ in range(40):
        for i in range(m):
            root = (u[i] * u[i] + eps) ** (0.5 * (order - 1.0))
            source = phi2 * g * (1.0 - a[i]) * u[i] * root
            slope = phi2 * g * (1.0 - a[i]) * root * (1.0 + (order - 1.0) * u[i] * u[i] / (u[i] * u[i] + eps))
            lower[i] = 0.0
            upper[i] = 0.0
            diag[i] = -slope * volumes[i]
            right[i] = source * volumes[i]
            if i > 0:
                w = edges[i] ** 2 / (centres[i] - centres[i - 1])
                lower[i] = w
                diag[i] -= w
                right[i] -= w * (u[i - 1] - u[i])
            if i < m - 1:
                w = edges[i + 1] ** 2 / (centres[i + 1] - centres[i])
                upper[i] = w
                diag[i] -= w
                right[i] -= w * (u[i + 1] - u[i])
            else:
                w = 1.0 / (1.0 - centres[i])
                diag[i] -= w
                right[i] -= w * (surface - u[i])
        for i in range(1, m):
            s = lower[i] / diag[i - 1]
            diag[i] -= s * upper[i - 1]
            right[i] -= s * right[i - 1]
        step = right[m - 1] / diag[m - 1]
        largest = 0.0
        for i in range(m - 1, -1, -1):
            if i < m - 1:
                step = (right[i] - upper[i] * step) / diag[i]
            moved = u[i] + step
            if moved < 0.0:
                moved = 0.1 * u[i]
            largest = max(largest, abs(moved - u[i]))
            u[i] = moved
        if largest < 1e-10 * max(surface, 1e-3):
            return


@njit(cache=True)
def bead(ko_dt, phi2, g, surface, order, shells, mean, profile, flow):
    """March the uptake a(r) of a bead over times.

    ko_dt (m - 1,): k_o dt of each interval; phi2, g, surface (m - 1,): Thiele modulus squared, reactivity,
    oxygen outside over the reference. Writes mean (m,), profile (m, shells), and flow (m - 1,): oxygen that
    entered in an interval over that of full uptake, by the gradient at the surface."""
    edges = np.empty(shells + 1)
    for i in range(shells + 1):
        edges[i] = (i / shells) ** 0.7  # finer toward the surface, where the front begins
    centres, volumes = np.empty(shells), np.empty(shells)
    for i in range(shells):
        centres[i] = 0.5 * (edges[i] + edges[i + 1])
        volumes[i] = (edges[i + 1] ** 3 - edges[i] ** 3) / 3.0
    a, star, u = np.zeros(shells), np.zeros(shells), np.ones(shells)
    v = np.ones(shells)
    lower, diag, upper, right = np.empty(shells), np.empty(shells), np.empty(shells), np.empty(shells)
    mean[0] = 0.0
    profile[0] = 0.0
    for n in range(ko_dt.size):
        flow[n] = 0.0
        if surface[n] > 0.0:
            steady_oxygen(
                u, a, surface[n], phi2[n], g[n], order, edges, centres, volumes, lower, diag, upper, right
            )
            for i in range(shells):
                star[i] = 1.0 - (1.0 - a[i]) * np.exp(-ko_dt[n] * g[n] * u[i] ** order)
                v[i] = u[i]
            steady_oxygen(
                v, star, surface[n], phi2[n], g[n], order, edges, centres, volumes, lower, diag, upper, right
            )
            into = (surface[n] - 0.5 * (u[shells - 1] + v[shells - 1])) / (1.0 - centres[shells - 1])
            flow[n] = 3.0 * into * ko_dt[n] / phi2[n]
            for i in range(shells):
                rate = 0.5 * (u[i] ** order + v[i] ** order)
                a[i] = 1.0 - (1.0 - a[i]) * np.exp(-ko_dt[n] * g[n] * rate)
        total = 0.0
        for i in range(shells):
            total += 3.0 * volumes[i] * a[i]
            profile[n + 1, i] = a[i]
        mean[n + 1] = total


@njit(cache=True)
def bed(
    times, gas, oxygen, half, alpha, cp, numbers, nodes, most_rise, cap, deplete, middle, average, result
):
    """Heat in a slab of beads whose face is at the gas temperature, the other side insulated.

    numbers: k_c, E_c, k_o, E_o, k_b, E_b (at infinite temperature, 1/s; J/mol), order, nitrile share x, heats
    Q_c, Q_o, Q_b (J/kg). times (m,), gas (m,) K; oxygen (m - 1,) over that of air. Writes the temperature of
    the middle and the average (m,); result: peak K, its time, mean a_c, a_o, burnt share, 1 if it passed
    ``cap`` (K), heat released (J/kg), heat conducted out (J/kg)."""
    kc, ec, ko, eo, kb, eb = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]
    order, x, qc, qo, qb = numbers[6], numbers[7], numbers[8], numbers[9], numbers[10]
    dx = half / nodes
    t = np.full(nodes, gas[0])
    ac, ao, left = np.zeros(nodes), np.zeros(nodes), np.ones(nodes)
    new, source, slope = np.empty(nodes), np.empty(nodes), np.empty(nodes)
    diag, right = np.empty(nodes), np.empty(nodes)
    peak, when, released, lost = gas[0], 0.0, 0.0, 0.0
    ran = 0.0
    middle[:] = np.nan
    average[:] = np.nan
    middle[0] = gas[0]
    average[0] = gas[0]
    h = 1.0
    done = False
    for n in range(times.size - 1):
        now = times[n]
        power = oxygen[n] ** order if oxygen[n] > 0.0 else 0.0
        while now < times[n + 1] and not done:
            steep = 0.0
            for i in range(nodes):
                g = 1.0 - x + x * ac[i]
                rc = qc * x * (1.0 - ac[i]) * kc * np.exp(-ec / (GAS * t[i]))
                ro = qo * g * (1.0 - ao[i]) * power * ko * np.exp(-eo / (GAS * t[i]))
                rb = qb * left[i] * oxygen[n] * kb * np.exp(-eb / (GAS * t[i]))
                source[i] = (rc + ro + rb) / cp
                slope[i] = (rc * ec + ro * eo + rb * eb) / (GAS * t[i] * t[i]) / cp
                steep = max(steep, slope[i])
            if steep > 0.0:
                h = min(h, 0.3 / steep)
            while True:
                h = min(h, times[n + 1] - now)
                face = gas[n] + (gas[n + 1] - gas[n]) * (now + h - times[n]) / (times[n + 1] - times[n])
                w = alpha * h / (dx * dx)
                for i in range(nodes):
                    inner = w if i > 0 else 0.0
                    outer = w if i < nodes - 1 else 2.0 * w
                    diag[i] = 1.0 + inner + outer - h * slope[i]
                    right[i] = t[i] + h * (source[i] - slope[i] * t[i])
                right[nodes - 1] += 2.0 * w * face
                for i in range(1, nodes):
                    s = -w / diag[i - 1]
                    diag[i] -= s * -w
                    right[i] -= s * right[i - 1]
                new[nodes - 1] = right[nodes - 1] / diag[nodes - 1]
                for i in range(nodes - 2, -1, -1):
                    new[i] = (right[i] + w * new[i + 1]) / diag[i]
                moved = 0.0
                for i in range(nodes):
                    moved = max(moved, abs(new[i] - t[i]))
                if moved <= most_rise or h < 1e-6:
                    break
                h *= 0.5
            heat, out = 0.0, 2.0 * w * (new[nodes - 1] - face)
            for i in range(nodes):
                heat += h * (source[i] + slope[i] * (new[i] - t[i])) * cp / nodes
                if deplete:
                    g = 1.0 - x + x * ac[i]
                    mean = 0.5 * (new[i] + t[i])
                    ac[i] = 1.0 - (1.0 - ac[i]) * np.exp(-h * kc * np.exp(-ec / (GAS * mean)))
                    ao[i] = 1.0 - (1.0 - ao[i]) * np.exp(-h * g * power * ko * np.exp(-eo / (GAS * mean)))
                    left[i] *= np.exp(-h * oxygen[n] * kb * np.exp(-eb / (GAS * mean)))
                t[i] = new[i]
            released += heat
            lost += out * cp / nodes
            now += h
            for i in range(nodes):
                if t[i] > peak:
                    peak, when = t[i], now
            if peak > cap:
                ran = 1.0
                done = True
            if moved < 0.5 * most_rise:
                h *= 1.5
        if done:
            break
        middle[n + 1] = t[0]
        average[n + 1] = t.mean()
    result[0], result[1] = peak, when
    result[2], result[3], result[4] = ac.mean(), ao.mean(), 1.0 - left.mean()
    result[5], result[6], result[7] = ran, released, lost
    return t.mean()


@njit(cache=True)
def beds(times, gas, oxygen, half, alpha, cp, numbers, nodes, most_rise, cap, results):
    """A bed a row of numbers (n, 11); alpha (n,) m2/s."""
    middle, average = np.empty(times.size), np.empty(times.size)
    for n in range(numbers.shape[0]):
        bed(
            times, gas, oxygen, half, alpha[n], cp, numbers[n], nodes, most_rise, cap, True, middle, average,
            results[n],
        )
