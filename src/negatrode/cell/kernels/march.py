"""From one stage to the next: a step of a protocol, with variable step and order, until it ends."""

from __future__ import annotations

from math import exp, tanh

from numba import njit

from negatrode.cell.kernels.conserve import add_up, keep_charge
from negatrode.cell.kernels.layers import FARADAY, electrolyte_properties
from negatrode.cell.kernels.lookup import _inline, _options, look
from negatrode.cell.kernels.newton import CURRENT, assemble, lithium, solve_stage
from negatrode.cell.kernels.populations import modal_lines, rates, surface_norm
from negatrode.cell.kernels.sites import ENTROPY, POTENTIAL
from negatrode.cell.kernels.wear import grow_films, wear_step

# Why a march came back: 0 and above is the end with that index; the texts are in cell/ending.py.
ROOM, STUCK, INFEASIBLE, NOT_FINITE, JUMP = -1, -2, -3, -4, -5
# What an end watches.
WATCH_VOLTAGE, WATCH_CURRENT, WATCH_TIME, WATCH_CAPACITY, WATCH_TEMPERATURE = range(5)
COLUMNS = 20
GAS = 8.31446261815324
# Places in `clock` (floats) and `gear` (integers), which carry a march across calls.
TIME, STEP, BEGAN, CHARGE_BEGAN = range(4)
ORDER, EQUAL, ROWS_USED, STARTED = range(4)


@njit(**_options)
def set_temperature(tables, warmth, kelvin):
    """Put the values of ``kelvin`` (K) into the tables.

    Row ``k`` of ``warmth``: activation energy (J mol-1) and reference temperature (K) of a table that
    separates; or number of rows, first temperature and spacing of one that does not (0 rows: the former).
    The rows lie behind the working row, which takes their cubic interpolation in temperature.
    """
    data, meta = tables
    for k in range(warmth.shape[0]):
        if warmth[k, 0] != 0.0:
            meta[k, 4] = exp(warmth[k, 0] / GAS * (1.0 / warmth[k, 1] - 1.0 / kelvin))
        rows = int(warmth[k, 2])
        if rows > 0:
            count = min(4, rows)
            where = (kelvin - warmth[k, 3]) / warmth[k, 4]
            first = int(min(max(where - 0.5 * (count - 2), 0.0), float(rows - count)))
            at = int(meta[k, 0])
            length = 2 * (int(meta[k, 1]) + 1)
            for i in range(length):
                data[at + i] = 0.0
            for a in range(first, first + count):
                weight = 1.0
                for b in range(first, first + count):
                    if b != a:
                        weight *= (where - b) / (a - b)
                source = at + (1 + a) * length
                for i in range(length):
                    data[at + i] += weight * data[source + i]


@njit(**_options)
def heat(mesh, pops, tables, j, base, gain, volts, amps, kelvin, above):
    """Heat per area of cell (W m-2).

    Ohmic, irreversible and reversible together: ``-i V - sum a j U + sum a j T dU/dT`` (the integral of
    ``-i . grad phi + a j eta`` by parts), with the equilibrium potential: what hysteresis costs is heat.
    """
    site_width = mesh[10]
    pop_tables, pop_first, pop_sites, pop_at, pop_area = pops[0], pops[1], pops[2], pops[3], pops[4]
    data, meta = tables
    total = -amps * volts
    for k in range(len(pop_first)):
        for n in range(pop_sites[k]):
            m = pop_at[k] + n
            x = base[m] - gain[m] * j[m]
            potential, _ = look(data, meta, pop_tables[k, POTENTIAL], x)
            entropy, _ = look(data, meta, pop_tables[k, ENTROPY], x)
            reaction = pop_area[m] * j[m] * site_width[pop_first[k] + n]
            total += reaction * (kelvin * entropy - potential - above * entropy)
    return total


@njit(**_options)
def branches(pops, rule, amps, h):
    """Populations whose branch follows the sign of the cell current at once (rule +1 or -1).

    ``h = rule tanh(100 i)`` with ``i`` in A m-2 of electrode: PyBaMM's "current sigmoid".
    """
    pop_first, pop_sites, pop_at = pops[1], pops[2], pops[3]
    for k in range(len(pop_first)):
        if rule[k] != 0.0:
            value = rule[k] * tanh(100.0 * amps)
            for n in range(pop_sites[k]):
                h[pop_at[k] + n] = value


@njit(**_options)
def restart_history(history, y):
    """Forget all differences."""
    for i in range(len(y)):
        history[0, i] = y[i]
        for m in range(1, history.shape[0]):
            history[m, i] = 0.0


@njit(**_inline)
def begin(mesh, pops, parts, tables, work, at, history, y, psi, psi_layer, other, clock, gear, physics,
          thermal, tolerance, state, mode, target, first_step):
    """Consistent start of a protocol step: solve the algebraic equations, then set the first differences."""
    o_q, o_h, o_t, o_charge, nd, o_e, o_s, o_j, o_v, nv = at
    nx = o_q
    contact, half_cell, c_scale, any_volumes, area, reference, first_positive, reduced = physics
    capacity_kelvin, cooling, ambient = thermal
    rule, speed, warmth = other
    (props, base, gain, residual, conductance, by_salt, spread, sums, a, b, b2, metal, capacity) = work
    for i in range(nv):
        y[i] = history[0, i]
        psi[i] = y[i]
    c, q, h = y[:nx], y[o_q:o_h], y[o_h:o_t]
    phi_e, phi_s, j, terminal = y[o_e:o_s], y[o_s:o_j], y[o_j:o_v], y[o_v:nv]
    kelvin = y[o_t]
    set_temperature(tables, warmth, kelvin)
    wear_step(pops, parts, q, 0.0)
    grow_films(pops, q, parts, 0.0)
    now = (GAS * kelvin / FARADAY, kelvin - reference, contact, half_cell, c_scale, any_volumes, reduced)
    if mode == CURRENT:
        terminal[1] = target
    branches(pops, rule, terminal[1], psi[o_h:o_t])
    for k in range(len(speed)):
        pops[7][k] = 0.0
    # Constants would be types of their own to the compiler, and all below compiled twice.
    never = mode < 0
    first_most = 60 + min(mode, 0)
    dt = 0.0
    for s in range(len(capacity)):
        psi_layer[s] = phi_s[s] - phi_e[mesh[9][s]]
        if capacity[s] > 0.0:
            dt = 1e-9  # the double layer keeps its charge
    modal_lines(parts, pops, tables, psi[o_q:o_h], dt, base, gain)
    state[1] = 99.0
    state[0] = 1.0
    tight = (tolerance[0] * 1e-3, tolerance[1], tolerance[2], tolerance[3])
    done = solve_stage(
        mesh, pops, parts, tables, work, c, q, phi_e, phi_s, j, terminal, psi[:nx], psi[o_q:o_h], psi_layer,
        psi[o_h:o_t], mode, target, now, dt, tight, state, first_most,
    )
    state[1] = 99.0
    if done < 0:
        return INFEASIBLE
    for i in range(o_t):
        y[i] = psi[i]
    if dt == 0.0:
        keep_charge(mesh, pops, j, conductance, terminal[1], first_positive)
    add_up(pops, j, sums)
    rate = psi
    for i in range(nv):
        rate[i] = 0.0
    rates(parts, pops, tables, q, j, rate[o_q:o_h])
    electrolyte_properties(tables[0], tables[1], c, props)
    if half_cell:
        lithium(tables[0], tables[1], c[0], terminal[1], now[0], metal)
    (el_first, el_layer, el_half, order, weights, derivative, efficiency, conductivity, node_site, site_node,
     site_width, pore, unknown_c, unknown_e, unknown_s, last, across, site_share, lumped) = mesh
    assemble(
        el_first, el_layer, el_half, order, weights, derivative, efficiency, conductivity,
        node_site, site_node, site_width, pore, unknown_c, unknown_e, unknown_s, (a.shape[1] - 1) // 2,
        props, sums, c, c, phi_e, phi_s, terminal[1], half_cell, metal, now[0], 1.0, 1.0, capacity,
        psi_layer, a, b, never, never, reduced, across, site_share,
    )
    for i in range(nx):
        rate[i] = b[unknown_c[i]] / pore[i]
    for k in range(len(speed)):
        if speed[k] > 0.0:
            for m in range(pops[3][k], pops[3][k] + pops[2][k]):
                sign = 1.0 if j[m] > 0.0 else -1.0
                rate[o_h + m] = speed[k] * abs(j[m]) * (sign - h[m])
    rate[o_charge] = terminal[1]
    if capacity_kelvin > 0.0:
        source = heat(mesh, pops, tables, j, base, gain, terminal[0], terminal[1], kelvin, kelvin - reference)
        rate[o_t] = (source * area - cooling * (kelvin - ambient)) / capacity_kelvin
    restart_history(history, y)
    for i in range(nd):
        history[1, i] = first_step * rate[i]
    clock[STEP] = first_step
    clock[BEGAN] = clock[TIME]
    clock[CHARGE_BEGAN] = y[o_charge]
    gear[ORDER] = 1
    gear[EQUAL] = 0
    return 0


@njit(**_options)
def norm(parts, pops, at, change, tolerance, c_scale, scale):
    """Size of an error vector in tolerances: voltage, salt, surfaces and temperature, whichever is worst."""
    o_q, o_h, o_t, o_charge, nd, o_e, o_s, o_j, o_v, nv = at
    total = 0.0
    for i in range(o_q):
        total += change[i] * change[i]
    salt = (total / o_q) ** 0.5 / (tolerance[1] * c_scale)
    surface = surface_norm(parts, pops, change[o_q:o_h], tolerance[2])
    volts = abs(change[o_v]) / tolerance[0]
    warm = abs(change[o_t]) / tolerance[3]
    return scale * max(max(salt, surface), max(volts, warm))


@njit(**_options)
def store(out, gear, history, y, clock, at, area, order, back):
    """Write a row for the state ``y``, ``back`` steps before the present.

    Columns: time, volts, amps, charge (A h), kelvin; order, step, time of the present; volts and five
    differences; amps and five differences: the last three groups give any moment of the step.
    """
    o_t, o_charge, o_v = at[2], at[3], at[8]
    row = gear[ROWS_USED]
    out[row, 0] = clock[TIME] - back * clock[STEP]
    out[row, 1] = y[o_v]
    out[row, 2] = y[o_v + 1] * area
    out[row, 3] = y[o_charge] * area / 3600.0
    out[row, 4] = y[o_t]
    out[row, 5] = order
    out[row, 6] = clock[STEP]
    out[row, 7] = clock[TIME]
    for m in range(6):
        inside = m <= order
        out[row, 8 + m] = history[m, o_v] if inside else 0.0
        out[row, 14 + m] = history[m, o_v + 1] * area if inside else 0.0
    gear[ROWS_USED] = row + 1


@njit(**_options)
def watched(kind, history, order, back, clock, at, area):
    """Value of a watched quantity ``back`` steps before the present."""
    if kind == WATCH_TIME:
        return clock[TIME] - back * clock[STEP] - clock[BEGAN]
    where = at[8]
    if kind == WATCH_CURRENT:
        where = at[8] + 1
    elif kind == WATCH_CAPACITY:
        where = at[3]
    elif kind == WATCH_TEMPERATURE:
        where = at[2]
    value = history[0, where]
    product = 1.0
    for m in range(1, order + 1):
        product *= (m - 1 - back) / m
        value += product * history[m, where]
    if kind == WATCH_CURRENT:
        return abs(value) * area
    if kind == WATCH_CAPACITY:
        return abs(value - clock[CHARGE_BEGAN]) * area / 3600.0
    return value


@njit(**_options)
def crossing(ends, history, order, clock, at, area):
    """The end that comes first within the last step: its index and how many steps back (-1 for none)."""
    which = -1
    earliest = -1.0
    for e in range(ends.shape[0]):
        kind, level, way = int(ends[e, 0]), ends[e, 1], ends[e, 2]
        if kind == WATCH_TIME:
            level -= 1e-14 * clock[TIME] + 1e-12  # sums of steps round
        if way * (watched(kind, history, order, 0.0, clock, at, area) - level) < 0.0:
            continue
        low, high = 0.0, 1.0
        if way * (watched(kind, history, order, 1.0, clock, at, area) - level) >= 0.0:
            low = 1.0
        else:
            for _ in range(50):
                middle = 0.5 * (low + high)
                if way * (watched(kind, history, order, middle, clock, at, area) - level) >= 0.0:
                    low = middle
                else:
                    high = middle
        if low > earliest:
            earliest = low
            which = e
    return which, earliest
