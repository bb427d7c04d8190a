"""Forward model of a tomogram: spheres of A with cover of B in resin, whose fractions are known exactly.

A core of radius r with a shell of thickness t over the polar angles 0 to theta is covered over the share
(1 - cos theta)/2 of its surface, and its shell has the volume (2 pi/3)(1 - cos theta)((r + t)^3 - r^3). The
grey value of a voxel is the mean of those at 2 x 2 x 2 points in it, blurred and with noise, both Gaussian.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negatrode.techniques.phases.model import OUTSIDE, PHASE_A, PHASE_B

Floats = NDArray[np.float64]
STYLES = ("core-shell", "dispersed", "half-covered")


@dataclass(frozen=True, eq=False)
class Core:
    """A sphere of A, covered by B up to the polar angle ``theta`` about ``axis``; lengths in voxels.

    ``shell`` 0: no shell of its own (it lies in a body of B, which covers it all). ``bare_shift``: how far a
    segmentation moves its bare part outwards.
    """

    centre: Floats
    radius: float
    shell: float = 0.0
    theta: float = math.pi
    axis: tuple[float, float, float] = (1.0, 0.0, 0.0)
    bare_shift: float = 0.0

    @property
    def covered(self) -> float:
        """Share of the surface that B covers."""
        return 0.5 * (1.0 - math.cos(self.theta))

    @property
    def area(self) -> float:
        """Surface of the core."""
        return 4.0 * math.pi * self.radius**2

    @property
    def volume(self) -> float:
        """Volume of the core."""
        return 4.0 / 3.0 * math.pi * self.radius**3

    @property
    def shell_volume(self) -> float:
        """Volume of its own shell."""
        cap = 2.0 * math.pi / 3.0 * (1.0 - math.cos(self.theta))
        return cap * ((self.radius + self.shell) ** 3 - self.radius**3)


@dataclass(frozen=True, eq=False)
class Body:
    """A sphere of B."""

    centre: Floats
    radius: float


@dataclass(frozen=True, eq=False)
class Tomogram:
    """A stack with its truth: labels at the voxel centres, and the shares of each voxel in A and B.

    ``volume_fraction``: volume of A over that of A and B; ``contact_fraction``: covered share of A's surface.
    """

    labels: NDArray[np.int8]
    shares: NDArray[np.float32]
    volume_fraction: float
    contact_fraction: float


def simulate_tomogram(
    rng: np.random.Generator,
    style: str = "core-shell",
    *,
    size: int = 96,
    particles: int = 8,
    radius: float = 18.0,
    shell: float = 5.0,
    covered: float = 0.5,
    border_shift: tuple[float, float] = (0.0, 0.0),
    contact_shift: float = 0.0,
) -> Tomogram:
    """A cube of ``size`` voxels a side with up to ``particles`` particles of outer radius up to ``radius``.

    ``style``: "core-shell", "half-covered" (share of the surface about ``covered``, another in each particle)
    or "dispersed" (spheres of A in spheres of B). ``border_shift`` (A against B, material against resin) and
    ``contact_shift`` (end of the shells, along the surface): errors of a segmentation in voxels, drawn but
    not part of the truth.
    """
    cores: list[Core] = []
    bodies: list[Body] = []
    for centre in _places(rng, size, particles, radius):
        outer = radius * rng.uniform(0.8, 1.0)
        if style == "dispersed":
            bodies.append(Body(centre, outer))
            cores += _dispersed(rng, bodies[-1])
        else:
            share = 1.0 if style == "core-shell" else float(np.clip(rng.normal(covered, 0.12), 0.05, 0.95))
            cores.append(_core(rng, centre, outer - shell, shell, share))
    true = drawn(cores, bodies, size)
    if not any((*border_shift, contact_shift)):
        return true
    seen = drawn(
        [_shifted(c, border_shift, contact_shift) for c in cores],
        [Body(b.centre, b.radius + border_shift[1]) for b in bodies],
        size,
    )
    return Tomogram(seen.labels, seen.shares, true.volume_fraction, true.contact_fraction)


def _shifted(core: Core, border: tuple[float, float], contact: float) -> Core:
    """A core with its borders moved by a segmentation."""
    shell = core.shell + border[1] - border[0] if core.shell > 0.0 else 0.0
    theta = min(max(core.theta + contact / core.radius, 0.0), math.pi)
    bare = border[1] - border[0] if core.shell > 0.0 else 0.0
    return Core(core.centre, core.radius + border[0], shell, theta, core.axis, bare)


def _core(rng: np.random.Generator, centre: Floats, radius: float, shell: float, share: float) -> Core:
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    z, y, x = (float(v) for v in axis)
    return Core(centre, radius, shell, math.acos(1.0 - 2.0 * share), (z, y, x))


def _places(rng: np.random.Generator, size: int, count: int, radius: float) -> list[Floats]:
    """Centres on a jittered grid such that spheres neither touch each other nor the frame."""
    cells = max(int((size - 2) // (2.0 * radius + 3.0)), 1)
    step = (size - 2) / cells
    slack = max(step / 2.0 - radius - 1.5, 0.0)
    chosen = rng.permutation(cells**3)[:count]
    corners = np.stack(np.unravel_index(chosen, (cells,) * 3), axis=1)
    return list(1.0 + (corners + 0.5) * step + rng.uniform(-slack, slack, (len(corners), 3)))


def _dispersed(rng: np.random.Generator, body: Body) -> list[Core]:
    cores: list[Core] = []
    for _ in range(60):
        radius = body.radius * rng.uniform(0.22, 0.3)
        way = rng.normal(size=3)
        reach = (body.radius - radius - 4.0) * rng.uniform() ** (1.0 / 3.0)
        place = body.centre + way / np.linalg.norm(way) * reach
        if all(np.linalg.norm(place - c.centre) > radius + c.radius + 4.0 for c in cores):
            cores.append(Core(place, radius))
    return cores


def drawn(cores: Sequence[Core], bodies: Sequence[Body], size: int) -> Tomogram:
    """Cores, their shells and bodies drawn in a cube, with their true fractions."""
    labels = np.full((size,) * 3, OUTSIDE, dtype=np.int8)
    shares = np.zeros((2, size, size, size), dtype=np.float32)
    offsets = [np.array([i, j, k]) / 2.0 - 0.25 for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    for offset in (*offsets, np.zeros(3)):
        kind = np.full(labels.shape, OUTSIDE, dtype=np.int8)
        for body in bodies:
            place, r, _ = _around(body.centre, body.radius, size, offset, (1.0, 0.0, 0.0))
            kind[place][r < body.radius] = PHASE_B
        for core in cores:
            place, r, along = _around(core.centre, core.radius + core.shell, size, offset, core.axis)
            cap = along >= r * math.cos(core.theta)
            kind[place][(r < core.radius + core.shell) & cap & (kind[place] != PHASE_A)] = PHASE_B
            kind[place][r < np.where(cap, core.radius, core.radius + core.bare_shift)] = PHASE_A
        if offset.any():
            shares[0] += (kind == PHASE_A) / len(offsets)
            shares[1] += (kind == PHASE_B) / len(offsets)
        else:
            labels = kind
    a = sum(c.volume for c in cores)
    inside = a if bodies else 0.0
    b = sum(c.shell_volume for c in cores) + sum(4.0 / 3.0 * math.pi * b.radius**3 for b in bodies) - inside
    area = sum(c.area for c in cores)
    return Tomogram(labels, shares, a / (a + b), sum(c.covered * c.area for c in cores) / area)


def _around(
    centre: Floats, reach: float, size: int, offset: Floats, axis: tuple[float, float, float]
) -> tuple[tuple[slice, ...], Floats, Floats]:
    """The part of the cube near a centre, with the distance from it and the distance along an axis."""
    low = [max(int(c - reach) - 1, 0) for c in centre]
    high = [min(int(c + reach) + 3, size) for c in centre]
    grids = np.meshgrid(
        *(np.arange(a, b) + o - c for a, b, o, c in zip(low, high, offset, centre, strict=True)),
        indexing="ij",
        sparse=True,
    )
    r = np.sqrt(sum(g * g for g in grids))
    along = sum(a * g for a, g in zip(axis, grids, strict=True))
    return tuple(slice(a, b) for a, b in zip(low, high, strict=True)), np.asarray(r), np.asarray(along)


def grey_values(
    rng: np.random.Generator,
    tomogram: Tomogram,
    *,
    levels: tuple[float, float, float] = (40.0, 200.0, 120.0),
    blur: float = 0.7,
    noise: float = 8.0,
) -> NDArray[np.uint8]:
    """Grey values of a tomogram in 8 bits; ``levels`` of the outside, A and B; ``blur`` in voxels."""
    from scipy.ndimage import gaussian_filter

    outside, a, b = levels
    sharp = outside + (a - outside) * tomogram.shares[0] + (b - outside) * tomogram.shares[1]
    seen = gaussian_filter(sharp, blur) + rng.normal(0.0, noise, sharp.shape)
    return np.asarray(np.clip(np.rint(seen), 0, 255), dtype=np.uint8)


def noisy_labels(rng: np.random.Generator, labels: NDArray[np.int8], share: float) -> NDArray[np.int8]:
    """Labels of which a share of the voxels is replaced by a random one of A, B and the outside."""
    wrong = rng.random(labels.shape) < share
    return np.where(wrong, rng.integers(0, 3, labels.shape, dtype=np.int8), labels)


def tiff_bytes(stack: NDArray[np.uint8], *, voxel_size_um: float | None = None) -> bytes:
    """The stack as a TIFF with an ImageJ description: slices as pages, spacing in micrometres."""
    import tifffile

    metadata: dict[str, object] = {"axes": "ZYX"}
    resolution = None
    if voxel_size_um is not None:
        metadata |= {"spacing": voxel_size_um, "unit": "um"}
        resolution = (1.0 / voxel_size_um, 1.0 / voxel_size_um)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, stack, imagej=True, resolution=resolution, metadata=metadata)
    return buffer.getvalue()
