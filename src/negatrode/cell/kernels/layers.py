"""Transport across the layers: residual and Jacobian on spectral elements.

Every layer is cut into elements with Gauss-Lobatto-Legendre nodes; neighbours share a node. In weak form,
with the quadrature on the same nodes (so the mass is diagonal, and fluxes cancel node by node in the sums:
lithium and charge are kept to rounding),

    eps dc/dt = -dN/dx + a j / F,   N = -B D dc/dx + t+ i_e / F
    d i_e/dx = a j,                 i_e = -B kappa (d phi_e/dx - chi (R T / F) d ln c/dx)
    d i_s/dx = -a j,                i_s = -sigma d phi_s/dx
    chi = 2 (1 - t+) (1 + d ln f / d ln c)

(Doyle, Fuller and Newman 1993; concentrated binary electrolyte). Order one with lumped mass is the
vertex-centred finite-volume scheme, whose diffusion keeps concentrations positive; higher orders converge
spectrally where the solution is smooth.
"""

from __future__ import annotations

from math import log, sqrt

from numba import njit

from negatrode.cell.kernels.lookup import _options, look

CONDUCTIVITY, DIFFUSIVITY, TRANSFERENCE, CHI, METAL = range(5)
FARADAY = 96485.33212331001


@njit(**_options)
def electrolyte_properties(data, meta, c, node_properties):
    """Conductivity, diffusivity, transference number, chi and their slopes in c, and ln c, at every node.

    Needs the electrolyte's tables in the order above from table 0.
    """
    for i in range(len(c)):
        root = sqrt(c[i])
        by_c = 0.5 / root
        for k in range(4):
            value, slope = look(data, meta, k, root)
            node_properties[i, 2 * k] = value
            node_properties[i, 2 * k + 1] = slope * by_c
        node_properties[i, 8] = log(c[i])


@njit(**_options)
def transport(
    el_first, el_layer, el_half, order, weights, derivative, efficiency,
    props, c, phi_e, thermal_volt, dt, unknown_c, unknown_e, band, a, b, with_matrix,
):
    """Add the electrolyte's fluxes to the right-hand side ``b = -residual`` and to the matrix ``a``.

    ``dt`` is the coefficient of the time formula: the salt row reads ``M (c - psi) - dt (fluxes) = 0``.
    """
    for e in range(len(el_first)):
        layer = el_layer[e]
        p = order[layer]
        first = el_first[e]
        inverse = efficiency[layer] / el_half[e]
        for q in range(p + 1):
            node = first + q
            kappa, kappa_c = props[node, 0], props[node, 1]
            diff, diff_c = props[node, 2], props[node, 3]
            share, share_c = props[node, 4], props[node, 5]
            chi, chi_c = props[node, 6] * thermal_volt, props[node, 7] * thermal_volt
            grad_c = 0.0
            grad_log = 0.0
            grad_phi = 0.0
            for k in range(p + 1):
                d = derivative[layer, q, k]
                grad_c += d * c[first + k]
                grad_log += d * props[first + k, 8]
                grad_phi += d * phi_e[first + k]
            drive = grad_phi - chi * grad_log
            current = -inverse * kappa * drive
            salt = -inverse * diff * grad_c + share * current / FARADAY
            w = weights[layer, q]
            for i in range(p + 1):
                wd = w * derivative[layer, q, i]
                b[unknown_e[first + i]] -= wd * current
                b[unknown_c[first + i]] += dt * wd * salt
            if with_matrix:
                current_c = -inverse * (kappa_c * drive - kappa * chi_c * grad_log)
                salt_c = -inverse * diff_c * grad_c + share_c * current / FARADAY
                for k in range(p + 1):
                    d = derivative[layer, q, k]
                    i_phi = -inverse * kappa * d
                    i_c = inverse * kappa * chi * d / c[first + k]
                    n_c = -inverse * diff * d
                    if k == q:
                        i_c += current_c
                        n_c += salt_c
                    n_c += share * i_c / FARADAY
                    n_phi = share * i_phi / FARADAY
                    col_c, col_e = unknown_c[first + k] + band, unknown_e[first + k] + band
                    for i in range(p + 1):
                        wd = w * derivative[layer, q, i]
                        row = unknown_e[first + i]
                        a[row, col_c - row] += wd * i_c
                        a[row, col_e - row] += wd * i_phi
                        row = unknown_c[first + i]
                        a[row, col_c - row] -= dt * wd * n_c
                        a[row, col_e - row] -= dt * wd * n_phi


@njit(**_options)
def conduction(
    el_first, el_layer, el_half, order, weights, derivative, conductivity,
    node_site, phi_s, unknown_s, band, a, b, with_matrix,
):
    """Add the solid's current to the right-hand side and to the matrix."""
    for e in range(len(el_first)):
        layer = el_layer[e]
        if conductivity[layer] == 0.0:
            continue
        p = order[layer]
        first = el_first[e]
        inverse = conductivity[layer] / el_half[e]
        for q in range(p + 1):
            grad = 0.0
            for k in range(p + 1):
                grad += derivative[layer, q, k] * phi_s[node_site[first + k]]
            w = weights[layer, q]
            for i in range(p + 1):
                row = unknown_s[first + i]
                wd = -inverse * w * derivative[layer, q, i]
                b[row] -= wd * grad
                if with_matrix:
                    for k in range(p + 1):
                        a[row, unknown_s[first + k] - row + band] += wd * derivative[layer, q, k]
