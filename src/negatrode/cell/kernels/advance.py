"""Steps until an end is met: prediction, stage, error test, choice of step and order."""

from __future__ import annotations

from numba import njit

from negatrode.cell.kernels.conserve import keep_charge, keep_salt
from negatrode.cell.kernels.formula import ALPHA, ERROR, GAMMA, accept, interpolate, predict, rescale
from negatrode.cell.kernels.layers import FARADAY
from negatrode.cell.kernels.lookup import _entry, _inline, _options
from negatrode.cell.kernels.march import (
    BEGAN,
    EQUAL,
    GAS,
    JUMP,
    NOT_FINITE,
    ORDER,
    ROOM,
    ROWS_USED,
    STEP,
    STUCK,
    TIME,
    WATCH_TIME,
    begin,
    branches,
    crossing,
    heat,
    norm,
    restart_history,
    set_temperature,
    store,
)
from negatrode.cell.kernels.newton import solve_stage
from negatrode.cell.kernels.populations import close, modal_lines
from negatrode.cell.kernels.sites import branch
from negatrode.cell.kernels.wear import grow_films, wear_step


@njit(**_inline)
def stage(mesh, pops, parts, tables, work, at, history, y, psi, psi_layer, order, physics, thermal, other,
          tolerance, state, mode, target, h):
    """Predict and solve one stage of step ``h``; returns Newton's iterations or -1."""
    o_q, o_h, o_t, o_charge, nd, o_e, o_s, o_j, o_v, nv = at
    nx = o_q
    contact, half_cell, c_scale, any_volumes, area, reference, first_positive, reduced = physics
    capacity_kelvin, cooling, ambient = thermal
    rule, speed, warmth = other
    base, gain = work[1], work[2]
    predict(history, order, y, psi, nd)
    c, q, hyst = y[:nx], y[o_q:o_h], y[o_h:o_t]
    phi_e, phi_s, j, terminal = y[o_e:o_s], y[o_s:o_j], y[o_j:o_v], y[o_v:nv]
    for i in range(nx):
        # A forecast may not be negative; the formula keeps its own sum.
        c[i] = max(c[i], 0.1 * history[0, i])
    kelvin = y[o_t]
    if capacity_kelvin > 0.0:
        set_temperature(tables, warmth, kelvin)
    now = (GAS * kelvin / FARADAY, kelvin - reference, contact, half_cell, c_scale, any_volumes, reduced)
    dt = h / ALPHA[order]
    branches(pops, rule, terminal[1], psi[o_h:o_t])
    for k in range(len(speed)):
        pops[7][k] = dt * speed[k]
    site_node = mesh[9]
    if work[12][0] > 0.0 or work[12][len(work[12]) - 1] > 0.0:
        layer_psi(history, order, at, site_node, psi_layer)
    modal_lines(parts, pops, tables, psi[o_q:o_h], dt, base, gain)
    done = solve_stage(
        mesh, pops, parts, tables, work, c, q, phi_e, phi_s, j, terminal, psi[:nx], psi[o_q:o_h], psi_layer,
        psi[o_h:o_t], mode, target, now, dt, tolerance, state, 12 + int(state[4]),
    )
    if done < 0:
        return done
    if work[12][0] == 0.0 and work[12][len(work[12]) - 1] == 0.0:
        keep_charge(mesh, pops, j, work[4], terminal[1], first_positive)
    close(parts, pops, psi[o_q:o_h], q, j, dt)
    keep_salt(mesh, pops, psi, c, j, terminal[1], half_cell, dt)
    y[o_charge] = psi[o_charge] + dt * terminal[1]
    pop_sites, pop_at = pops[2], pops[3]
    for k in range(len(speed)):
        for m in range(pop_at[k], pop_at[k] + pop_sites[k]):
            hyst[m], _ = branch(psi[o_h + m], dt * speed[k], j[m])
    if capacity_kelvin > 0.0:
        source = heat(mesh, pops, tables, j, base, gain, terminal[0], terminal[1], kelvin, now[1])
        per = dt / capacity_kelvin
        y[o_t] = (psi[o_t] + per * (source * area + cooling * ambient)) / (1.0 + per * cooling)
    return done


@njit(**_options)
def layer_psi(history, order, at, site_node, psi_layer):
    """What the formula adds for the double layer's potential difference."""
    o_e, o_s = at[5], at[6]
    for s in range(len(site_node)):
        now = 0.0
        past = 0.0
        for m in range(order + 1):
            value = history[m, o_s + s] - history[m, o_e + site_node[s]]
            now += value
            if m > 0:
                past += GAMMA[m] / ALPHA[order] * value
        psi_layer[s] = now - past


@njit(**_options)
def drive_value(drive, t, hint):
    """Value of a drive cycle at ``t`` within its present interval, ``hint[0]``."""
    i = hint[0]
    share = (t - drive[0, i]) / (drive[0, i + 1] - drive[0, i])
    return drive[1, i] + min(max(share, 0.0), 1.0) * (drive[1, i + 1] - drive[1, i])


@njit(**_options)
def next_interval(drive, t, hint):
    """Move on to the interval that begins at ``t``: 0 no corner, 1 a corner, 2 a jump (two points)."""
    i = hint[0]
    found = 0
    while i < drive.shape[1] - 2 and drive[0, i + 1] <= t + 1e-9:
        i += 1
        found = 2 if drive[0, i + 1] <= drive[0, i] or found == 2 else 1
    hint[0] = i
    return found


@njit(**_options)
def resize(history, order, factor, clock, gear, small):
    """Go on with a step ``factor`` times as long."""
    rescale(history, order, factor, small)
    clock[STEP] *= factor
    gear[EQUAL] = 0


@njit(**_options)
def choose(history, order, error, parts, pops, at, tolerance, c_scale):
    """Order and growth of the step with the best outlook after ``order + 1`` equal steps."""
    best = 0.9 * (error + 1e-12) ** (-1.0 / (order + 1))
    chosen = order
    if order > 1:
        below = norm(parts, pops, at, history[order], tolerance, c_scale, ERROR[order - 1])
        growth = 0.8 * (below + 1e-12) ** (-1.0 / order)
        if growth > best:
            best, chosen = growth, order - 1
    if order < 5:
        above = norm(parts, pops, at, history[order + 2], tolerance, c_scale, ERROR[order + 1])
        growth = 0.75 * (above + 1e-12) ** (-1.0 / (order + 2))
        if growth > best:
            best, chosen = growth, order + 1
    return chosen, min(0.9 * best, 3.0)


@njit(**_options)
def keep(fields, row, y):
    """Copy a state into a row."""
    for i in range(len(y)):
        fields[row, i] = y[i]


@njit(**_entry)
def march(mesh, pops, parts, tables, work, at, history, y, psi, psi_layer, change, small, clock, gear,
          physics, thermal, other, tolerance, state, counts, mode, target, drive, hint, ends, longest, out,
          fields, first_step):
    """The one entry: a consistent start where ``first_step`` is positive, else :func:`advance`."""
    if first_step > 0.0:
        return begin(
            mesh, pops, parts, tables, work, at, history, y, psi, psi_layer, other, clock, gear, physics,
            thermal, tolerance, state, mode, target, first_step,
        )
    return advance(
        mesh, pops, parts, tables, work, at, history, y, psi, psi_layer, change, small, clock, gear, physics,
        thermal, other, tolerance, state, counts, mode, target, drive, hint, ends, longest, out, fields,
    )


@njit(**_inline)
def advance(mesh, pops, parts, tables, work, at, history, y, psi, psi_layer, change, small, clock, gear,
            physics, thermal, other, tolerance, state, counts, mode, target, drive, hint, ends, longest, out,
            fields):
    """March until an end is met or the room in ``out`` is used up.

    Returns the index of the end, or ROOM, STUCK (several attempts at one step failed; a consistent start from
    the present state may get on), NOT_FINITE. ``counts`` adds up steps, Newton iterations,
    rejected steps and failed stages; ``state[3]`` keeps the lowest salt concentration met.
    """
    nv = at[9]
    area, c_scale = physics[4], physics[2]
    shortest = 1e-9
    failures = 0
    until = 1e300
    for e in range(ends.shape[0]):
        if int(ends[e, 0]) == WATCH_TIME:
            until = min(until, ends[e, 1])
    while gear[ROWS_USED] < out.shape[0]:
        order = gear[ORDER]
        h = clock[STEP]
        if not h > 0.0:
            return STUCK
        left = clock[BEGAN] + until - clock[TIME]
        limit = min(longest, left)
        if drive.shape[1] > 1:
            # Steps end at the corners of a drive cycle, where the slope of the current jumps.
            here = clock[TIME] - clock[BEGAN]
            corner = next_interval(drive, here, hint)
            if corner == 2:
                return JUMP
            if corner == 1:
                gear[ORDER] = 1
                gear[EQUAL] = 0
                order = 1
            limit = min(limit, drive[0, hint[0] + 1] - here)
        if h > limit * (1.0 + 1e-12):
            resize(history, order, limit / h, clock, gear, small)
            h = clock[STEP]
        goal = target
        if drive.shape[1] > 1:
            goal = drive_value(drive, clock[TIME] + h - clock[BEGAN], hint)
        done = stage(
            mesh, pops, parts, tables, work, at, history, y, psi, psi_layer, order, physics, thermal, other,
            tolerance, state, mode, goal, h,
        )
        if done < 0:
            counts[3] += 1
            state[0] = 1.0
            state[1] = 99.0
            state[4] = 20.0
            failures += 1
            if h < shortest or failures > 4:
                return STUCK
            resize(history, order, 0.25, clock, gear, small)
            continue
        counts[1] += done
        for i in range(nv):
            change[i] = y[i] - history_sum(history, order, i)
        error = norm(parts, pops, at, change, tolerance, c_scale, ERROR[order])
        if not error < 1e300:
            if h < shortest:
                return NOT_FINITE
            resize(history, order, 0.1, clock, gear, small)
            continue
        if error > 1.0:
            counts[2] += 1
            failures += 1
            if h < shortest or failures > 6:
                return STUCK
            resize(history, order, max(0.2, 0.9 * error ** (-1.0 / (order + 1))), clock, gear, small)
            continue
        counts[0] += 1
        failures = 0
        state[4] = max(state[4] - 1.0, 0.0)
        accept(history, order, y, change)
        for i in range(at[0]):
            state[3] = min(state[3], y[i])
        clock[TIME] += h
        gear[EQUAL] += 1
        if ends.shape[0] > 0:
            which, back = crossing(ends, history, order, clock, at, area)
            if which >= 0:
                if fields.shape[0] > 0:
                    keep(fields, gear[ROWS_USED], history[0])  # the state at the moment itself is handed over
                interpolate(history, order, back, y)
                wear_step(pops, parts, y[at[0] : at[1]], h * (1.0 - back))
                grow_films(pops, y[at[0] : at[1]], parts, h * (1.0 - back))
                store(out, gear, history, y, clock, at, area, order, back)
                clock[TIME] -= back * h
                if int(ends[which, 0]) == WATCH_TIME:
                    clock[TIME] = clock[BEGAN] + ends[which, 1]
                    out[gear[ROWS_USED] - 1, 0] = clock[TIME]
                restart_history(history, y)
                return which
        wear_step(pops, parts, history[0, at[0] : at[1]], h)
        grow_films(pops, history[0, at[0] : at[1]], parts, h)
        if fields.shape[0] > 0:
            keep(fields, gear[ROWS_USED], history[0])
        store(out, gear, history, history[0], clock, at, area, order, 0.0)
        if gear[EQUAL] > order:
            chosen, growth = choose(history, order, error, parts, pops, at, tolerance, c_scale)
            if chosen != order or growth > 1.2 or growth < 0.9:
                gear[ORDER] = chosen
                resize(history, chosen, growth, clock, gear, small)
    return ROOM


@njit(**_options)
def history_sum(history, order, i):
    """Prediction of variable ``i``."""
    total = history[0, i]
    for m in range(1, order + 1):
        total += history[m, i]
    return total
