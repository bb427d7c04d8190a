"""One implicit stage of the full model: Newton's method with the reactions eliminated."""

from __future__ import annotations

from math import asinh, sinh, sqrt

from numba import njit

from negatrode.cell.kernels.averaged import current_column, salt_transport, terminal_volts, volts_step
from negatrode.cell.kernels.layers import FARADAY, METAL, conduction, electrolyte_properties, transport
from negatrode.cell.kernels.linear import factor, solve
from negatrode.cell.kernels.lookup import _options, look
from negatrode.cell.kernels.populations import profile_step, volume_lines
from negatrode.cell.kernels.side import PLATING
from negatrode.cell.kernels.sites import respond

# Controls: what the control row holds.
CURRENT, VOLTAGE, POWER, RESISTANCE = range(4)
# Largest change of a surface stoichiometry in one iteration.
FARTHEST = 0.2
# Largest change of a potential (V) in one iteration; the second where a side reaction grows exponentially.
LEAP, CAREFUL_LEAP = 1.0, 0.3
# Newton stops where its estimated error is this share of the tolerance of a step.
ACCEPT = 0.5
# A reaction further out of balance than this (V) after a step was linearised too far away to trust the step.
ASTRAY = 0.05
# Bounds of the curvature of the profiles' equations (error of a linearised profile over its step squared).
STRAIGHT, BENT = 10.0, 3e3
# Populations a site from which on every iteration gets a new matrix.
CROWDED = 4


@njit(**_options)
def control_row(mode, target, volts, amps):
    """Residual of the control and its derivatives by voltage and by current."""
    if mode == CURRENT:
        return amps - target, 0.0, 1.0
    if mode == VOLTAGE:
        return volts - target, 1.0, 0.0
    if mode == POWER:
        return volts * amps - target, amps, volts
    return volts - target * amps, 1.0, -target


@njit(**_options)
def assemble(
    el_first, el_layer, el_half, order, weights, derivative, efficiency, conductivity,
    node_site, site_node, site_width, pore, unknown_c, unknown_e, unknown_s, band,
    props, sums, psi, c, phi_e, phi_s, current, half_cell, metal, thermal_volt, dt, dt_matrix, capacity,
    psi_layer, a, b, with_matrix, charging, reduced, across, site_share,
):
    """Fill ``b = -residual`` and, on demand, the matrix, for the macroscopic unknowns of all nodes.

    ``dt_matrix`` is the time coefficient that the matrix was made with: the reaction's own residual enters
    the salt balance with it, as its linearisation does, so that salt is kept by a matrix that is not new.
    ``metal`` = (overpotential of the lithium electrode, its slope in c, ohmic drop): see :func:`lithium`.
    """
    flows(
        el_first, el_layer, el_half, order, weights, derivative, efficiency, conductivity, node_site,
        unknown_c, unknown_e, unknown_s, band, props, c, phi_e, phi_s, current, thermal_volt, dt, a, b,
        with_matrix, reduced, across,
    )
    balances(
        site_node, site_width, pore, unknown_c, unknown_e, unknown_s, band, sums, psi, c, phi_e, phi_s,
        current, half_cell, metal, dt, dt_matrix, capacity, psi_layer, a, b, with_matrix, charging, reduced,
        site_share,
    )


@njit(**_options)
def flows(
    el_first, el_layer, el_half, order, weights, derivative, efficiency, conductivity, node_site,
    unknown_c, unknown_e, unknown_s, band, props, c, phi_e, phi_s, current, thermal_volt, dt, a, b,
    with_matrix, reduced, across,
):
    """What flows between the nodes."""
    clear(a, b, with_matrix)
    if reduced:
        salt_transport(
            el_first, el_layer, el_half, order, weights, derivative, efficiency, across,
            props, c, current, dt, unknown_c, band, a, b, with_matrix,
        )
    else:
        transport(
            el_first, el_layer, el_half, order, weights, derivative, efficiency,
            props, c, phi_e, thermal_volt, dt, unknown_c, unknown_e, band, a, b, with_matrix,
        )
        conduction(
            el_first, el_layer, el_half, order, weights, derivative, conductivity,
            node_site, phi_s, unknown_s, band, a, b, with_matrix,
        )


@njit(**_options)
def balances(
    site_node, site_width, pore, unknown_c, unknown_e, unknown_s, band, sums, psi, c, phi_e, phi_s,
    current, half_cell, metal, dt, dt_matrix, capacity, psi_layer, a, b, with_matrix, charging, reduced,
    site_share,
):
    """What is stored and what reacts at the nodes, and the conditions at the ends."""
    nx = len(c)
    for i in range(nx):
        row = unknown_c[i]
        b[row] -= pore[i] * (c[i] - psi[i])
        if with_matrix:
            a[row, band] += pore[i]
    for s in range(len(site_node)):
        i = site_node[s]
        w = site_width[s]
        source = sums[s, 0] + sums[s, 1]
        slope = sums[s, 2]
        faraday_slope = slope
        if charging and capacity[s] != 0.0:
            source += capacity[s] * (phi_s[s] - phi_e[i] - psi_layer[s]) / dt
            slope += capacity[s] / dt
        rc, re, rs = unknown_c[i], unknown_e[i], unknown_s[i]
        b[re] -= w * source
        b[rs] += w * source
        if reduced:
            b[rs] -= w * site_share[s] * current
        # The current that charges the double layer brings no lithium out of the particles.
        b[rc] += w * (dt * sums[s, 0] + dt_matrix * sums[s, 1]) / FARADAY
        if with_matrix:
            by_salt = sums[s, 3]
            a[re, band] -= w * slope
            a[re, rs - re + band] += w * slope
            a[re, rc - re + band] += w * by_salt
            a[rs, band] -= w * slope
            a[rs, re - rs + band] += w * slope
            a[rs, rc - rs + band] -= w * by_salt
            t = dt * w / FARADAY
            a[rc, rs - rc + band] -= t * faraday_slope
            a[rc, re - rc + band] += t * faraday_slope
            a[rc, band] -= t * by_salt
    if half_cell:
        b[unknown_c[0]] += dt * current / FARADAY
    if reduced:
        # No potential of its own for the electrolyte: what it costs stands in the voltage.
        for i in range(nx):
            row = unknown_e[i]
            b[row] = -phi_e[i]
            if with_matrix:
                fix(a, row, band)
        return
    # The current leaves through the positive collector.
    b[unknown_s[nx - 1]] += current
    if half_cell:
        row = unknown_e[0]
        b[row] = -(phi_e[0] + metal[0])
        if with_matrix:
            fix(a, row, band)
            a[row, unknown_c[0] - row + band] = metal[1]
    else:
        row = unknown_s[0]
        b[row] = -phi_s[0]
        if with_matrix:
            fix(a, row, band)


@njit(**_options)
def clear(a, b, with_matrix):
    """Zero the right-hand side and, on demand, the matrix."""
    for i in range(len(b)):
        b[i] = 0.0
    if with_matrix:
        for i in range(a.shape[0]):
            for k in range(a.shape[1]):
                a[i, k] = 0.0


@njit(**_options)
def fix(a, row, band):
    """Make a row that of the identity."""
    for k in range(a.shape[1]):
        a[row, k] = 0.0
    a[row, band] = 1.0


@njit(**_options)
def lithium(data, meta, c, current, thermal_volt, metal):
    """Overpotential of the lithium electrode: ``eta = (2 R T / F) arsinh(i / (2 j0))``; slopes in c and i."""
    root = sqrt(c)
    table = METAL + 0 * len(metal)  # no constant: it would be a type of its own to the compiler
    j0, j0_root = look(data, meta, table, root)
    ratio = 0.5 * current / j0
    inverse = thermal_volt / (j0 * sqrt(1.0 + ratio * ratio))
    metal[0] = 2.0 * thermal_volt * asinh(ratio)
    metal[1] = -2.0 * inverse * ratio * j0_root * 0.5 / root
    metal[2] = inverse


@njit(**_options)
def solve_stage(mesh, pops, parts, tables, work, c, q, phi_e, phi_s, j, terminal, psi, psi_q, psi_layer,
                hysteresis, mode, target, physics, dt, tolerance, state, most):
    """Solve one stage; ``terminal`` = [volts, amps per m2] and the unknowns are overwritten.

    ``physics`` = (R T / F, T - T_ref, series resistance in ohm m2, half cell, c scale, any finite volumes,
    whether the SPMe).
    ``tolerance`` = (V, relative to the c scale). ``state`` = [convergence rate, age of the matrix in
    stages, dt of the matrix, lowest salt, stages that are still to be solved with care: a new matrix in every
    iteration, to a tenth of the usual rest; curvature of the profiles' equations]. Returns the iterations
    used, or -1 where it did not converge.
    """
    (el_first, el_layer, el_half, order, weights, derivative, efficiency, conductivity, node_site, site_node,
     site_width, pore, unknown_c, unknown_e, unknown_s, last, across, site_share, lumped) = mesh
    (pop_tables, pop_first, pop_sites, pop_at, pop_area, pop_film, pop_gap, pop_pace, side, wear) = pops
    data, meta = tables
    (props, base, gain, residual, conductance, by_salt, spread, sums, a, b, b2, metal, capacity) = work
    thermal_volt, kelvin, contact, half_cell, c_scale, any_volumes, reduced = physics
    band = (a.shape[1] - 1) // 2
    before = 0.0
    step_before = 0.0
    careful = state[4] > 0.0
    # With many populations a site the reactions cost more than the matrix, and it is worth its renewal.
    crowded = len(j) > CROWDED * len(site_node)
    # An exponential in the potential wants its own slope at every step.
    leap = LEAP
    for k in range(len(pop_first)):
        if side[0][k] == PLATING:
            crowded = True
            leap = CAREFUL_LEAP
    enough = 0.1 * ACCEPT if careful else ACCEPT
    if mode == CURRENT:
        terminal[1] = target
    for iteration in range(most):
        fresh = careful or crowded or iteration >= 3 or state[1] >= 20.0 or abs(dt - state[2]) > 0.3 * dt
        if fresh:
            state[1] = 0.0
            state[2] = dt
        if any_volumes:
            volume_lines(parts, pops, tables, psi_q, q, j, dt, base, gain, iteration > 0)
        electrolyte_properties(data, meta, c, props)
        settling = respond(
            data, meta, pop_tables, pop_first, pop_sites, pop_at, pop_area, pop_film, pop_gap, pop_pace,
            side, site_node, c, phi_e, phi_s, j, base, gain, hysteresis, thermal_volt, kelvin,
            residual, conductance, by_salt, spread, sums, fresh,
        )
        if half_cell:
            lithium(data, meta, c[0], terminal[1], thermal_volt, metal)
        assemble(
            el_first, el_layer, el_half, order, weights, derivative, efficiency, conductivity,
            node_site, site_node, site_width, pore, unknown_c, unknown_e, unknown_s, band,
            props, sums, psi, c, phi_e, phi_s, terminal[1], half_cell, metal, thermal_volt, dt,
            state[2], capacity, psi_layer, a, b, fresh, dt > 0.0, reduced, across, site_share,
        )
        if fresh:
            factor(a, last, band)
        solve(a, last, band, b)
        amps_step = 0.0
        if mode != CURRENT:
            current_column(
                reduced, half_cell, metal, site_node, site_width, site_share, across, el_first, el_layer,
                order, weights, derivative, props, dt, unknown_c, unknown_e, unknown_s, b2,
            )
            solve(a, last, band, b2)
            volts_now, by_amps = terminal_volts(
                data, meta, reduced, site_node, site_width, site_share, across, lumped, c, phi_s, terminal[1],
                contact, half_cell, metal, thermal_volt,
            )
            by_amps += volts_step(reduced, site_node, site_width, site_share, unknown_s, b2)
            by_salt_and_phi = volts_step(reduced, site_node, site_width, site_share, unknown_s, b)
            g, g_v, g_i = control_row(mode, target, volts_now, terminal[1])
            amps_step = -(g + g_v * by_salt_and_phi) / (g_v * by_amps + g_i)
            for i in range(len(b)):
                b[i] += amps_step * b2[i]
        change, clipped = update(
            b, unknown_c, unknown_e, unknown_s, site_node, pop_first, pop_sites, pop_at,
            c, phi_e, phi_s, j, residual, conductance, by_salt, spread, gain, tolerance[0],
            tolerance[1] * c_scale, tolerance[2], leap,
        )
        terminal[1] += amps_step
        if reduced and half_cell:
            lithium(data, meta, c[0], terminal[1], thermal_volt, metal)
        terminal[0], _ = terminal_volts(
            data, meta, reduced, site_node, site_width, site_share, across, lumped, c, phi_s, terminal[1],
            contact, half_cell, metal, thermal_volt,
        )
        if any_volumes:
            # Their straight lines are about the profile before: it has to follow.
            change = max(change, settling / tolerance[2])
            step = profile_step(parts, pops, q, j)
            if step_before > 1e-8:
                state[5] = min(max(step / (step_before * step_before), 0.7 * state[5], STRAIGHT), BENT)
            step_before = step
            if state[5] * step * step > 0.2 * enough * tolerance[2]:
                clipped = True
        if not change < 1e12:
            return -1
        if clipped:
            state[1] = 99.0
            before = 0.0
            continue
        rate = state[0]
        if before > 0.0:
            rate = max(0.3 * state[0], change / before)
            state[0] = min(rate, 1.0)
            if rate > 2.0 and iteration > 5:
                return -1
            if rate > 0.3:
                state[1] = 99.0
        if change * min(1.0, max(rate, 0.05)) < enough:
            state[1] += 1.0
            return iteration + 1
        before = change
    return -1


@njit(**_options)
def update(
    b, unknown_c, unknown_e, unknown_s, site_node, pop_first, pop_sites, pop_at,
    c, phi_e, phi_s, j, residual, conductance, by_salt, spread, gain, per_volt, per_salt, per_surface,
    leap,
):
    """Apply a Newton step; keep concentrations positive and fluxes from leaping across zero.

    Returns the largest change in units of the tolerances, and whether anything was held back.
    """
    clipped = False
    largest = 0.0
    for s in range(len(site_node)):
        node = site_node[s]
        jump = max(abs(b[unknown_s[node]]), abs(b[unknown_e[node]]))
        largest = max(largest, jump)
    scale = 1.0
    if largest > leap:
        scale = leap / largest
        clipped = True
    change = largest / per_volt
    for k in range(len(pop_first)):
        for n in range(pop_sites[k]):
            m = pop_at[k] + n
            node = site_node[pop_first[k] + n]
            drive = b[unknown_s[node]] - b[unknown_e[node]] + by_salt[m] * b[unknown_c[node]]
            step = scale * conductance[m] * (residual[m] + drive)
            if abs(residual[m] + drive) > ASTRAY:
                clipped = True
            if abs(gain[m] * step) > FARTHEST:
                step *= FARTHEST / abs(gain[m] * step)
                clipped = True
            if step * j[m] < 0.0 and abs(step) > 1.2 * spread[m]:
                # From a flux that is far too large the straight line overshoots zero; go by its logarithm.
                twice = sqrt(max(spread[m] * spread[m] - j[m] * j[m], 1e-300))
                z = asinh(j[m] / twice) + max(min(step / spread[m], 3.0), -3.0)
                j[m] = twice * sinh(z)
                clipped = True
            else:
                j[m] += step
                # A population that carries next to nothing hardly moves the potentials: it counts itself.
                change = max(change, abs(step) * gain[m] / per_surface)
    finite = 0.0
    for i in range(len(c)):
        step = scale * b[unknown_c[i]]
        phi_e[i] += scale * b[unknown_e[i]]
        if c[i] + step < 0.1 * c[i]:
            step = -0.9 * c[i]
            if c[i] > 1e-3 * per_salt:
                clipped = True
        c[i] += step
        finite += step + b[unknown_e[i]]
        change = max(change, abs(step) / per_salt)
    for s in range(len(site_node)):
        phi_s[s] += scale * b[unknown_s[site_node[s]]]
    if not abs(finite) < 1e300:
        change = 1e300  # a maximum hides what is not a number
    return change, clipped
