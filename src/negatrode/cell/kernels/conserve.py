"""Charge and lithium to rounding: what Newton's tolerance and rounding leave over is put right."""

from __future__ import annotations

from numba import njit

from negatrode.cell.kernels.layers import FARADAY
from negatrode.cell.kernels.lookup import _options


@njit(**_options)
def keep_charge(mesh, pops, j, conductance, amps, first_positive):
    """Make the reactions of each electrode add up to the current exactly.

    The linear solve leaves a remainder of its rounding (times the large conductance between close nodes);
    it is spread as a common shift of the overpotential would spread it.
    """
    site_width = mesh[10]
    pop_first, pop_sites, pop_at, pop_area = pops[1], pops[2], pops[3], pops[4]
    for electrode in range(2):
        total = 0.0
        slope = 0.0
        for k in range(len(pop_first)):
            if (pop_first[k] >= first_positive) == (electrode == 1):
                for n in range(pop_sites[k]):
                    m = pop_at[k] + n
                    weight = pop_area[m] * site_width[pop_first[k] + n]
                    total += weight * j[m]
                    slope += weight * conductance[m]
        if slope > 0.0:
            wanted = -amps if electrode == 1 else amps
            shift = (wanted - total) / slope
            for k in range(len(pop_first)):
                if (pop_first[k] >= first_positive) == (electrode == 1):
                    for n in range(pop_sites[k]):
                        j[pop_at[k] + n] += shift * conductance[pop_at[k] + n]


@njit(**_options)
def keep_salt(mesh, pops, psi, c, j, amps, half_cell, dt):
    """Spread what rounding and Newton's tolerance left over in the salt's total over the nodes.

    The fluxes between nodes cancel in the sum, so the total has an exact value: what the reactions and the
    lithium electrode gave in this stage.
    """
    site_width, pore = mesh[10], mesh[11]
    pop_first, pop_sites, pop_at, pop_area = pops[1], pops[2], pops[3], pops[4]
    given = amps if half_cell else 0.0
    for k in range(len(pop_first)):
        for n in range(pop_sites[k]):
            m = pop_at[k] + n
            given += site_width[pop_first[k] + n] * pop_area[m] * j[m]
    left = -dt * given / FARADAY
    for i in range(len(c)):
        left += pore[i] * (c[i] - psi[i])
    # In proportion to what is there, so that no node that is almost empty turns negative.
    salt = 0.0
    for i in range(len(c)):
        salt += pore[i] * c[i]
    share = 1.0 - left / salt
    for i in range(len(c)):
        c[i] *= share


@njit(**_options)
def add_up(pops, j, sums):
    """Put the present fluxes into the sites' sums, with nothing left to solve."""
    pop_first, pop_sites, pop_at, pop_area = pops[1], pops[2], pops[3], pops[4]
    for s in range(sums.shape[0]):
        sums[s, 0] = 0.0
        sums[s, 1] = 0.0
    for k in range(len(pop_first)):
        for n in range(pop_sites[k]):
            m = pop_at[k] + n
            sums[pop_first[k] + n, 0] += pop_area[m] * j[m]
