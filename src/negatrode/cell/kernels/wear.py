"""What wears between steps: films' resistance, cracks and loss of active material.

Surface stress of an elastic sphere, ``sigma_t = E Omega (c_mean - c_surface) / (3 (1 - nu))`` (Y.-T. Cheng,
M. Verbrugge, J. Power Sources 190 (2009) 453), cut at the yield stress; tension positive. Cracks grow by
Paris' law, ``dl/dt = k (sigma_t b sqrt(pi l))^m / 3600``, where the surface is in tension; active material is
lost at ``beta (sigma_h / sigma_c)^n``, ``sigma_h = 2 sigma_t / 3`` (S. O'Kane and others, Phys. Chem. Chem.
Phys. 24 (2022) 7909). Both by the trapezoidal rule over the steps of the march: they change nothing within
a step that it has solved.
"""

from __future__ import annotations

from math import pi

from numba import njit

from negatrode.cell.kernels.lookup import _options
from negatrode.cell.kernels.particles import MODAL
from negatrode.cell.kernels.side import FILM, PLATING

# Columns of the rules of a population; the first is 0 where its particles do not wear.
WEARS, STRESS, YIELD, CRACK_RATE, CRACK_POWER, CRACK_AREA = range(6)
LOSS_RATE, CRITICAL, LOSS_POWER, CRACK_SIDE = range(6, 10)


@njit(**_options)
def grow_films(pops, q, parts, dt):
    """Resistance of every host's film from what has been deposited; plated lithium that turns dead."""
    pop_sites, pop_at, pop_film = pops[2], pops[3], pops[5]
    law, host, numbers, start, extent, bare = pops[8]
    first = parts[1]
    for k in range(len(law)):
        if law[k] == PLATING and numbers[k, 3] > 0.0:
            for n in range(pop_sites[k]):
                m = pop_at[k] + n
                start[m] += dt * numbers[k, 3] * max(q[first[k] + n] - start[m], 0.0)
        if law[k] != FILM or numbers[k, 4] == 0.0:
            continue
        for n in range(pop_sites[k]):
            m = pop_at[k] + n
            own = pop_at[host[k]] + n
            thick = (start[m] + numbers[k, 1] * q[first[k] + n]) / extent[m]
            pop_film[own] = bare[own] + numbers[k, 4] * thick


@njit(**_options)
def swing(parts, q, k, n):
    """Mean and surface stoichiometry of a particle."""
    kind, first, count, where, weight = parts[0], parts[1], parts[2], parts[3], parts[5]
    lo = first[k] + n * count[k]
    if kind[k] == MODAL:
        surface = 0.0
        for i in range(count[k]):
            surface += q[lo + i]
        return q[lo], surface
    mean = 0.0
    whole = 0.0
    for i in range(count[k]):
        mean += weight[where[k] + i] * q[lo + i]
        whole += weight[where[k] + i]
    return mean / whole, q[lo + count[k] - 1]


@njit(**_options)
def wear_step(pops, parts, q, dt):
    """Cracks and losses over a step that ends at ``q``; with ``dt = 0`` only the rates are taken."""
    pop_sites, pop_at = pops[2], pops[3]
    extent = pops[8][4]
    rules, crack, worn, crack_rate, worn_rate = pops[9]
    for k in range(len(pop_sites)):
        if rules[k, WEARS] == 0.0:
            continue
        side = int(rules[k, CRACK_SIDE])
        for n in range(pop_sites[k]):
            m = pop_at[k] + n
            mean, surface = swing(parts, q, k, n)
            stress = min(max(rules[k, STRESS] * (mean - surface), 0.0), rules[k, YIELD])
            if rules[k, CRACK_RATE] > 0.0:
                rate = rules[k, CRACK_RATE] * (stress * (pi * crack[m]) ** 0.5) ** rules[k, CRACK_POWER]
                crack[m] += 0.5 * dt * (crack_rate[m] + rate)
                crack_rate[m] = rate
                if side >= 0:
                    extent[pop_at[side] + n] = rules[k, CRACK_AREA] * crack[m]
            if rules[k, LOSS_RATE] > 0.0:
                rate = rules[k, LOSS_RATE] * (2.0 / 3.0 * stress / rules[k, CRITICAL]) ** rules[k, LOSS_POWER]
                worn[m] += 0.5 * dt * (worn_rate[m] + rate)
                worn_rate[m] = rate
