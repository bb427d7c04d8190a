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
    eigenvalues, vectors = _eigen(count)
    surface = vectors.sum(axis=0)  # every Legendre polynomial is one at the surface
    eigenvalues = np.maximum(eigenvalues, 0.0)
    eigenvalues[0] = 0.0
    beta = surface**2
    beta[0] = 3.0
    return eigenvalues, beta


def _eigen(count: int) -> tuple[Array, Array]:
    """Eigenvalues and eigenvectors in Legendre polynomials of ``2 z - 1``."""
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
    return eigenvalues, vectors


@cache
def particle_vertices(count: int) -> tuple[Array, Array]:
    """Radii of vertices (0 to 1, closer towards the surface) and control volumes in ``rho^2 drho``."""
    s = np.linspace(0.0, 1.0, count)
    vertex = 1.0 - (1.0 - s) ** 1.6
    vertex[-1] = 1.0
    faces = np.concatenate(([0.0], (vertex[1:] + vertex[:-1]) / 2, [1.0]))
    return vertex, np.diff(faces**3) / 3


def static_faces(vertex: Array) -> Array:
    """Area of the face above every vertex over the distance to the next (in rho; none above the last)."""
    middle = (vertex[1:] + vertex[:-1]) / 2
    return np.append(middle**2 / np.diff(vertex), 0.0)


@dataclass(frozen=True, eq=False)
class Layout:
    """Nodes, elements and unknowns of a resolution, in shares of the layers' thicknesses.

    ``el_share`` is half an element's width as a share of its layer; ``pore_share[l, i]`` is what layer ``l``
    contributes to the width of node ``i``; ``x_share`` places nodes likewise.
    """

    el_first: Ints
    el_layer: Ints
    el_share: Array
    order: Ints
    weights: Array
    derivative: Array
    x_share: Array
    width_share: Array
    node_site: Ints
    site_node: Ints
    unknown_c: Ints
    unknown_e: Ints
    unknown_s: Ints
    last: Ints
    sites: tuple[int, ...]
    band: int


@cache
def layout(resolution: Resolution, half_cell: bool) -> Layout:
    """Lay out the layers (negative, separator, positive); a half cell has no negative layer."""
    el_first, el_layer, el_share, x_share, width = _elements(resolution, 1 if half_cell else 0)
    largest = max(resolution.order)
    weights, derivative = np.zeros((3, largest + 1)), np.zeros((3, largest + 1, largest + 1))
    for layer, p in enumerate(resolution.order):
        _, weights[layer, : p + 1], derivative[layer, : p + 1, : p + 1] = lobatto(p)
    n = width.shape[1]
    site_node = np.flatnonzero(width[0] + width[2] > 0)
    node_site = np.full(n, -1, dtype=np.int64)
    node_site[site_node] = np.arange(len(site_node))
    last_node = np.zeros(n, dtype=np.int64)
    for first, layer in zip(el_first, el_layer, strict=True):
        p = resolution.order[layer]
        last_node[first : first + p + 1] = first + p
    unknown_c, unknown_e, unknown_s, last = _unknowns(node_site, last_node)
    negative = int(np.count_nonzero(width[0] > 0))
    positive = len(site_node) - negative
    return Layout(
        el_first, el_layer, el_share, np.array(resolution.order, dtype=np.int64), weights, derivative,
        x_share, width, node_site, site_node.astype(np.int64), unknown_c, unknown_e, unknown_s, last,
        (positive,) if half_cell else (negative, positive), int(np.max(last - np.arange(len(last)))),
    )  # fmt: skip


def _elements(resolution: Resolution, first_layer: int) -> tuple[Ints, Ints, Array, Array, Array]:
    """First nodes, layers, half widths of the elements; each node's place and width, by layer."""
    firsts, layers, halves = [], [], []
    total = 1 + sum(resolution.order[k] * resolution.elements[k] for k in range(first_layer, 3))
    place, width = np.zeros((3, total)), np.zeros((3, total))
    node = 0
    for layer in range(first_layer, 3):
        p = resolution.order[layer]
        nodes, w, _ = lobatto(p)
        begun = 0.0
        for share in element_widths(resolution.elements[layer], resolution.grading):
            firsts.append(node)
            layers.append(layer)
            halves.append(share / 2)
            place[layer, node : node + p + 1] = begun + (nodes + 1) * share / 2
            width[layer, node : node + p + 1] += w * share / 2
            begun += share
            node += p
        place[layer, node:] = 1.0
    return np.array(firsts, np.int64), np.array(layers, np.int64), np.array(halves), place, width


def _unknowns(node_site: Ints, last_node: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Numbers of the unknowns (salt, both potentials) node by node, and how far each one reaches."""
    n = len(node_site)
    solid = node_site >= 0
    begin = 2 * np.arange(n) + np.concatenate(([0], np.cumsum(solid)[:-1]))
    unknown_c, unknown_e = begin, begin + 1
    unknown_s = np.where(solid, begin + 2, -1)
    end_of = np.where(solid, unknown_s, unknown_e)
    last = np.repeat(end_of[last_node], 2 + solid)
    return (
        unknown_c.astype(np.int64), unknown_e.astype(np.int64), unknown_s.astype(np.int64),
        last.astype(np.int64),
    )  # fmt: skip


def element_widths(count: int, grading: float) -> Array:
    """Widths that add up to one: a blend of equal and Chebyshev spacing."""
    s = np.linspace(0.0, 1.0, count + 1)
    return np.diff((1 - grading) * s + grading * (1 - np.cos(np.pi * s)) / 2)


@cache
def particle_profile(count: int) -> tuple[Array, Array]:
    """Radii (as fractions) and the matrix from scaled mode amplitudes to stoichiometries there."""
    rho = np.linspace(0.0, 1.0, 2 * count)
    vectors = _eigen(count)[1]
    z = 2 * rho**2 - 1
    values = np.array([np.polynomial.legendre.Legendre.basis(k)(z) for k in range(count)])
    return rho, values.T @ (vectors / vectors.sum(axis=0))
