"""Grids of a particle of two layers: a core, and a shell through which lithium permeates."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.polynomial.legendre import leggauss, legvander
from numpy.typing import NDArray

from negatrode.cell.mesh import particle_vertices

Array = NDArray[np.float64]
# Polynomials of the shell; its profile is close to the first of them.
_SHELL_MODES = 4


@cache
def layered_vertices(count: int, core: float, partition: float) -> tuple[Array, Array, int]:
    """Vertices, control volumes and the interface's vertex of a core of radius ``core`` in a shell up to one.

    The shell's volumes count ``partition`` times: the lithium that it holds over that of as much core at the
    same potential. It gets a quarter of the vertices, evenly: its profile is close to straight.
    """
    inner, _ = particle_vertices(count)
    outer = np.linspace(core, 1.0, max(6, count // 4) + 1)
    vertex = np.concatenate((core * inner, outer[1:]))
    at = count - 1
    middle = (vertex[1:] + vertex[:-1]) / 2
    edges = np.concatenate(([0.0], middle, [1.0])) ** 3 / 3
    held = np.where(edges <= core**3 / 3, edges, core**3 / 3 + partition * (edges - core**3 / 3))
    return vertex, np.diff(held), at


@cache
def layered_modes(
    count: int, core: float, partition: float, ratio: float
) -> tuple[Array, Array, Array, Array]:
    """Modes of linear diffusion in core and shell; ``ratio`` is the shell's permeability over the core's D.

    Galerkin with Legendre polynomials of ``rho^2`` in the core (constant in the shell) and of ``1 / rho`` in
    the shell (zero in the core), which hold the steady profile exactly. Returns ``(lambda, beta)`` as
    :func:`negatrode.cell.mesh.particle_modes` (in units of the core's ``D / R^2``), radii, and the matrix
    from scaled amplitudes to stoichiometries there.
    """
    from scipy.linalg import eigh

    t, w = _rule(2 * count + 8)
    inside, w_in = core * (t + 1) / 2, core * w / 2
    outside, w_out = core + (1 - core) * (t + 1) / 2, (1 - core) * w / 2
    values_in, slopes_in = _basis(inside, core, count)
    values_out, slopes_out = _basis(outside, core, count)
    weight_in, weight_out = w_in * inside**2, w_out * outside**2
    mass = (values_in * weight_in) @ values_in.T + partition * (values_out * weight_out) @ values_out.T
    stiffness = (slopes_in * weight_in) @ slopes_in.T + ratio * (slopes_out * weight_out) @ slopes_out.T
    eigenvalues, vectors = eigh(stiffness, mass)
    surface = _basis(np.ones(1), core, count)[0][:, 0] @ vectors
    held = core**3 / 3 + partition * (1 - core**3) / 3
    eigenvalues = np.maximum(eigenvalues, 0.0)
    eigenvalues[0] = 0.0
    beta = surface**2
    beta[0] = 1 / held
    rho = np.concatenate((np.linspace(0.0, core, 2 * count), np.linspace(core, 1.0, 2 * _SHELL_MODES)[1:]))
    return eigenvalues, beta, rho, _basis(rho, core, count)[0].T @ (vectors / surface)


@cache
def _rule(points: int) -> tuple[Array, Array]:
    t, w = leggauss(points)
    return np.asarray(t, dtype=np.float64), np.asarray(w, dtype=np.float64)


def _basis(rho: Array, core: float, count: int) -> tuple[Array, Array]:
    """Values and slopes of all functions at radii, shape (functions, radii)."""
    values = np.zeros((count + _SHELL_MODES, len(rho)))
    slopes = np.zeros_like(values)
    within = rho <= core
    z = 2 * (np.minimum(rho, core) / core) ** 2 - 1
    values[:count], by_z = _legendre(z, count)
    slopes[:count] = np.where(within, by_z * 4 * rho / core**2, 0.0)
    safe = np.maximum(rho, core)
    span = 1 / core - 1
    s = (1 / core - 1 / safe) / span  # 0 at the interface, 1 at the surface
    by_rho = 1 / (safe**2 * span)
    p, by_u = _legendre(2 * s - 1, _SHELL_MODES)
    values[count:] = np.where(within, 0.0, s * p)
    slopes[count:] = np.where(within, 0.0, (p + 2 * s * by_u) * by_rho)
    return values, slopes


def _legendre(z: Array, count: int) -> tuple[Array, Array]:
    """Legendre polynomials below ``count`` and their derivatives, ``P_k' = sum (2 j + 1) P_j``.

    Over ``j = k - 1, k - 3, ...``; shape (count, points) each.
    """
    p: Array = np.asarray(legvander(z, count - 1).T, dtype=np.float64)
    return p, _derivation(count) @ p


@cache
def _derivation(count: int) -> Array:
    k, j = np.indices((count, count))
    return np.where((j < k) & ((k - j) % 2 == 1), 2.0 * j + 1.0, 0.0)
