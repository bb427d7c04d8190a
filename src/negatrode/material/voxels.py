"""Effective conductivity of a structure of voxels: finite volumes for div(k grad u) = 0.

Each voxel holds one u; the conductance of a face is the harmonic mean of its two voxels; u is 1 and 0 on
the two ends of the box and nothing (or the other side of the box) lies beyond its sides. The system is
symmetric and solved by conjugate gradients, preconditioned by a multigrid of voxels joined 2 x 2 (x 2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negatrode.core.errors import InputError
from negatrode.core.estimate import Finding
from negatrode.material.effective import bruggeman

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

LEAST_VOXELS = 8.0  # a domain diameter
SURFACE = 0.8  # relative error times voxels a diameter: not exceeded by cubic arrays of spheres up to f = 0.3
LEAST_DOMAINS = 8.0  # diameters along each side of the box; 8 to 10 make it representative
SIDES = ("closed", "periodic")
_BALANCE, _POOR_BALANCE = 1e-9, 1e-4
_ROUNDS, _ITERATIONS, _COARSEST = 4, 2000, 500


@dataclass(frozen=True)
class VoxelConductivity:
    """The conductivity along one axis, and how far it can be trusted.

    Attributes
    ----------
    value:
        Effective conductivity in the unit of the phases', from the dissipation (second order in the error
        of the solution); 0 where nothing leads from end to end.
    imbalance:
        Largest difference between inflow, outflow and dissipation, relative: the error of the *solution*.
    voxel_error:
        Bound of the relative error by the staircase of surfaces: 10 % at 8 voxels a diameter, falling with
        their number, and not beyond the layered bounds. Cubic arrays of spheres at f = 0.3 and 8 voxels
        have 6 % (closed spheres), 4 % (contrast 0.1), 1 % (10) and 2 % (perfect conductors). Bottlenecks of
        a voxel or two may cost more.
    sampling_error:
        Relative standard error of the box taken as a sample of the material: fractions of independent
        domains are binomial, and conductivity follows them by Bruggeman's rule.
    diameter:
        Of the domains, in voxels (of equal spheres, in 2-D discs, of their mean chord); nan for one phase.
    domains:
        Diameters along the shortest side of the box; nan for one phase.
    """

    value: float
    imbalance: float
    voxel_error: float
    sampling_error: float
    diameter: float
    domains: float
    findings: tuple[Finding, ...] = ()


def effective_conductivity(
    labels: ArrayLike,
    conductivities: Mapping[int, float],
    *,
    axis: int = 0,
    sides: str = "closed",
    spacing: float | tuple[float, ...] = 1.0,
    domain: int | None = None,
) -> VoxelConductivity:
    """Solve div(k grad u) = 0 in a box of voxels, and take the conductivity between two of its faces.

    Parameters
    ----------
    labels:
        Phase of every voxel, whole numbers, in 2 or 3 dimensions.
    conductivities:
        By label, not negative; 0 for what does not conduct.
    axis:
        Along which to conduct.
    sides:
        ``"closed"``: nothing through the other faces; ``"periodic"``: the box goes on beyond them.
    spacing:
        Edges of a voxel along each axis, or one for all; only ratios matter.
    domain:
        The phase whose domains set the scale; by default the one with the least volume.

    Returns
    -------
    VoxelConductivity
        With warnings among ``findings`` where there are too few voxels a domain, too few domains in the box,
        or no balance of the flux. Layers along or across the axis come out exact.

    Raises
    ------
    InputError
        Labels that are not whole numbers or without conductivity, a conductivity that is negative or not
        finite, or an axis, sides or spacing that are none.

    Examples
    --------
    >>> layers = effective_conductivity([[0, 0], [1, 1]], {0: 1.0, 1: 3.0})
    >>> round(layers.value, 12)
    1.5
    """
    phase, found = _labels(labels)
    k = _by_phase(found, conductivities)
    steps = np.asarray(spacing, dtype=np.float64)
    if steps.shape not in ((), (phase.ndim,)) or not np.all((steps > 0) & (steps < np.inf)):
        raise InputError(f"a spacing of {spacing}", rule="one positive length, or one for each axis")
    steps = np.broadcast_to(steps, (phase.ndim,))
    if not 0 <= axis < phase.ndim:
        raise InputError(f"axis {axis} of {phase.ndim}", rule="an axis of the array, counted from 0")
    if sides not in SIDES:
        raise InputError(f"sides that are {sides!r}", rule="one of " + ", ".join(SIDES))
    if domain is not None and domain not in found:
        raise InputError(f"domains of phase {domain}", rule="a label that occurs", remedy=f"{found.tolist()}")
    top = float(k.max())
    value, imbalance = _solved((k / top)[phase], axis, sides == "periodic", steps) if top > 0 else (0.0, 0.0)
    result = _judged(phase, found, k, value * top, steps, domain)
    if imbalance > _POOR_BALANCE:
        text = f"inflow, outflow and dissipation differ by {100 * imbalance:.2g} %"
        result = replace(result, findings=(*result.findings, Finding("voxels.balance", text, True)))
    return replace(result, imbalance=imbalance)


def from_phase_map(
    labels: ArrayLike,
    conductivities: Mapping[int, float],
    *,
    outside: int | None = 0,
    sides: str = "closed",
    domain: int | None = None,
) -> tuple[VoxelConductivity, VoxelConductivity]:
    """Conductivity down and across a section whose pixels are labelled with phases.

    Of the ``outside`` label, what reaches the edge of the map is around the particle: the largest upright
    rectangle free of it is used. What lies inside is pores, of ``conductivities[outside]`` (0 where absent).

    A section is two-dimensional: its domains count as cylinders that go on beyond the plane. In a continuous
    phase that conducts better than the domains these block more than spheres do (closed ones at f = 0.3:
    0.54 instead of 0.61), and a phase percolates at another fraction; a finding says so.

    Raises
    ------
    InputError
        As `effective_conductivity`; a map that is not two-dimensional, or no 2 x 2 pixels of material.
    """
    from scipy.ndimage import label

    phase, found = _labels(labels)
    if phase.ndim != 2:
        raise InputError(f"a map of {phase.ndim} dimensions", rule="rows and columns")
    around = np.zeros(phase.shape, dtype=bool)
    known = dict(conductivities)
    if outside is not None and outside in found:
        regions, _ = label(found[phase] == outside)
        rim = np.concatenate([regions[0], regions[-1], regions[:, 0], regions[:, -1]])
        around = np.isin(regions, rim[rim > 0])
        known.setdefault(outside, 0.0)
    top, bottom, left, right = _rectangle(~around)
    if min(bottom - top, right - left) < 2:
        raise InputError("a map without 2 x 2 pixels of material", rule="a section of a particle")
    cut = found[phase[top:bottom, left:right]]
    used = cut.size / max(1, int((~around).sum()))
    note = Finding(
        "voxels.section",
        f"conduction in the plane of a section ({100 * used:.0f} % of its area): domains count as cylinders",
        True,
    )
    both = [effective_conductivity(cut, known, axis=i, sides=sides, domain=domain) for i in (0, 1)]
    down, across = (replace(one, findings=(note, *one.findings)) for one in both)
    return down, across


def domain_diameter(mask: ArrayLike) -> float:
    """Diameter of equal spheres (2-D: discs) with the mean chord of ``mask``, in voxels; nan without any.

    Mean over the chords along all axes: 2/3 of the diameter of spheres, pi/4 of that of discs. Exact for
    these in the limit of many; chords that the box cuts count as they are.
    """
    inside = np.asarray(mask, dtype=bool)
    starts = 0
    for axis in range(inside.ndim):
        line = np.moveaxis(inside, axis, 0)
        starts += int(line[0].sum() + (line[1:] & ~line[:-1]).sum())
    shape = 1.5 if inside.ndim == 3 else 4 / np.pi
    return shape * inside.ndim * int(inside.sum()) / starts if starts else float("nan")


def _solved(k: Array, axis: int, periodic: bool, steps: Array) -> tuple[float, float]:
    """Conductivity and imbalance of a box whose largest conductivity is 1."""
    from scipy import sparse
    from scipy.sparse.linalg import LinearOperator, cg

    low, high, g = _faces(k, axis, periodic, steps)
    at_ends = np.zeros((2, *k.shape))
    for end, face in zip(at_ends, (0, -1), strict=True):
        np.moveaxis(end, axis, 0)[face] = np.moveaxis(2 * k, axis, 0)[face]
    inlet, outlet = at_ends.reshape(2, -1)
    joint = _connected(low, high, g > 0, k.size)
    leads = np.isin(joint, np.intersect1d(joint[inlet > 0], joint[outlet > 0]))
    if not leads.any():
        return 0.0, 0.0
    number, own = np.cumsum(leads) - 1, np.arange(int(leads.sum()))
    on = leads[low] & leads[high] & (g > 0)
    low, high, g = number[low[on]], number[high[on]], g[on]
    inlet, outlet, flat = inlet[leads], outlet[leads], k.ravel()[leads]
    diagonal = np.bincount(low, g, own.size) + np.bincount(high, g, own.size) + inlet + outlet
    at = (np.concatenate([low, high, own]), np.concatenate([high, low, own]))
    matrix = sparse.csr_matrix((np.concatenate([-g, -g, diagonal]), at), shape=(own.size, own.size))
    # u = level + v with one level for each part of like conductivity, where v is small if that conducts well:
    # differences of u itself would drown in rounding, the flux through a good conductor with them.
    decade = np.rint(np.log10(flat))
    part = _connected(low, high, decade[low] == decade[high], own.size)
    members = np.bincount(part)
    level = np.isin(part, np.setdiff1d(part[inlet > 0], part[outlet > 0])).astype(np.float64)
    cycle = LinearOperator(matrix.shape, matvec=_multigrid(matrix, np.flatnonzero(leads), k.shape, part))
    v, best, worst = np.zeros(own.size), 0.0, np.inf
    for _ in range(_ROUNDS):
        drop = level[low] - level[high]
        source: Array = inlet * (1 - level) - outlet * level - matrix @ v
        source = source + np.bincount(high, g * drop, own.size) - np.bincount(low, g * drop, own.size)
        v = v + cg(matrix, source, rtol=1e-10, atol=0.0, maxiter=_ITERATIONS, M=cycle)[0]
        falls = (
            drop + v[low] - v[high],
            (1 - level) - v,
            level + v,
        )  # of u: inside, at the inlet, at the outlet
        flux = [float(inlet @ falls[1]), float(outlet @ falls[2])]
        flux.append(float(g @ falls[0] ** 2 + inlet @ falls[1] ** 2 + outlet @ falls[2] ** 2))  # dissipation
        apart = (max(flux) - min(flux)) / flux[2]
        if apart < worst:
            best, worst = flux[2] * k.shape[axis] ** 2 / k.size, apart
        if apart < _BALANCE:
            break
        shift = (np.bincount(part, v) / members)[part]
        level, v = level + shift, v - shift
    return best, worst


def _faces(k: Array, axis: int, periodic: bool, steps: Array) -> tuple[Ints, Ints, Array]:
    """Voxels on the two sides of each face, and its conductance."""
    index = np.arange(k.size).reshape(k.shape)
    lows, highs, conductances = [], [], []
    for i, step in enumerate(steps):
        here, there = index, np.roll(index, -1, i)
        if i == axis or not periodic or k.shape[i] == 1:
            keep = tuple(slice(None, -1) if j == i else slice(None) for j in range(k.ndim))
            here, there = index[keep], there[keep]
        one, other = k.flat[here.ravel()], k.flat[there.ravel()]
        both = np.where(one + other > 0, one + other, 1.0)
        lows.append(here.ravel())
        highs.append(there.ravel())
        conductances.append(2 * one * (other / both) * (steps[axis] / step) ** 2)
    return np.concatenate(lows), np.concatenate(highs), np.concatenate(conductances)


def _connected(low: Ints, high: Ints, on: NDArray[np.bool_], count: int) -> Ints:
    """Number of the connected part each voxel belongs to, by the faces that are ``on``."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    graph = sparse.coo_matrix((on[on], (low[on], high[on])), shape=(count, count))
    return np.asarray(connected_components(graph.tocsr(), directed=False)[1], dtype=np.intp)


def _multigrid(matrix: Any, place: Ints, shape: tuple[int, ...], part: Ints) -> Callable[[Array], Array]:
    """One symmetric cycle of aggregation multigrid; u is constant on joined voxels, all of one part.

    D. Braess, Computing 55 (1995) 379, whose factor 1.8 for the correction is 1.6 here. Symmetric and
    positive definite whatever that factor, as the damped Jacobi steps before and after it converge. Parts
    are never joined, so that a good conductor inside a poor one costs no more steps at any contrast.
    """
    from scipy import sparse
    from scipy.sparse.linalg import splu

    levels = []
    parts = int(part.max()) + 1
    while matrix.shape[0] > _COARSEST and max(shape) > 1:
        coarse = tuple((n + 1) // 2 for n in shape)
        joined = np.ravel_multi_index(tuple(i // 2 for i in np.unravel_index(place, shape)), coarse)
        node, column = np.unique(joined * parts + part, return_inverse=True)
        place, part = np.divmod(node, parts)
        ones = (np.ones(column.size), (np.arange(column.size), column))
        spread = sparse.csr_matrix(ones, shape=(column.size, place.size))
        levels.append((matrix, 0.67 / matrix.diagonal(), spread, spread.T.tocsr()))
        matrix, shape = (levels[-1][3] @ matrix @ spread).tocsr(), coarse
    bottom = splu(matrix.tocsc())

    def cycle(right: Array, level: int = 0) -> Array:
        if level == len(levels):
            return np.asarray(bottom.solve(right))
        a, damped, spread, gather = levels[level]
        u: Array = damped * right
        u = u + damped * (right - a @ u)
        u = u + 1.6 * (spread @ cycle(gather @ (right - a @ u), level + 1))
        u = u + damped * (right - a @ u)
        return np.asarray(u + damped * (right - a @ u))

    return lambda right: cycle(np.ravel(right))


def _judged(
    phase: Ints, found: Ints, k: Array, value: float, steps: Array, domain: int | None
) -> VoxelConductivity:
    """The value with its errors by voxel and by sample, and warnings where a rule is not met."""
    share = np.bincount(phase.ravel(), minlength=found.size) / phase.size
    if found.size == 1:
        return VoxelConductivity(value, 0.0, 0.0, 0.0, float("nan"), float("nan"))
    which = int(np.argmin(share)) if domain is None else int(np.flatnonzero(found == domain)[0])
    diameter = domain_diameter(phase == which)
    edge = np.array(phase.shape) * steps
    domains = float(edge.min() / (diameter * np.exp(np.log(steps).mean())))
    coarse = SURFACE / diameter
    if value > 0:
        layers = 1 / (share / k).sum() if k.min() > 0 else 0.0
        coarse = min(coarse, float((share @ k - layers) / value))
    f = share[which]
    size = np.pi * diameter**phase.ndim / (6 if phase.ndim == 3 else 4)
    spread = float(np.sqrt(f * (1 - f) * min(1.0, size / phase.size)))
    moved = np.clip([f - spread, f + spread], 0, 1)
    shares = share * ((1 - moved) / (1 - f))[:, None]
    shares[:, which] = moved
    few, many = bruggeman(k, np.minimum(shares, 1.0), dimensions=phase.ndim)
    level = max(value, float(few + many) / 2)
    sampling = float(abs(many - few) / 2 / level) if level > 0 else 0.0
    notes = []
    if diameter < LEAST_VOXELS:
        text = f"{diameter:.1f} voxels a domain diameter; with 8 their surface costs some 5 %"
        notes.append(Finding("voxels.coarse", text, True))
    if domains < LEAST_DOMAINS:
        text = f"a box of {domains:.1f} domain diameters; a representative one has 8 to 10"
        notes.append(Finding("voxels.box", text, True))
    return VoxelConductivity(value, 0.0, coarse, sampling, diameter, domains, tuple(notes))


def _rectangle(free: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Largest upright rectangle (top, bottom, left, right) of True: largest area under each row's bars."""
    best, area = (0, 0, 0, 0), 0
    bars = np.zeros(free.shape[1], dtype=np.intp)
    for row, line in enumerate(free):
        bars = np.where(line, bars + 1, 0)
        rising: list[tuple[int, int]] = []
        for column, height in enumerate([*bars.tolist(), 0]):
            start = column
            while rising and rising[-1][1] >= height:
                start, tall = rising.pop()
                if tall * (column - start) > area:
                    best, area = (row + 1 - tall, row + 1, start, column), tall * (column - start)
            rising.append((start, height))
    return best


def _labels(labels: ArrayLike) -> tuple[Ints, Ints]:
    """Index of every voxel's phase, and the labels by index."""
    array = np.asarray(labels)
    if array.ndim not in (2, 3) or array.size == 0:
        raise InputError(f"voxels of shape {array.shape}", rule="an array of two or three dimensions")
    if array.dtype.kind not in "biuf" or not np.all(np.isfinite(array)) or np.any(array != np.rint(array)):
        raise InputError("labels that are not whole numbers", rule="one whole number a voxel: its phase")
    found, index = np.unique(array.astype(np.int64), return_inverse=True)
    return index.reshape(array.shape), found


def _by_phase(found: Ints, conductivities: Mapping[int, float]) -> Array:
    absent = [int(label) for label in found if int(label) not in conductivities]
    if absent:
        raise InputError(
            "no conductivity of phase " + ", ".join(map(str, absent)), rule="one for each label that occurs"
        )
    k = np.array([conductivities[int(label)] for label in found], dtype=np.float64)
    if not (np.all(np.isfinite(k)) and np.all(k >= 0)):
        raise InputError("a conductivity that is negative or not finite", rule="k >= 0")
    return k
