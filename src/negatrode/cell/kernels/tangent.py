"""Forward sensitivities: the linearised stages along a march that was solved.

A step solves ``G(y, psi, p) = 0`` with ``psi`` made of the past; its derivative by a parameter is

    dG/dy y' = -(dG/dpsi psi' + dG/dp).

A first pass over the stored states (``nominal``) builds and factorises ``dG/dy`` at every one of them; one
more pass a parameter evaluates the right-hand side as the difference of two residuals at the same state,
``(G(y, psi + e psi', p + e) - G(y, psi, p)) / e``, and solves with the factors that are there. The time
formula is linear in the past, so a derivative has its own history of backward differences, with the steps
and orders of the march (staggered direct method: Feehery, Tolsma and Barton, Appl. Numer. Math. 25, 41
(1997)). All derivatives here are times ``e``.
"""

from __future__ import annotations

from numba import njit

from negatrode.cell.kernels.averaged import current_column, terminal_volts
from negatrode.cell.kernels.formula import ALPHA, accept, predict, rescale
from negatrode.cell.kernels.layers import FARADAY, electrolyte_properties
from negatrode.cell.kernels.linear import factor, solve
from negatrode.cell.kernels.lookup import _entry, _options
from negatrode.cell.kernels.march import GAS, branches, heat, set_temperature
from negatrode.cell.kernels.newton import CURRENT, POWER, VOLTAGE, balances, control_row, flows, lithium
from negatrode.cell.kernels.populations import close, modal_lines, volume_lines
from negatrode.cell.kernels.sites import EXACT, branch, respond

# What `orders` says of a row that no step of the march led to: where a step of the protocol begins, and
# where the march began again within one.
START, AGAIN = 0, -1
# Share of the current by which its effect on the voltage is found.
NUDGE = 1e-6


@njit(**_entry)
def replay(mesh, pops, parts, tables, work, at, physics, thermal, other, nominal, touches, mode, ratio,
           times, orders, states, span, history, past, psi, psi_layer, y, forecast, small, kept, volts, amps):
    """Go along the rows ``span[0]`` to ``span[1]`` of a march; nominal, or for one perturbed cell.

    Shapes: ``times``, ``orders`` (n,); ``states`` (n, variables): y at every row. ``history``: backward
    differences (of the states, or of the derivative); ``past[0]``: the step they belong to. ``ratio``: the
    perturbed cell's target over the nominal one. ``touches``: whether the cell differs in what flows between
    the nodes, and in its reactions (beside the surface's stoichiometry). ``volts`` and ``amps`` (n,) take
    the derivatives of the terminal's.

    ``kept`` holds what the nominal pass leaves for the others, row by row from ``span[0]``: psi, the double
    layer's share, factors, right-hand side, the flows' part in it, column of the current, (conductance, by
    salt, residual, flux, slope of the residual in the surface's stoichiometry, that stoichiometry), the
    closed state.
    """
    o_q, o_h, o_t, o_charge, nd, o_e, o_s, o_j, o_v, nv = at
    (kept_psi, kept_layer, kept_matrix, kept_rhs, kept_flow, kept_column, kept_linear, kept_closed) = kept
    capacity = work[12]
    charging = capacity[0] > 0.0 or capacity[len(capacity) - 1] > 0.0
    for r in range(span[0], span[1]):
        row = r - span[0]
        order = orders[r]
        dt = 0.0
        if order <= START:
            if not nominal:
                for i in range(nv):
                    y[i] = history[0, i]
            else:
                for i in range(nv):
                    y[i] = states[r, i]
            for m in range(history.shape[0]):
                for i in range(nv):
                    history[m, i] = 0.0
            for i in range(nv):
                history[0, i] = y[i]
                forecast[i] = y[i]
                psi[i] = y[i]
            past[0] = 0.0
            if order == AGAIN:
                continue
            if charging:
                dt = 1e-9
        else:
            h = times[r] - times[r - 1]
            if past[0] == 0.0:
                # Nothing is known of the derivative's slope: Euler's step.
                dt = h
                for i in range(nv):
                    forecast[i] = history[0, i]
                    psi[i] = history[0, i]
            else:
                if abs(h - past[0]) > 1e-13 * h:
                    rescale(history, order, h / past[0], small)
                predict(history, order, forecast, psi, nd)
                dt = h / ALPHA[order]
        layer_past(history, order, past[0], at, mesh[9], forecast, psi_layer)
        kelvin = states[r, o_t]
        if nominal:
            for i in range(nd):
                kept_psi[row, i] = psi[i]
            for s in range(len(psi_layer)):
                kept_layer[row, s] = psi_layer[s]
        else:
            kelvin += forecast[o_t]
            for i in range(nd):
                psi[i] += kept_psi[row, i]
            for s in range(len(psi_layer)):
                psi_layer[s] += kept_layer[row, s]
        linearise(
            mesh, pops, parts, tables, work, at, physics, thermal, other, nominal, touches, mode, ratio,
            states[r], psi, psi_layer, y, kelvin, dt, kept_matrix[row], kept_rhs[row], kept_flow[row],
            kept_column[row], kept_linear[row], kept_closed[row],
        )
        if nominal:
            for i in range(nv):
                y[i] = states[r, i]
        elif order == START:
            for i in range(nd):
                y[i] = forecast[i]
        volts[r] = y[o_v]
        amps[r] = y[o_v + 1]
        if order == START:
            for i in range(nv):
                history[0, i] = y[i]
        else:
            for i in range(nv):
                forecast[i] = y[i] - forecast[i]
            accept(history, max(order, 1), y, forecast)
            past[0] = times[r] - times[r - 1]


@njit(**_options)
def layer_past(history, order, step, at, site_node, forecast, psi_layer):
    """The formula's share in the double layer's potential difference."""
    o_e, o_s = at[5], at[6]
    for s in range(len(site_node)):
        e, p = o_e + site_node[s], o_s + s
        value = forecast[p] - forecast[e]
        if step > 0.0:
            for m in range(1, order + 1):
                value -= weight_of(order, m) * (history[m, p] - history[m, e])
        psi_layer[s] = value


@njit(**_options)
def weight_of(order, m):
    """Weight of the m-th difference in ``psi``."""
    total = 0.0
    for i in range(1, m + 1):
        total += 1.0 / i
    return total / ALPHA[order]


@njit(**_options)
def linearise(
    mesh, pops, parts, tables, work, at, physics, thermal, other, nominal, touches, mode, ratio, state,
    psi, psi_layer, y, kelvin, dt, a, rhs, flow, column, linear, closed,
):
    """One state: the factors and what is closed with them; or the change that a perturbed cell makes."""
    o_q, o_h, o_t, o_charge, nd, o_e, o_s, o_j, o_v, nv = at
    nx = o_q
    (el_first, el_layer, el_half, order, weights, derivative, efficiency, conductivity, node_site, site_node,
     site_width, pore, unknown_c, unknown_e, unknown_s, last, across, site_share, lumped) = mesh
    (pop_tables, pop_first, pop_sites, pop_at, pop_area, pop_film, pop_gap, pop_pace, side, wear) = pops
    (props, base, gain, residual, own_g, own_salt, spread, sums, own_a, b, b2, metal, capacity) = work
    contact, half_cell, c_scale, any_volumes, area, reference, first_positive, reduced = physics
    capacity_kelvin, cooling, ambient = thermal
    rule, speed, warmth = other
    data, meta = tables
    conductance, by_salt, kept_residual, flux = linear[0], linear[1], linear[2], linear[3]
    band = (a.shape[1] - 1) // 2
    for i in range(nv):
        y[i] = state[i]
    c, q, hyst = y[:nx], y[o_q:o_h], y[o_h:o_t]
    phi_e, phi_s, j, terminal = y[o_e:o_s], y[o_s:o_j], y[o_j:o_v], y[o_v:nv]
    if not nominal:
        for m in range(len(j)):
            j[m] = flux[m]
    if capacity_kelvin > 0.0:
        set_temperature(tables, warmth, kelvin)
    thermal_volt, above = GAS * kelvin / FARADAY, kelvin - reference
    branches(pops, rule, terminal[1], psi[o_h:o_t])
    for k in range(len(speed)):
        pop_pace[k] = dt * speed[k]
    modal_lines(parts, pops, tables, psi[o_q:o_h], dt, base, gain)
    if any_volumes:
        volume_lines(parts, pops, tables, psi[o_q:o_h], q, j, dt, base, gain, dt < 0.0)
    if touches[0] or nominal:
        electrolyte_properties(data, meta, c, props)
    if touches[1] or nominal or dt < 1e-8:  # at a start the surface does not tell of the flux
        respond(
            data, meta, pop_tables, pop_first, pop_sites, pop_at, pop_area, pop_film, pop_gap, pop_pace,
            side, site_node, c, phi_e, phi_s, j, base, gain, psi[o_h:o_t], thermal_volt, above,
            residual, conductance, by_salt, spread, sums, EXACT if nominal else 0,
        )
    else:
        respond_straight(pop_first, pop_sites, pop_at, pop_area, j, base, gain, linear, residual, sums)
    if half_cell:
        lithium(data, meta, c[0], terminal[1], thermal_volt, metal)
    if touches[0] or nominal:
        flows(
            el_first, el_layer, el_half, order, weights, derivative, efficiency, conductivity, node_site,
            unknown_c, unknown_e, unknown_s, band, props, c, phi_e, phi_s, terminal[1], thermal_volt, dt, a,
            b, nominal, reduced, across,
        )
    else:
        for i in range(len(b)):
            b[i] = flow[i]
    if nominal:
        for i in range(len(b)):
            flow[i] = b[i]
    balances(
        site_node, site_width, pore, unknown_c, unknown_e, unknown_s, band, sums, psi[:nx], c, phi_e, phi_s,
        terminal[1], half_cell, metal, dt, dt, capacity, psi_layer, a, b, nominal, dt > 0.0, reduced,
        site_share,
    )
    volts, _ = terminal_volts(
        data, meta, reduced, site_node, site_width, site_share, across, lumped, c, phi_s, terminal[1],
        contact, half_cell, metal, thermal_volt,
    )
    if nominal:
        factor(a, last, band)
        current_column(
            reduced, half_cell, metal, site_node, site_width, site_share, across, el_first, el_layer,
            order, weights, derivative, props, dt, unknown_c, unknown_e, unknown_s, column,
        )
        solve(a, last, band, column)
        for i in range(len(b)):
            rhs[i] = b[i]
        for m in range(len(j)):
            kept_residual[m] = residual[m]
            flux[m] = j[m]
            linear[5, m] = base[m] - gain[m] * j[m]
            j[m] += conductance[m] * residual[m]
        surface_slopes(pop_first, pop_sites, pop_at, pop_film, gain, spread, thermal_volt, linear)
        closed[o_v] = volts
        closed[o_v + 1] = terminal[1]
    else:
        for i in range(len(b)):
            b[i] -= rhs[i]
        solve(a, last, band, b)
        move(b, 1.0, unknown_c, unknown_e, unknown_s, site_node, c, phi_e, phi_s)
        aim = wanted(mode, closed[o_v], terminal[1])
        more = aim * (ratio - 1.0)
        if mode != CURRENT:
            volts, _ = terminal_volts(
                data, meta, reduced, site_node, site_width, site_share, across, lumped, c, phi_s, terminal[1],
                contact, half_cell, metal, thermal_volt,
            )
            # What a little more current does to the voltage, with all that follows from it.
            little = NUDGE * (abs(terminal[1]) + NUDGE)
            move(column, little, unknown_c, unknown_e, unknown_s, site_node, c, phi_e, phi_s)
            if reduced and half_cell:
                lithium(data, meta, c[0], terminal[1] + little, thermal_volt, metal)
            beyond, _ = terminal_volts(
                data, meta, reduced, site_node, site_width, site_share, across, lumped, c, phi_s,
                terminal[1] + little, contact, half_cell, metal, thermal_volt,
            )
            move(column, -little, unknown_c, unknown_e, unknown_s, site_node, c, phi_e, phi_s)
            g, g_v, g_i = control_row(mode, aim * ratio, volts, terminal[1])
            more = -g / (g_v * (beyond - volts) / little + g_i)
        if more != 0.0:
            move(column, more, unknown_c, unknown_e, unknown_s, site_node, c, phi_e, phi_s)
            for i in range(len(b)):
                b[i] += more * column[i]
        for k in range(len(pop_first)):
            for n in range(pop_sites[k]):
                m = pop_at[k] + n
                node = site_node[pop_first[k] + n]
                drive = b[unknown_s[node]] - b[unknown_e[node]] + by_salt[m] * b[unknown_c[node]]
                j[m] += conductance[m] * (residual[m] + drive)
        terminal[1] += more
        if reduced and half_cell:
            lithium(data, meta, c[0], terminal[1], thermal_volt, metal)
        volts, _ = terminal_volts(
            data, meta, reduced, site_node, site_width, site_share, across, lumped, c, phi_s, terminal[1],
            contact, half_cell, metal, thermal_volt,
        )
    terminal[0] = volts
    close(parts, pops, psi[o_q:o_h], q, j, dt)
    for k in range(len(speed)):
        for m in range(pop_at[k], pop_at[k] + pop_sites[k]):
            hyst[m], _ = branch(psi[o_h + m], dt * speed[k], j[m])
    y[o_charge] = psi[o_charge] + dt * terminal[1]
    y[o_t] = kelvin
    if capacity_kelvin > 0.0:
        source = heat(mesh, pops, tables, j, base, gain, terminal[0], terminal[1], kelvin, above)
        per = dt / capacity_kelvin
        y[o_t] = (psi[o_t] + per * (source * area + cooling * ambient)) / (1.0 + per * cooling)
    if nominal:
        for i in range(nv):
            closed[i] = y[i]
    else:
        for i in range(nv):
            y[i] -= closed[i]


@njit(**_options)
def surface_slopes(pop_first, pop_sites, pop_at, pop_film, gain, spread, thermal_volt, linear):
    """Slope of every reaction's residual in the surface's stoichiometry, from that in the flux.

    ``dr/dj = -1 / conductance = -gain dr/dx - 2 (R T / F) / spread - film`` (without hysteresis).
    """
    for k in range(len(pop_first)):
        for m in range(pop_at[k], pop_at[k] + pop_sites[k]):
            linear[4, m] = 0.0
            if gain[m] > 0.0:
                rest = 1.0 / linear[0, m] - 2.0 * thermal_volt / spread[m] - pop_film[m]
                linear[4, m] = rest / gain[m]


@njit(**_options)
def respond_straight(pop_first, pop_sites, pop_at, pop_area, j, base, gain, linear, residual, sums):
    """The reactions of a cell that differs only in its surfaces' stoichiometries and in its areas."""
    for s in range(sums.shape[0]):
        sums[s, 0] = 0.0
        sums[s, 1] = 0.0
    for k in range(len(pop_first)):
        for n in range(pop_sites[k]):
            m = pop_at[k] + n
            residual[m] = linear[2, m] + linear[4, m] * (base[m] - gain[m] * j[m] - linear[5, m])
            sums[pop_first[k] + n, 0] += pop_area[m] * j[m]
            sums[pop_first[k] + n, 1] += pop_area[m] * linear[0, m] * residual[m]


@njit(**_options)
def move(b, share, unknown_c, unknown_e, unknown_s, site_node, c, phi_e, phi_s):
    """Add a share of a solution to salt and potentials."""
    for i in range(len(c)):
        c[i] += share * b[unknown_c[i]]
        phi_e[i] += share * b[unknown_e[i]]
    for s in range(len(site_node)):
        phi_s[s] += share * b[unknown_s[site_node[s]]]


@njit(**_options)
def wanted(mode, volts, amps):
    """What the control row held: its target, from the state."""
    if mode == CURRENT:
        return amps
    if mode == VOLTAGE:
        return volts
    if mode == POWER:
        return volts * amps
    return volts / amps
