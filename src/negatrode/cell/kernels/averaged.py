"""The single-particle model with electrolyte (SPMe): what replaces the balances of charge.

The reaction is uniform over each electrode, ``sum a j = +-i / L``, so that the current in the electrolyte is
known; salt is solved for, and the voltage is made of averages (Marquis and others, J. Electrochem. Soc. 166,
A3693 (2019); with ``kappa`` and ``chi`` at the average salt and the overpotentials averaged over local salt,
as PyBaMM's "composite" electrolyte conductivity):

    V = <U + eta>_p - <U + eta>_n + chi (R T / F) (<ln c>_p - <ln c>_n)
        - i ((L_n / (3 B_n) + L_s / B_s + L_p / (3 B_p)) / kappa + L_n / (3 sigma_n) + L_p / (3 sigma_p))

The average salt is the plain mean over the thickness. (PyBaMM 26.10 takes the mean of ``eps c`` times the
mean of ``1 / eps`` for it, 16 % more for Marquis2019 at rest; tests/exchange/test_spme.py shows that nothing
else differs.)

In a half cell the lithium electrode's overpotential and the salt at its face stand for the negative's terms.

``across``: row 0 the share of the current that the electrolyte carries at every node, row 1 the nodes' plain
widths. ``site_share``: ``+1 / L_n`` and ``-1 / L_p``. ``lumped``: (sum of L / B with thirds, sum of
L / (3 sigma), thickness of all layers).
"""

from __future__ import annotations

from math import log, sqrt

from numba import njit

from negatrode.cell.kernels.layers import FARADAY
from negatrode.cell.kernels.lookup import _options, look


@njit(**_options)
def salt_transport(
    el_first, el_layer, el_half, order, weights, derivative, efficiency, across,
    props, c, current, dt, unknown_c, band, a, b, with_matrix,
):
    """Add the salt's fluxes, with the electrolyte's current known, to right-hand side and matrix."""
    for e in range(len(el_first)):
        layer = el_layer[e]
        p = order[layer]
        first = el_first[e]
        inverse = efficiency[layer] / el_half[e]
        for q in range(p + 1):
            node = first + q
            carried = across[0, node] * current / FARADAY
            grad_c = 0.0
            for k in range(p + 1):
                grad_c += derivative[layer, q, k] * c[first + k]
            salt = -inverse * props[node, 2] * grad_c + props[node, 4] * carried
            salt_c = -inverse * props[node, 3] * grad_c + props[node, 5] * carried
            for i in range(p + 1):
                row = unknown_c[first + i]
                wd = dt * weights[layer, q] * derivative[layer, q, i]
                b[row] += wd * salt
                if with_matrix:
                    for k in range(p + 1):
                        n_c = -inverse * props[node, 2] * derivative[layer, q, k]
                        if k == q:
                            n_c += salt_c
                        a[row, unknown_c[first + k] - row + band] -= wd * n_c


@njit(**_options)
def terminal_volts(
    data, meta, reduced, site_node, site_width, site_share, across, lumped, c, phi_s, current, contact,
    half_cell, metal, thermal_volt,
):
    """Terminal voltage, and its direct dependence on the current."""
    if not reduced:
        return phi_s[len(site_node) - 1] - contact * current, -contact
    average = 0.0
    for i in range(len(c)):
        average += across[1, i] * c[i]
    root = sqrt(average / lumped[2])
    kappa, chi = 0.0, 0.0
    for k in range(4):
        value, _ = look(data, meta, k, root)
        if k == 0:
            kappa = value
        chi = value
    volts = 0.0
    for s in range(len(site_node)):
        volts -= site_width[s] * site_share[s] * (phi_s[s] + chi * thermal_volt * log(c[site_node[s]]))
    resistance = lumped[0] / kappa + lumped[1] + contact
    slope = -resistance
    if half_cell:
        volts -= chi * thermal_volt * log(c[0]) + metal[0]
        slope -= metal[2]
    return volts - resistance * current, slope


@njit(**_options)
def current_column(
    reduced, half_cell, metal, site_node, site_width, site_share, across, el_first, el_layer, order, weights,
    derivative, props, dt, unknown_c, unknown_e, unknown_s, b,
):
    """Right-hand side for a unit of current."""
    for i in range(len(b)):
        b[i] = 0.0
    if reduced:
        for s in range(len(site_node)):
            b[unknown_s[site_node[s]]] = -site_width[s] * site_share[s]
        for e in range(len(el_first)):
            layer = el_layer[e]
            for q in range(order[layer] + 1):
                node = el_first[e] + q
                carried = dt * weights[layer, q] * props[node, 4] * across[0, node] / FARADAY
                for i in range(order[layer] + 1):
                    b[unknown_c[el_first[e] + i]] += carried * derivative[layer, q, i]
    else:
        b[unknown_s[site_node[len(site_node) - 1]]] = 1.0
        if half_cell:
            b[unknown_e[0]] = -metal[2]
    if half_cell:
        b[unknown_c[0]] += dt / FARADAY


@njit(**_options)
def volts_step(reduced, site_node, site_width, site_share, unknown_s, b):
    """Change of the voltage that a change of the potentials makes."""
    if not reduced:
        return b[unknown_s[site_node[len(site_node) - 1]]]
    total = 0.0
    for s in range(len(site_node)):
        total -= site_width[s] * site_share[s] * b[unknown_s[site_node[s]]]
    return total
