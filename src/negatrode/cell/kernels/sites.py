"""Reaction at the sites: every population's flux eliminated node by node.

A site is an electrode node. Population ``k`` sits at ``pop_sites[k]`` sites from ``pop_first[k]``; its flux
at them is ``j[pop_at[k] + 0 ...]``. A particle of any kind hands over a straight line for its surface
stoichiometry, ``x = base - gain j``, so that what is left is one scalar equation a population and site,

    phi_s - phi_e - U(x) - (2 R T / F) arsinh(j / (2 j0(x, c))) - R_film j = 0

(symmetric Butler-Volmer solved for the overpotential: nearly linear, no exponential to overflow). Its
linearisation gives ``dj = conductance (residual + dphi_s - dphi_e + by_salt dc)``.
"""

from __future__ import annotations

from math import log, sqrt

from numba import njit

from negatrode.cell.kernels.lookup import _options, look
from negatrode.cell.kernels.side import FRESH, HOST, side_flux

# Columns of pop_tables.
POTENTIAL, EXCHANGE, SALT_FACTOR, ENTROPY, DIFFUSIVITY, GAP, SHELL = range(7)
# Nearer than this to empty and full the exchange current stays, and the potential goes on so steeply that
# every cut-off is met there: no surface is ever more than full, whatever its potential's table says.
EDGE = 1e-7
# Nearer than this to empty and full the reaction is solved within its bracket before it is linearised, ...
NEAR = 0.02
# ... and where its straight line would move the surface's stoichiometry further than this.
FAR = 0.005
# `fresh` of a linearisation that is exact whatever its sign (for derivatives, not for Newton's method).
EXACT = 2


@njit(**_options)
def exchange_current(data, meta, tables, k, x, c, sloped):
    """``j0`` and, on demand, its derivatives with respect to stoichiometry and salt concentration."""
    inside = min(max(x, EDGE), 1.0 - EDGE)
    root_c = sqrt(c)
    rate, rate_x = look(data, meta, tables[k, EXCHANGE], inside)
    salt, salt_root = look(data, meta, tables[k, SALT_FACTOR], root_c)
    room = inside * (1.0 - inside)
    # By a reference of 1000 mol m-3, 1 / sqrt(1000) = 0.0316...
    j0 = rate * sqrt(room * c) * 0.03162277660168379 * salt
    by_x = 0.0
    by_c = 0.0
    if sloped:
        if inside == x:
            by_x = j0 * (rate_x / rate + 0.5 * (1.0 - 2.0 * inside) / room)
        by_c = j0 * (0.5 / c + 0.5 * salt_root / (salt * root_c))
    return j0, by_x, by_c


@njit(**_options)
def arsinh(x, root):
    """``arsinh(x)`` to 1e-16, where ``root = sqrt(1 + x^2)`` is known: half the time of the library's."""
    value = log(abs(x) + root)
    return value if x >= 0.0 else -value


@njit(**_options)
def branch(past, pace, flux):
    """State of the hysteresis after a stage, and its slope in the flux."""
    whole = 1.0 + pace * abs(flux)
    h = (past + pace * flux) / whole
    sign = 1.0 if flux > 0.0 else -1.0
    return h, pace * (1.0 - h * sign) / whole


@njit(**_options)
def equilibrium(data, meta, pop_tables, k, x, kelvin, share, split, thermal_volt):
    """Potential of the surface, its slope, and half the distance of the branches (where they are split).

    Beyond empty and full the potential runs away, so that limits are met.
    """
    potential, potential_x = look(data, meta, pop_tables[k, POTENTIAL], x)
    if kelvin != 0.0:
        entropy, entropy_x = look(data, meta, pop_tables[k, ENTROPY], x)
        potential += kelvin * entropy
        potential_x += kelvin * entropy_x
    gap = 0.0
    if split:
        gap, gap_x = look(data, meta, pop_tables[k, GAP], x)
        potential += share * gap
        potential_x += share * gap_x
    beyond = x - min(max(x, EDGE), 1.0 - EDGE)
    if beyond != 0.0:
        potential -= beyond * thermal_volt / EDGE
        potential_x -= thermal_volt / EDGE
    return potential, potential_x, gap


@njit(**_options)
def settle(
    data, meta, pop_tables, k, drive, base, slope, flux, c, kelvin, past, pace, film, thermal_volt,
):
    """Flux at which the reaction balances ``drive = phi_s - phi_e``, found within its bracket."""
    low, high = (base - 1.0 - 1e-3) / slope, (base + 1e-3) / slope
    sloped = slope > 0.0  # always; no constant, which would be a type of its own to the compiler
    j = min(max(flux, low), high)
    for _ in range(80):
        x = base - slope * j
        share, share_j = branch(past, pace, j)
        split = pace != 0.0 or past != 0.0
        potential, potential_x, gap = equilibrium(
            data, meta, pop_tables, k, x, kelvin, share, split, thermal_volt,
        )
        j0, j0_x, _ = exchange_current(data, meta, pop_tables, k, x, c, sloped)
        ratio = 0.5 * j / j0
        root = sqrt(1.0 + ratio * ratio)
        inverse = thermal_volt / (j0 * root)
        r = drive - potential - 2.0 * thermal_volt * arsinh(ratio, root) - film * j
        if abs(r) < 1e-9:
            break
        if r > 0.0:
            low = j
        else:
            high = j
        by_flux = potential_x * slope - inverse * (1.0 + 2.0 * ratio * j0_x * slope) - film - gap * share_j
        new = j - r / by_flux
        if not (low < new < high):
            new = 0.5 * (low + high)
        if new == j:
            break
        j = new
    return j


@njit(**_options)
def respond(
    data, meta, pop_tables, pop_first, pop_sites, pop_at, pop_area, pop_film, pop_gap, pop_pace,
    side, site_node, c, phi_e, phi_s, j, base, gain, hysteresis, thermal_volt, kelvin,
    residual, conductance, by_salt, spread, sums, fresh,
):
    """Residual and linearisation of every reaction, and per site the sums over populations.

    ``sums[s]`` = (sum a j, sum a conductance residual, sum a conductance, sum a conductance by_salt).
    ``hysteresis`` is what the time formula adds to the branch state ``h``, ``pop_pace`` the flux's share:
    ``h = (hysteresis + pace j) / (1 + pace |j|)`` (the one-state law, implicit; pace 0: ``h`` is given).
    ``kelvin`` is T - T_ref; ``thermal_volt`` is R T / F; ``spread`` is ``sqrt(j^2 + 4 j0^2)``. Without
    ``fresh`` the linearisation (conductance, by_salt) stays as it was when the matrix was made: the linear
    conservation laws hold after an update only if both use the same one. Returns the largest change of a
    surface's stoichiometry by reactions that were solved by themselves.
    """
    for s in range(sums.shape[0]):
        for k in range(4):
            sums[s, k] = 0.0
    sloped = bool(fresh)
    settling = 0.0
    law = side[0]
    for k in range(len(pop_first)):
        if law[k] != HOST:
            respond_beside(
                k, pop_first, pop_sites, pop_at, pop_area, pop_film, side, site_node, c, phi_e, phi_s, j,
                base, gain, thermal_volt, residual, conductance, by_salt, spread, sums, fresh,
            )
            continue
        for n in range(pop_sites[k]):
            s = pop_first[k] + n
            m = pop_at[k] + n
            area = pop_area[m]
            film = pop_film[m]
            node = site_node[s]
            flux = j[m]
            slope = gain[m]
            x = base[m] - slope * flux
            if slope == 0.0:
                # A start, where the surface is what it is: what solved steps left beyond full is not there.
                x = min(max(x, EDGE), 1.0 - EDGE)
            past = hysteresis[m] * pop_gap[k]
            pace = pop_pace[k]
            split = pop_gap[k] != 0
            settled = not fresh or slope == 0.0
            alone = not settled and (x < NEAR or x > 1.0 - NEAR)
            r = 0.0
            while True:
                if alone:
                    flux = settle(
                        data, meta, pop_tables, k, phi_s[s] - phi_e[node], base[m], slope, flux, c[node],
                        kelvin, past, pace, film, thermal_volt,
                    )
                    settling = max(settling, slope * abs(flux - j[m]))
                    j[m] = flux
                    x = base[m] - slope * flux
                    alone = False
                    settled = True
                share, share_j = branch(past, pace, flux)
                potential, potential_x, gap = equilibrium(
                    data, meta, pop_tables, k, x, kelvin, share, split, thermal_volt,
                )
                j0, j0_x, j0_c = exchange_current(data, meta, pop_tables, k, x, c[node], sloped)
                ratio = 0.5 * flux / j0
                root = sqrt(1.0 + ratio * ratio)
                r = phi_s[s] - phi_e[node] - potential - film * flux
                r -= 2.0 * thermal_volt * arsinh(ratio, root)
                spread[m] = 2.0 * j0 * root
                if fresh:
                    inverse = thermal_volt / (j0 * root)
                    by_flux = potential_x * slope - inverse * (1.0 + 2.0 * ratio * j0_x * slope) - film
                    by_flux -= gap * share_j
                    if fresh != EXACT:
                        # Where the potential rises with stoichiometry the slope may lose its sign: descend.
                        by_flux = min(by_flux, -0.05 * inverse - film)
                    conductance[m] = -1.0 / by_flux
                    by_salt[m] = 2.0 * inverse * ratio * j0_c
                alone = not settled and abs(conductance[m] * r * slope) > FAR
                if not alone:
                    break
            residual[m] = r
            g = conductance[m]
            sums[s, 0] += area * flux
            sums[s, 1] += area * g * r
            sums[s, 2] += area * g
            sums[s, 3] += area * g * by_salt[m]
    return settling


@njit(**_options)
def respond_beside(
    k, pop_first, pop_sites, pop_at, pop_area, pop_film, side, site_node, c, phi_e, phi_s, j,
    base, gain, thermal_volt, residual, conductance, by_salt, spread, sums, fresh,
):
    """A side reaction's fluxes, its linearisation, and its part of the sites' sums.

    Its host stands before it in the order of the populations.
    """
    law, host, numbers, start, extent = side[0], side[1], side[2], side[3], side[4]
    for n in range(pop_sites[k]):
        s = pop_first[k] + n
        m = pop_at[k] + n
        own = pop_at[host[k]] + n
        node = site_node[s]
        eta = phi_s[s] - phi_e[node] - pop_film[own] * j[own]
        flux, slope, salt = side_flux(
            law[k], numbers[k], start[m], extent[m], base[m], gain[m], eta, c[node], thermal_volt, j[own],
            conductance[own],
        )
        j[m] = flux
        residual[m] = residual[own] if law[k] == FRESH else 0.0
        spread[m] = 1e300  # no flux of it leaps across zero
        if fresh:
            conductance[m] = slope
            by_salt[m] = salt / slope if slope > 0.0 else 0.0
            if law[k] == FRESH:
                by_salt[m] = by_salt[own]
        area = pop_area[m]
        sums[s, 0] += area * flux
        sums[s, 1] += area * conductance[m] * residual[m]
        sums[s, 2] += area * conductance[m]
        sums[s, 3] += area * conductance[m] * by_salt[m]
