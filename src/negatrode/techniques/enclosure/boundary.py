"""The boundary of A on a grid of labels: how much of it there is, which way it faces, what covers it.

A pixel side (voxel face) between A and something else carries the length (area) n . e: e is the side's
own outward direction, n the outward normal of A smoothed over a few pixels. Per unit of a straight border
with normal n the grid has |n_k| sides of direction k, so that the sum is n . n = 1 whatever the orientation;
counting sides instead is wrong by up to 41 % in two dimensions and 73 % in three. The estimate converges
with the grid: Coeurjolly, Flin, Teytaud and Tougne, Multigrid convergence and surface area estimation,
LNCS 2616 (2003) 101. The signed product lets the two flanks of a one-pixel bump cancel, so that pixel noise
adds little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.enclosure.cover import cover_of
from negatrode.techniques.phases.model import PHASE_A, PHASE_B

Labels = NDArray[np.int8]
Floats = NDArray[np.float32]

SMOOTHING = 1.5  # px; a normal over about 4 px: wider than the steps of the grid, narrower than a domain
_SLAB = 48  # rows (slices) treated at once, so that memory does not grow with the stack


@dataclass(frozen=True, eq=False)
class Boundary:
    """The sides of A that face something else.

    Attributes
    ----------
    centres:
        Centre of each side in pixels, shape (n, dimensions), order of the array's axes; float32.
    sizes:
        Length (2-D, px) or area (3-D, px^2) that each side carries; float32, shape (n,).
    domains:
        Number of the domain that the side belongs to; int32, shape (n,).
    covers:
        Share of each side that B covers, 0 to 1 (between them where cover ends nearby), for films of at least
        minimum_shell - 0.5, minimum_shell and minimum_shell + 0.5 px; float32, shape (n, 3).
    on_b:
        Whether the next pixel is B, however thin; bool, shape (n,).
    """

    centres: Floats
    sizes: Floats
    domains: NDArray[np.int32]
    covers: Floats
    on_b: NDArray[np.bool_]

    @property
    def cover(self) -> Floats:
        """Share of each side that B covers at least as thick as asked for."""
        return self.covers[:, 1]

    def chosen(self, keep: NDArray[np.bool_]) -> Boundary:
        """Some of the sides."""
        return Boundary(
            self.centres[keep], self.sizes[keep], self.domains[keep], self.covers[keep], self.on_b[keep]
        )


def boundary_of(labels: Labels, domains: NDArray[np.int32], *, minimum_shell: float) -> Boundary:
    """All sides of A, with their domain and what covers them.

    ``domains``: numbers of the domains (0 outside A), shape of ``labels``, two or three dimensions;
    ``minimum_shell``: thickness in px from which a film of B counts as cover.
    """
    halo = int(np.ceil(3.0 * SMOOTHING + minimum_shell)) + 4
    parts = []
    for start in range(0, labels.shape[0], _SLAB):
        low = max(start - halo, 0)
        rows = slice(low, start + _SLAB + halo)
        core = (start - low, min(start + _SLAB, labels.shape[0]) - low)
        part = _slab(labels[rows], domains[rows], core, minimum_shell)
        part.centres[:, 0] += low
        parts.append(part)
    return Boundary(
        np.concatenate([p.centres for p in parts]),
        np.concatenate([p.sizes for p in parts]),
        np.concatenate([p.domains for p in parts]),
        np.concatenate([p.covers for p in parts]),
        np.concatenate([p.on_b for p in parts]),
    )


def _slab(
    labels: Labels, domains: NDArray[np.int32], core: tuple[int, int], minimum_shell: float
) -> Boundary:
    """The sides of A whose pixel lies in the rows ``core`` of a slab."""
    from scipy.ndimage import gaussian_filter

    a = labels == PHASE_A
    smooth = gaussian_filter(a.astype(np.float32), SMOOTHING, mode="nearest", truncate=3.0)
    parts = [_sides(a, axis, core) for axis in range(labels.ndim)]
    inner = np.concatenate([p for p, _ in parts])
    outward = np.concatenate([o for _, o in parts])
    outer = inner + outward
    normal = _normals(smooth, inner, outer)
    sizes = np.einsum("ij,ij->i", normal, outward.astype(np.float32))
    centres = (inner + 0.5 * outward).astype(np.float32)
    on_b = labels[tuple(outer.T)] == PHASE_B
    covers = cover_of(labels, centres, normal, on_b, minimum_shell)
    return Boundary(centres, sizes, domains[tuple(inner.T)], covers, on_b)


def _sides(
    a: NDArray[np.bool_], axis: int, core: tuple[int, int]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pixels of A with a side along one axis, and that side's outward direction; both (n, dimensions)."""
    first = [slice(None)] * a.ndim
    second = [slice(None)] * a.ndim
    first[axis], second[axis] = slice(None, -1), slice(1, None)
    lower = np.argwhere(a[tuple(first)] != a[tuple(second)]).astype(np.int32)
    upwards = a[tuple(lower.T)]
    inner = lower.copy()
    inner[~upwards, axis] += 1
    outward = np.zeros_like(inner)
    outward[:, axis] = np.where(upwards, 1, -1)
    own = (inner[:, 0] >= core[0]) & (inner[:, 0] < core[1])
    return inner[own], outward[own]


def _normals(smooth: Floats, inner: NDArray[np.int32], outer: NDArray[np.int32]) -> Floats:
    """Outward unit normals at sides, by central differences of the smoothed A at their two pixels."""
    down = np.zeros(inner.shape, dtype=np.float32)
    for axis, length in enumerate(smooth.shape):
        for pixels in (inner, outer):
            places = list(pixels.T)
            places[axis] = np.minimum(pixels[:, axis] + 1, length - 1)
            down[:, axis] -= smooth[tuple(places)]
            places[axis] = np.maximum(pixels[:, axis] - 1, 0)
            down[:, axis] += smooth[tuple(places)]
    size = np.linalg.norm(down, axis=1, keepdims=True)
    # a slit between two domains has no normal of its own: its sides keep their direction
    return np.where(size > 1e-5, down / np.maximum(size, 1e-12), (outer - inner).astype(np.float32))
