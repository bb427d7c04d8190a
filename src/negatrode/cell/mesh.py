"""Nodes across the layers and in the particles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Resolution:
    """How finely a cell is resolved.

    Parameters
    ----------
    order:
        Order of the elements in (negative, separator, positive).
    elements:
        Their number in each layer.
    grading:
        Share by which elements shrink towards the ends of each layer (0: equal, towards 1: as the nodes of
        Chebyshev), where gradients are steep.
    modes:
        Galerkin modes of a particle of constant diffusivity.
    volumes:
        Vertices of a particle whose diffusivity varies.
    """

    order: tuple[int, int, int]
    elements: tuple[int, int, int]
    modes: int
    volumes: int
    grading: float = 0.8


@cache
def lobatto(order: int) -> tuple[Array, Array, Array]:
    """Gauss-Lobatto-Legendre nodes and weights on (-1, 1) and the matrix of derivatives ``D[q, k]``.

    Canuto, Hussaini, Quarteroni and Zang, Spectral Methods (2006), 2.3.
    """
    legendre = np.polynomial.legendre.Legendre.basis(order)
    inner = legendre.deriv().roots().real if order > 1 else np.empty(0)
    nodes = np.concatenate(([-1.0], np.sort(inner), [1.0]))
    at = legendre(nodes)
    weights = 2.0 / (order * (order + 1) * at**2)
    derivative = np.zeros((order + 1, order + 1))
    for q in range(order + 1):
        for k in range(order + 1):
            if q != k:
                derivative[q, k] = at[q] / (at[k] * (nodes[q] - nodes[k]))
        derivative[q, q] = -derivative[q].sum()  # constants have no slope, to rounding
    return nodes, weights, derivative


@cache
def particle_modes(count: int) -> tuple[Array, Array]:
    """Eigenvalues and surface weights of diffusion in the unit sphere, by Galerkin in ``z = rho^2``.

    Returns ``(lambda, beta)`` of ``dq_m/dt = -lambda_m q_m - beta_m g`` with the surface value the sum of
    the amplitudes; ``lambda_0 = 0``, ``beta_0 = 3``. Mass and stiffness are integrated by the Gauss-Jacobi
    rule of weight ``sqrt(z)`` (exact for these polynomials).
    """
    from scipy.linalg import eigh
    from scipy.special import roots_jacobi

    t, w = roots_jacobi(count + 1, 0.0, 0.5)
    z, w = (t + 1) / 2, w / 2**1.5 / 2  # integral of f(z) sqrt(z)/2 dz = integral of f rho^2 drho
    scale = 2 * z - 1
    values = np.array([np.polynomial.legendre.Legendre.basis(k)(scale) for k in range(count)])
    slopes = 2 * np.array([np.polynomial.legendre.Legendre.basis(k).deriv()(scale) for k in range(count)])
    mass = (values * w) @ values.T
    stiffness = (slopes * (4 * z * w)) @ slopes.T
    eigenvalues, vectors = eigh(stiffness, mass)
    surface = vectors.sum(axis=0)  # every Legendre polynomial is one at the surface
    eigenvalues[0] = 0.0
    beta = surface**2
    beta[0] = 3.0
    return np.maximum(eigenvalues, 0.0), beta


@cache
def particle_vertices(count: int) -> tuple[Array, Array]:
    """Radii of vertices (0 to 1, closer towards the surface) and control volumes in ``rho^2 drho``."""
    s = np.linspace(0.0, 1.0, count)
    vertex = 1.0 - (1.0 - s) ** 1.6
    vertex[-1] = 1.0
    faces = np.concatenate(([0.0], (vertex[1:] + vertex[:-1]) / 2, [1.0]))
    return vertex, np.diff(faces**3) / 3


@dataclass(frozen=True)
class Mesh:
    """Nodes, elements and sites of one cell; lengths in m."""

    el_first: Ints
    el_layer: Ints
    el_half: Array
    order: Ints
    weights: Array
    derivative: Array
    x: Array
    node_site: Ints
    site_node: Ints
    site_width: Array
    pore: Array
    unknown_c: Ints
    unknown_e: Ints
    unknown_s: Ints
    last: Ints
    sites: tuple[int, int]

    @property
    def band(self) -> int:
        """Half width of the matrix."""
        return int(np.max(self.last - np.arange(len(self.last))))


def build_mesh(thickness: Array, porosity: Array, resolution: Resolution, half_cell: bool) -> Mesh:
    """Mesh of the layers (negative, separator, positive); a half cell has no negative layer."""
    first_layer = 1 if half_cell else 0
    firsts, layers, halves, x = [], [], [], [0.0]
    largest = max(resolution.order)
    weights, derivative = np.zeros((3, largest + 1)), np.zeros((3, largest + 1, largest + 1))
    for layer in range(first_layer, 3):
        p = resolution.order[layer]
        nodes, w, d = lobatto(p)
        weights[layer, : p + 1], derivative[layer, : p + 1, : p + 1] = w, d
        for width in element_widths(resolution.elements[layer], resolution.grading) * thickness[layer]:
            firsts.append(len(x) - 1)
            layers.append(layer)
            halves.append(width / 2)
            x.extend(x[-1] + (nodes[1:] + 1) * width / 2)
    el_first, el_layer = np.array(firsts, dtype=np.int64), np.array(layers, dtype=np.int64)
    el_half, order = np.array(halves), np.array(resolution.order, dtype=np.int64)
    n = len(x)
    pore, width = np.zeros(n), np.zeros(n)
    last_node = np.zeros(n, dtype=np.int64)
    for e, first in enumerate(firsts):
        layer = layers[e]
        p = resolution.order[layer]
        w = weights[layer, : p + 1] * halves[e]
        pore[first : first + p + 1] += porosity[layer] * w
        if layer != 1:
            width[first : first + p + 1] += w
        last_node[first : first + p + 1] = first + p
    site_node = np.flatnonzero(width > 0)
    node_site = np.full(n, -1, dtype=np.int64)
    node_site[site_node] = np.arange(len(site_node))
    unknown_c, unknown_e, unknown_s, counter = np.zeros(n, np.int64), np.zeros(n, np.int64), np.full(n, -1), 0
    for i in range(n):
        unknown_c[i], unknown_e[i] = counter, counter + 1
        counter += 2
        if node_site[i] >= 0:
            unknown_s[i] = counter
            counter += 1
    end_of = np.where(unknown_s >= 0, unknown_s, unknown_e)
    last = np.zeros(counter, dtype=np.int64)
    for i in range(n):
        for unknown in (unknown_c[i], unknown_e[i], unknown_s[i]):
            if unknown >= 0:
                last[unknown] = end_of[last_node[i]]
    negative_sites = 0 if half_cell else int(np.searchsorted(x, thickness[0] * (1 + 1e-12), side="right"))
    return Mesh(
        el_first, el_layer, el_half, order, weights, derivative, np.array(x), node_site,
        site_node.astype(np.int64), width[site_node], pore, unknown_c, unknown_e, unknown_s.astype(np.int64),
        last, (negative_sites, len(site_node) - negative_sites),
    )


def element_widths(count: int, grading: float) -> Array:
    """Widths that add up to one: a blend of equal and Chebyshev spacing."""
    s = np.linspace(0.0, 1.0, count + 1)
    return np.diff((1 - grading) * s + grading * (1 - np.cos(np.pi * s)) / 2)
